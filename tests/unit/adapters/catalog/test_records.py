"""One invalid record is skipped, and named. What is harmless is read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.catalog.records import DECODING_ERRORS, PRODUCTS, PURCHASES, RecordReader

STAMP = "2026-05-17T09:30:00Z"
GOOD = {"id": "ok", "title": "Tea", "updated_at": STAMP}
BOUGHT = {"user_id": "u", "product_id": "ok", "purchased_at": STAMP}
DEEP = '{"id": "deep", "updated_at": "' + STAMP + '", "attributes": ' + '{"a":' * 5_000 + "1" + "}" * 5_001


def read(reader: RecordReader[Any], *records: object) -> tuple[list[Any], list[str]]:
    """Reads records, given as objects or as JSON."""
    items = ", ".join(one if isinstance(one, str) else json.dumps(one) for one in records)
    page, rejected = reader.read(
        f'{{"items": [{items}], "next_cursor": "next"}}'.encode(errors="surrogatepass")
    )
    assert page.next_cursor == "next"
    return page.items, [str(one) for one in rejected]


@pytest.mark.parametrize(
    ("record", "rejection"),
    [
        (GOOD | {"id": "SKU/1"}, "product 'SKU/1': the product id contains '/'"),
        (GOOD | {"id": ""}, "product '': the product id is empty"),
        (GOOD | {"id": True}, "product True: Expected `str`, got `bool` - at `$.id`"),
        (GOOD | {"price": "1.29"}, "product 'ok': Expected `float | null`, got `str` - at `$.price`"),
        (GOOD | {"price": -1}, "product 'ok': Expected `float` >= 0.0 - at `$.price`"),
        (GOOD | {"in_stock": "yes"}, "product 'ok': Expected `bool`, got `str` - at `$.in_stock`"),
        (GOOD | {"updated_at": None}, "product 'ok': Object missing required field `updated_at`"),
        (GOOD | {"updated_at": STAMP[:-1]}, "product 'ok': Expected `datetime` with a timezone component"),
        (GOOD | {"deleted_at": "0000-00-00 00:00:00"}, "product 'ok': Invalid RFC3339 encoded datetime"),
        (GOOD | {"attributes": [1]}, "product 'ok': Expected `object`, got `array` - at `$.attributes`"),
        (GOOD | {"category": "a>" * 100_000}, "product 'ok': the category is longer than 1,000 characters"),
        (GOOD | {"title": "t" * 2_001}, "product 'ok': the title is longer than 2,000 characters"),
        (
            GOOD | {"attributes": {"a": [[[[[{}]]]]] * 9, "b": json.loads("[" * 33 + "]" * 33)}},
            "product 'ok': attributes",
        ),
        (GOOD | {"attributes": {"a": "x" * 300_000}}, "product 'ok': it has more than 262,144 bytes"),
        (GOOD | {"description": "x" * 300_000}, "product 'ok': it has more than 262,144 bytes"),
        (None, "product number 2 of its page: it is not a JSON object"),
        ('{"id": "nan", "price": NaN}', "product number 2 of its page: it is not a JSON object"),
        ('{"id": "\ud800"}', "product number 2 of its page: it is not a JSON object"),
        (DEEP, "product number 2 of its page: it is not a JSON object"),
    ],
    ids=lambda value: str(value)[:60].encode("ascii", "replace").decode(),
)
def test_invalid_product_is_skipped(record: object, rejection: str) -> None:
    items, rejected = read(PRODUCTS, GOOD, record, GOOD | {"id": "last"})
    assert [item.id for item in items] == ["ok", "last"]
    assert [one[: len(rejection)] for one in rejected] == [rejection]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"in_stock": None}, {"in_stock": True}),
        ({"title": None, "attributes": None}, {"title": "", "attributes": {}}),
        ({"attributes": []}, {"attributes": {}}),
        ({"id": 7}, {"id": "7"}),
        ({"id": " ok\u3000"}, {"id": "ok"}),
        ({"id": "cafe\u0301"}, {"id": "caf\u00e9"}),
        ({"updated_at": "2016-12-31T23:59:60Z"}, {"updated_at": datetime(2017, 1, 1, tzinfo=UTC)}),
        ({"updated_at": "2016-12-31T24:00:00.0+00:00"}, {"updated_at": datetime(2017, 1, 1, tzinfo=UTC)}),
        ({"updated_at": "2016-12-31T00:00:00-00:00"}, {"updated_at": datetime(2016, 12, 31, tzinfo=UTC)}),
        (
            {"updated_at": "2016-12-31T00:00:00.000000499Z"},
            {"updated_at": datetime(2016, 12, 31, tzinfo=UTC)},
        ),
        ({"created_at": "0001-01-01T00:00:00Z"}, {"created_at": None}),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, {"created_at": None}),
        ({"updated_at": "0001-01-01T00:00:00+14:00"}, {"updated_at": datetime(1900, 1, 1, tzinfo=UTC)}),
    ],
)
def test_harmless_deviation_is_read(given: dict[str, object], expected: dict[str, object]) -> None:
    (item,), rejected = read(PRODUCTS, GOOD | given)
    assert {name: getattr(item, name) for name in expected} == expected
    assert rejected == []


@pytest.mark.parametrize(
    "fault",
    [
        {"price": -1},
        {"title": 7},
        {"updated_at": "soon"},
        {"deleted_at": "yesterday"},
        {"category": "a>" * 1_000},
    ],
)
def test_deletion_with_a_valid_id_is_always_read(fault: dict[str, object]) -> None:
    (item,), rejected = read(PRODUCTS, GOOD | {"deleted_at": STAMP} | fault)
    assert (item.id, item.deleted_at is not None, rejected) == ("ok", True, [])


@pytest.mark.parametrize(
    ("fault", "rejection"),
    [
        ({"user_id": None}, "purchase 'ok': it has neither user_id nor order_id"),
        ({"user_id": None, "order_id": " "}, "purchase 'ok': it has neither user_id nor order_id"),
        ({"user_id": None, "order_id": "x" * 201}, "purchase 'ok': it has neither user_id nor order_id"),
        ({"user_id": "a/b"}, "purchase 'ok': the user id contains '/'"),
        ({"id": "7", "quantity": "2"}, "purchase '7' of product 'ok': Expected `float`, got `str`"),
        (
            {"purchased_at": "0001-01-01T00:00:00+14:00"},
            "purchase 'ok': purchased_at is outside the years 1900",
        ),
        (
            {"purchased_at": "9999-12-31T23:59:59-14:00"},
            "purchase 'ok': purchased_at is outside the years 1900",
        ),
        ({"purchased_at": "2026-02-30T00:00:00Z"}, "purchase 'ok': Invalid RFC3339 encoded datetime"),
    ],
)
def test_invalid_purchase_is_skipped(fault: dict[str, object], rejection: str) -> None:
    items, rejected = read(PURCHASES, BOUGHT, BOUGHT | fault, BOUGHT)
    assert len(items) == 2
    assert [one[: len(rejection)] for one in rejected] == [rejection]


def test_refund_is_read_with_its_quantity() -> None:
    line = BOUGHT | {
        "quantity": -2,
        "unit_price": -1,
        "user_id": 7,
        "order_id": " cafe\u0301\u3000",
        "id": "x" * 201,
    }
    items, rejected = read(PURCHASES, line)
    assert [(item.user_id, item.quantity, item.order_id, item.id) for item in items] == [
        ("7", -2, "caf\u00e9", None)
    ]
    assert rejected == []


@pytest.mark.parametrize("guest", [{"user_id": None}, {}])
def test_purchase_of_an_order_without_user_is_a_guests(guest: dict[str, object]) -> None:
    shopper = {name: value for name, value in BOUGHT.items() if name != "user_id"}
    items, rejected = read(PURCHASES, shopper | {"order_id": "7"} | guest)
    assert ([(item.user_id, item.order_id) for item in items], rejected) == ([(None, "7")], [])


@pytest.mark.parametrize(
    "body", ['{"items": [{"id": "ok"], "next_cursor": null]', '{"items": [{}]', "]", "[]"]
)
def test_body_with_unmatched_brackets_is_no_page(body: str) -> None:
    with pytest.raises(DECODING_ERRORS):
        PRODUCTS.read(body.encode())
