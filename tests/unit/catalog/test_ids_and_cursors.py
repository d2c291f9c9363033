"""Ids, lists of ids, cursors and times."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog import cursors
from catalog.entities import PurchaseBody
from catalog.errors import InvalidRequest
from catalog.ids import check_id, check_order_id, derived_purchase_id, normalized
from catalog.instants import from_micros, parse_instant, to_micros
from catalog.routes.requests import read_ids, read_instant
from recommender.normalization import normalize

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=205)


def is_usable(value: str) -> bool:
    try:
        return check_id(value) == value
    except ValueError:
        return False


@pytest.mark.parametrize(
    "value", ["a", "50%25 off", "a:b,c+d", "茶", "...", "a b", "x" * 200, "茶" * 200, "a.b"]
)
def test_valid_ids_are_usable(value: str) -> None:
    assert is_usable(value)


@pytest.mark.parametrize(
    "value", ["", " ", ".", "..", "a/b", "a?", "#", "a\nb", "a\x00", "\x7f", "\x85", "x" * 201, "\ud800"]
)
def test_invalid_ids_are_not_usable(value: str) -> None:
    assert not is_usable(value)


def test_order_ids_may_hold_slashes_but_no_control_characters() -> None:
    assert check_order_id("2026/17#3") == "2026/17#3"
    for value in ("", " ", "a\x1fb", "x" * 201):
        with pytest.raises(ValueError, match="order id"):
            check_order_id(value)


def test_derived_id_is_stable_and_differs_for_orders_and_times() -> None:
    made = derived_purchase_id("u", "p", "5", 5)
    assert made == derived_purchase_id("u", "p", "5", 6)
    assert is_usable(made)
    refund = derived_purchase_id("u", "p", "5", 5, refund=True)
    others = {derived_purchase_id("u", "p", None, 5), derived_purchase_id("up", "", "5", 5), made, refund}
    assert len(others) == 4


@pytest.mark.parametrize("spelling", [" caf\u00e9", "cafe\u0301\u3000", "\u2003caf\u00e9\u00a0"])
def test_spellings_of_an_id_are_one_id(spelling: str) -> None:
    assert check_id(spelling) == check_order_id(spelling) == normalize(spelling) == "caf\u00e9"
    guest = PurchaseBody(
        user_id=None, product_id=spelling, purchased_at=datetime.now(UTC), id=spelling, order_id=spelling
    )
    assert {guest.product_id, guest.id, guest.order_id} == {"caf\u00e9"}


@given(st.text(max_size=30))
@example("x" * 2_000)
def test_catalog_and_recommender_agree_on_the_normal_form(text: str) -> None:
    assert normalized(text) == normalize(text)
    assert normalized(normalized(text)) == normalized(text)


@given(st.lists(TEXT.filter(is_usable), min_size=1, max_size=200))
@example(["a,b", "c\\", "\\,", ",,"])
def test_escaped_lists_of_ids_are_read_exactly(ids: list[str]) -> None:
    escaped = (id_.replace("\\", "\\\\").replace(",", "\\,") for id_ in ids)
    assert read_ids(",".join(escaped)) == ids


@pytest.mark.parametrize("text", ["", "a,", ",a", "a\\", "a\\b", "a/b", ",".join("a" * 201)])
def test_invalid_lists_of_ids_are_rejected(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_ids(text)


@given(st.integers(0, 2**62), TEXT.filter(lambda text: "\x00" not in text))
def test_cursors_are_read_back_exactly(stamp: int, id_: str) -> None:
    assert cursors.read_products_cursor(cursors.products_cursor(stamp, id_)) == (stamp, id_)
    assert cursors.read_purchases_cursor(cursors.purchases_cursor(stamp)) == stamp


FOREIGN = [
    "",
    "!",
    "é",
    cursors.purchases_cursor(3),
    *(
        base64.urlsafe_b64encode(text).decode()
        for text in (b'["p",-1,"a"]', b'["p",9223372036854775808,"a"]')
    ),
    *(base64.urlsafe_b64encode(text).decode() for text in (b'["p",1,"\\u0000"]', b'["q",1,"a"]', b"\xff")),
]


@pytest.mark.parametrize("cursor", FOREIGN)
def test_foreign_product_cursors_are_rejected(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="is not a cursor of this feed"):
        cursors.read_products_cursor(cursor)


@pytest.mark.parametrize("cursor", ["", "x", cursors.products_cursor(1, "a"), cursors.purchases_cursor(-1)])
def test_foreign_purchase_cursors_are_rejected(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="is not a cursor of this feed"):
        cursors.read_purchases_cursor(cursor)


@given(st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_times_keep_their_microseconds(value: datetime, minutes: int) -> None:
    local = value.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert from_micros(to_micros(local)) == local
    assert read_instant("since", local.isoformat()) == to_micros(local)


def test_times_without_zone_are_utc_in_files_and_invalid_in_calls() -> None:
    assert (
        from_micros(parse_instant(" 2026-05-17t09:30:00.5z ")).isoformat()
        == "2026-05-17T09:30:00.500000+00:00"
    )
    assert parse_instant("2026-05-17") == parse_instant("2026-05-17T00:00:00Z")
    for text in ("2026-05-17T09:30:00", "2026-05-17T09:30:00 02:00", "soon", "0001-01-01T00:00:00Z"):
        with pytest.raises(InvalidRequest, match="since="):
            read_instant("since", text)
