"""Lists of ids, and ids of recommendations."""

from hypothesis import given
from hypothesis import strategies as st

from service.routes.parameters import requested_query, split_ids
from service.signed.recommendation_ids import RecommendationIds
from tests.support.builders.published_snapshots import KEY


@given(st.lists(st.text(min_size=1, max_size=10)))
def test_escaped_ids_come_back(ids: list[str]) -> None:
    escaped = ",".join(text.replace("\\", "\\\\").replace(",", "\\,") for text in ids)
    assert split_ids(escaped) == ids


def test_plain_lists_need_no_escape() -> None:
    assert split_ids("a,b c,50%25 off,,é") == ["a", "b c", "50%25 off", "é"]
    query = requested_query(5, ["Pantry"], True, ["a,b", "c"])
    assert query.filters.exclude == {"a", "b", "c"}


def test_shared_lists_have_the_same_id_for_the_same_arguments() -> None:
    ids = RecommendationIds(KEY)
    assert ids.shared("popular", "v1", "x") == ids.shared("popular", "v1", "x")
    assert ids.shared("popular", "v1", "x") != ids.shared("popular", "v1", "y")
    assert ids.shared("popular", "v1", "x") != ids.shared("popular", "v2", "x")
    assert ids.personal("for-you", "v1", 1) != ids.personal("for-you", "v1", 1)
