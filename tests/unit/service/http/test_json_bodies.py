"""Decoding of bodies, and the pointers to what is invalid in them."""

import msgspec
import pytest

from service.http.json_bodies import decode_body
from service.http.problems import InvalidValues, MalformedBody, ProblemError


class Line(msgspec.Struct, forbid_unknown_fields=True):
    quantity: int


class Basket(msgspec.Struct, forbid_unknown_fields=True):
    lines: list[Line]


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
        (b'{"lines": [], "zzz": 1}', "Object contains unknown field `zzz`.", ""),
    ],
)
def test_pointer_names_the_invalid_value(body: bytes, detail: str, pointer: str) -> None:
    with pytest.raises(InvalidValues) as rejection:
        decode_body(body, BASKET)
    assert rejection.value.errors == (ProblemError(detail, pointer=pointer),)


@pytest.mark.parametrize("body", [b"{bad", b'{"lines": "\xff"}', b""])
def test_body_that_is_not_json_is_rejected(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_body(body, BASKET)
