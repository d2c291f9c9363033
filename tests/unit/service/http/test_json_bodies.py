"""Decoding of bodies, and the pointers to what is invalid in them."""

from typing import Literal

import msgspec
import pytest

from recommender.snapshot.close_names import MAX_CHARACTERS
from service.http.json_bodies import closest_name, decode_body
from service.http.problems import InvalidValues, MalformedBody, ProblemError


class Line(msgspec.Struct, forbid_unknown_fields=True):
    quantity: int


class Visit(msgspec.Struct):
    kind: Literal["view", "cart"] = "view"
    size: Literal[1, 2] | None = None


class Basket(msgspec.Struct, forbid_unknown_fields=True):
    lines: list[Line]
    visits: list[Visit] = []


BASKET = msgspec.json.Decoder(Basket)


def test_valid_body_is_decoded() -> None:
    assert decode_body(b'{"lines": [{"quantity": 1}]}', BASKET) == Basket([Line(1)])


@pytest.mark.parametrize(
    ("body", "detail", "pointer"),
    [
        (
            b'{"lines": [{"quantity": 1}, {"quantity": "x"}]}',
            "Expected `int`, got `str`.",
            "/lines/1/quantity",
        ),
        (b"[]", "Expected `object`, got `array`.", ""),
        (b"{}", "Object missing required field `lines`.", ""),
        (
            b'{"lines": [{"quantiy": 1}]}',
            "Object contains unknown field `quantiy`. Did you mean `quantity`?",
            "/lines/0",
        ),
        (
            b'{"lines": [], "visits": [{"kind": "bought"}]}',
            "Invalid enum value 'bought'. Allowed: `cart`, `view`.",
            "/visits/0/kind",
        ),
        (
            b'{"lines": [], "visits": [{"size": 3}]}',
            "Invalid enum value 3. Allowed: `1`, `2`.",
            "/visits/0/size",
        ),
        (b'{"lines": [], "zzz": 1}', "Object contains unknown field `zzz`.", ""),
        (
            b'{"lines": [], "lines%s": 1}' % (b"s" * 46),
            f"Object contains unknown field `lines{'s' * 46}`.",
            "",
        ),
    ],
)
def test_pointer_names_the_invalid_value(body: bytes, detail: str, pointer: str) -> None:
    with pytest.raises(InvalidValues) as rejection:
        decode_body(body, BASKET)
    assert rejection.value.errors == (ProblemError(detail, pointer=pointer),)


def test_long_unknown_field_is_cut_and_gets_no_suggestion() -> None:
    with pytest.raises(InvalidValues) as rejection:
        decode_body(b'{"lines": [{"%s": 1}]}' % (b"quantity" * 100_000), BASKET)
    (error,) = rejection.value.errors
    assert error.pointer == "/lines/0"
    assert len(error.detail) < 600
    assert "Did you mean" not in error.detail


@pytest.mark.parametrize("body", [b"{bad", b'{"lines": "\xff"}', b""])
def test_body_that_is_not_json_is_rejected(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_body(body, BASKET)


def test_short_names_alone_get_a_suggestion() -> None:
    for characters, nearest in ((MAX_CHARACTERS, "x" * 49), (MAX_CHARACTERS + 1, None)):
        assert closest_name("x" * characters, ["x" * 49]) == nearest


def test_a_name_in_another_case_gets_a_suggestion() -> None:
    assert closest_name("LIMIT", ["limit", "category"]) == "limit"
