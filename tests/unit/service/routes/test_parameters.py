"""Lists of ids in query parameters."""

from hypothesis import given
from hypothesis import strategies as st

from service.routes.parameters import excluded_ids, split_ids


@given(st.lists(st.text(min_size=1, max_size=10)))
def test_escaped_ids_are_restored(ids: list[str]) -> None:
    escaped = ",".join(text.replace("\\", "\\\\").replace(",", "\\,") for text in ids)
    assert split_ids(escaped) == ids


def test_plain_lists_need_no_escape() -> None:
    assert split_ids("a,b c,50%25 off,,é") == ["a", "b c", "50%25 off", "é"]
    assert excluded_ids(["a,b", "c"]) == {"a", "b", "c"}
