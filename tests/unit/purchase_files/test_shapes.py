"""Small files in the shapes of shop systems and data sets, as they come."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

FILES = Path(__file__).parent / "files"


@cache
def read_plainly(name: str) -> Read:
    """A file without options, read once for all tests of it."""
    return Read(FILES / name)


def read(name: str, **options: object) -> Read:
    return Read(FILES / name, **options) if options else read_plainly(name)


@pytest.mark.parametrize(
    ("name", "purchases", "products"),
    [
        ("cr_only.csv", 2, 2),
        ("excel_sep_line.csv", 1, 1),
        ("unclosed_quotes.csv", 6, 6),
        ("utf16.csv", 1, 1),
        ("groceries_members.csv", 2, 2),
        ("hm_transactions.csv", 1, 1),
        ("total_row.csv", 1, 1),
        ("uci_floats_iso.csv", 1, 1),
    ],
)
def test_counts_of_rows(name: str, purchases: int, products: int) -> None:
    found = read(name)
    assert (len(found.purchases), found.preview.purchases, found.preview.products) == (
        purchases,
        purchases,
        products,
    )


def test_title_is_the_most_frequent_that_says_something() -> None:
    assert read("first_title_empty.csv").titles() == {"A": "Vintage glass tea caddy", "B": "Pink mug"}


def test_shoppers_ids_have_one_form() -> None:
    found = read("nan_users.csv")
    assert found.values("user_id") == [None, None, "17850", "17850", "17850"]
    assert (found.preview.guest_purchases, found.preview.shoppers) == (2, 1)


def test_unclosed_quotes_are_parts_of_titles() -> None:
    titles = read("unclosed_quotes.csv").titles()
    assert (titles["B"], titles["C"], titles["E"]) == ('"24 inch monitor', "Cup", '"30 inch monitor')


def test_baskets_are_guests_orders() -> None:
    found = read("groceries_baskets.csv")
    assert (found.preview.orders, found.preview.guest_purchases) == (3, 8)
    assert found.titles()["whole milk"] == "whole milk"


def test_names_are_ids_and_titles() -> None:
    found = read("groceries_members.csv")
    assert found.values("purchased_at")[0] == datetime(2015, 7, 21, tzinfo=UTC)
    assert found.titles()["rolls~2Fbuns"] == "rolls/buns"


@pytest.mark.parametrize(
    ("ids", "are_names"),
    [
        (["whole milk", "Tea"], True),
        (["молоко", "хлеб"], True),
        (["AB12", "CD34"], False),
        (["P1", "P2", "Tea"], False),
    ],
)
def test_ids_are_titles_if_most_are_names(tmp_path: Path, ids: list[str], are_names: bool) -> None:
    (tmp_path / "p.csv").write_text(
        "user_id,product_id,purchased_at\n" + "".join(f"1,{product},2024-01-31\n" for product in ids)
    )
    titles = Read(tmp_path / "p.csv").titles().values()
    assert sorted(titles, key=str) == (sorted(ids) if are_names else [None] * len(ids))


def test_leading_zeros_are_kept() -> None:
    assert read("hm_transactions.csv").values("product_id") == ["0663713001"]


def test_legacy_encoding_is_found() -> None:
    assert read("latin1.csv").titles() == {"A": "Café set £5"}


def test_short_times_are_the_same_minute() -> None:
    assert set(read("local_time.csv").values("purchased_at")) == {datetime(2010, 12, 1, 8, 26, tzinfo=UTC)}


def test_missing_date_is_refused() -> None:
    with pytest.raises(RefusedFile, match="--map purchased_at="):
        read("instacart.csv")


def test_views_are_no_purchases() -> None:
    found = read("retailrocket_events.csv")
    assert found.values("purchased_at") == [datetime(2015, 6, 2, 5, 50, 14, 164000, tzinfo=UTC)]
    assert found.left_out == {"event view": 1}


def test_comma_is_decimal() -> None:
    assert read("semicolon_decimal_comma.csv").values("price") == [2.55]


def test_shopify_orders() -> None:
    found = read("shopify_orders.csv")
    assert found.left_out == {"status voided": 1}
    assert found.values("product_id") == ["Red Mug ~2F Large", "Tote Bag"]
    assert found.values("user_id") == ["a@example.com", "a@example.com"]
    assert found.values("quantity") == [1, 2]


def test_line_of_totals_is_counted() -> None:
    assert read("total_row.csv").left_out == {"line of totals": 1}


def test_undecided_order_of_days_is_refused() -> None:
    with pytest.raises(RefusedFile, match="--dates mdy"):
        read("uci_online_retail.csv")


def test_uci_rows_are_counted_by_reason() -> None:
    found = read("uci_online_retail.csv", dates="mdy", where=["product_id!=POST"])
    assert found.left_out == {
        "price 0 without a shopper": 1,
        "return of something never bought": 1,
        "not --where StockCode!=POST": 1,
    }
    assert dict(found.preview.noticed)["without a shopper (guests)"] == 1
    assert [(row["user_id"], row["product_id"]) for row in found.purchases] == [("17850", "85123A")]


def test_unmatched_return_is_counted() -> None:
    found = read("uci_floats_iso.csv")
    assert found.values("user_id") == ["17850"]
    assert found.left_out == {"return of something never bought": 1}


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_every_line_is_accounted_for(path: Path) -> None:
    options: dict[str, dict[str, object]] = {
        "instacart.csv": {"mapping": {"purchased_at": "order_number"}},
        "uci_online_retail.csv": {"dates": "mdy"},
    }
    preview = read(path.name, **options.get(path.name, {})).preview
    assert preview.purchases + preview.rows_left_out == preview.rows
    for file in preview.files:
        rows = file.rows - file.added_rows
        assert file.header_lines + file.blank_lines + file.continued_lines + rows == file.lines
