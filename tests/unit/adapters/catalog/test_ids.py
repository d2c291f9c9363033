from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.catalog.ids import id_fault, path_segment

_IDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/?#"), min_size=1, max_size=200
)
valid_ids = _IDS.filter(lambda value: value not in (".", ".."))


@given(valid_ids)
@example("50%25 off")
@example("a+b c:d,e\\f")
@example("茶 %2F")
def test_ids_are_unchanged_by_path_encoding(value: str) -> None:
    assert id_fault(value) is None
    encoded = path_segment(value)
    assert encoded.isascii()
    assert not set(encoded) & set("/?# ")
    assert unquote(encoded) == value


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "is empty"),
        ("x" * 201, "is longer than 200 characters"),
        (".", "is a relative path"),
        ("..", "is a relative path"),
        ("a/b", "contains '/'"),
        ("a?b", "contains '?'"),
        ("a#b", "contains '#'"),
        ("a\nb", "contains '\\n'"),
        ("a\x7fb", "contains '\\x7f'"),
        ("a\x9fb", "contains '\\x9f'"),
        ("a\ud800b", "contains '\\ud800'"),
    ],
)
def test_invalid_ids_have_a_fault(value: str, fault: str) -> None:
    assert id_fault(value) == fault


@pytest.mark.parametrize("value", ["x" * 200, "...", "50%25 off", "a b:c,d+e%f", "крупа", "茶", "a\\b", "~"])
def test_valid_ids_are_accepted(value: str) -> None:
    assert id_fault(value) is None
