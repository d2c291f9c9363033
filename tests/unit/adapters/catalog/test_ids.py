from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.catalog.ids import id_fault, id_lists, in_path

_IDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/?#"), min_size=1, max_size=200
)
valid_ids = _IDS.filter(lambda value: value not in (".", ".."))


def split_list(text: str) -> list[str]:
    """The catalog's side of the contract, written down independently: a backslash takes what follows literally."""
    values, current, characters = [], "", iter(text)
    for character in characters:
        if character == "\\":
            current += next(characters)
        elif character == ",":
            values.append(current)
            current = ""
        else:
            current += character
    return [*values, current]


@given(valid_ids)
@example("50%25 off")
@example("a+b c:d,e\\f")
@example("茶 %2F")
def test_an_id_survives_a_path(value: str) -> None:
    assert id_fault(value) is None
    encoded = in_path(value)
    assert encoded.isascii()
    assert not set(encoded) & set("/?# ")
    assert unquote(encoded) == value


@given(st.lists(valid_ids, unique=True, max_size=450), st.integers(10, 6000))
@example(["a,b", "a\\", ",", "\\,", "b"], 20)
def test_ids_survive_lists_each_exactly_once_within_the_bounds(values: list[str], max_bytes: int) -> None:
    portions = list(id_lists(values, max_bytes))
    assert [value for _, text in portions for value in split_list(unquote(text))] == values
    for members, text in portions:
        assert set(split_list(unquote(text))) == members
        assert len(members) <= 200
        assert len(text) <= max_bytes or len(members) == 1


def test_an_id_is_asked_for_once() -> None:
    assert list(id_lists(["a", "b", "a"], 100)) == [(frozenset("ab"), "a%2Cb")]


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
def test_an_id_that_breaks_paths_is_refused(value: str, fault: str) -> None:
    assert id_fault(value) == fault


@pytest.mark.parametrize("value", ["x" * 200, "...", "50%25 off", "a b:c,d+e%f", "крупа", "茶", "a\\b", "~"])
def test_other_ids_are_accepted(value: str) -> None:
    assert id_fault(value) is None
