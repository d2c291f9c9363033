"""Tables with a column per product, shopper or day, read with an option."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.support.builders.files.wide_tables import (
    DAYS,
    GOODS,
    SHOPPERS,
    bought,
    pairs,
    refusal_of,
    table,
    turned,
    written,
)
from tests.support.builders.files.workbooks import Cell, write_workbook
from tests.support.purchases_read import Read


@dataclass(frozen=True)
class Form:
    """A form of files, and the price that each count becomes."""

    separator: str = ","
    encoding: str = "utf-8"
    above: str = ""
    amount: str = "{}.25"
    nothing: str = "0"
    more: float = 0.25


FORMS = {
    "plain": Form(),
    "utf-16": Form("\t", "utf-16"),
    "latin-1 and decimal commas": Form(";", "latin-1", amount="{},25", nothing="0,00"),
    "lines above the header": Form(above="Sales report\n\nShop,Main street\n"),
    "thousands": Form(amount="1,10{}.50", more=1100.5),
    "currency": Form(amount="€ {}.25", nothing="€ 0.00"),
    "missing": Form(nothing="NaN"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_sums_by_product_are_read_in_each_form_of_a_file(tmp_path: Path, form: Form) -> None:
    names = ["Käse", 'Mug "large"', "Tea, green", "Bread", "Salt", "Milk"]
    own = [["Customer ID", 'Note "x"'], *([user, "Größe"] for user in SHOPPERS)]
    rows = table(own, names, form.amount, form.nothing)
    path = written(
        tmp_path / "it's.csv", rows, form.separator, form.encoding, form.above.replace(",", form.separator)
    )
    found, mapping = turned(path)
    assert mapping == {"product_id": "*"}
    expected = {key: n + form.more for key, n in bought(own, names).items()}
    assert pairs(found, "user_id", "product_id", "price") == expected
    assert found.titles() == {name: name for name in names}
    assert not any(reason.unreadable for reason in found.preview.left_out)


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "jsonl"])
def test_sums_by_product_are_read_in_other_formats(tmp_path: Path, kind: str) -> None:
    own = [["Customer ID"], *([user] for user in SHOPPERS)]
    [head, *lines] = table(own, GOODS, "{}.25")
    amounts: list[list[Cell]] = [[line[0], *map(float, line[1:])] for line in lines]
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        write_workbook(path, {"Notes": [["Sums of 2024"]], "Sums": [["Sums of 2024"], [*head], *amounts]})
    elif kind == "parquet":
        parquet.write_table(pa.table(dict(zip(head, zip(*amounts, strict=True), strict=True))), path)
    else:
        path.write_text("".join(json.dumps(dict(zip(head, line, strict=True))) + "\n" for line in amounts))
    found, mapping = turned(path)
    assert mapping == {"product_id": "*"}
    expected = {key: n + 0.25 for key, n in bought(own, GOODS).items()}
    assert pairs(found, "user_id", "product_id", "price") == expected


def test_preview_tells_names_from_numbers_and_made_up_columns(tmp_path: Path) -> None:
    own = [["Row Labels"], *([user] for user in SHOPPERS)]
    counts = Read(written(tmp_path / "counts.csv", table(own, GOODS))).preview
    assert {column.field: (column.column, column.why) for column in counts.columns} == {
        "order_id": ("number of the line", "made up"),
        "title": ("names of 8 columns", "name"),
        "purchased_at": ("2000-01-01 for all", "made up"),
        "quantity": ("numbers of 8 columns", "name"),
    }
    sums, _ = turned(written(tmp_path / "sums.csv", table(own, GOODS, "{}.5")))
    columns = {column.field: column.column for column in sums.preview.columns}
    assert (columns["quantity"], columns["line_total"]) == ("1 for each", "numbers of 8 columns")


def test_made_up_day_of_shoppers_is_no_sign_of_orders(tmp_path: Path) -> None:
    own = [["customer_id"], *([f"u{number}"] for number in range(60))]
    found, _ = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert not any("at one moment" in hint for hint in found.preview.hints)


@pytest.mark.parametrize(("names", "titled"), [(["Mug {}", "Tea, {}"], True), (["SKU{}", "A-{}"], False)])
def test_words_of_columns_are_titles_and_codes_are_none(
    tmp_path: Path, names: list[str], titled: bool
) -> None:
    goods = [names[number % 2].format(number) for number in range(8)]
    own = [["customer_id"], *([user] for user in SHOPPERS)]
    found, _ = turned(written(tmp_path / "a.csv", table(own, goods, "{}.5")))
    assert found.titles() == {name: name if titled else None for name in goods}


@pytest.mark.parametrize("head", ["", "Thing"])
def test_first_column_beside_shoppers_holds_the_products(tmp_path: Path, head: str) -> None:
    own = [[head], *([f"Mug {number}"] for number in range(12))]
    shoppers = [f"Customer {number}" for number in range(1, 9)]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, shoppers)))
    assert mapping == {"user_id": "*", "product_id": head or "column 1"}
    assert pairs(found, "product_id", "user_id", "quantity") == bought(own, shoppers)


def test_bare_ids_of_lines_are_shoppers(tmp_path: Path) -> None:
    own = [["id", "age"], *([str(number), str(30 + number)] for number in range(12))]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert mapping == {"product_id": "*", "user_id": "id"}
    assert pairs(found, "user_id", "product_id", "price") == {
        key: n + 0.5 for key, n in bought(own, GOODS).items()
    }


@pytest.mark.parametrize(
    ("head", "days", "last"),
    [
        ("Day", [f"{day:02}.03.2024" for day in range(1, 29)], "2024-03-28"),
        ("period", [f"2024-{month:02}" for month in range(1, 13)], "2024-12-01"),
    ],
)
def test_dates_beside_numbers_are_offered_as_times(
    tmp_path: Path, head: str, days: list[str], last: str
) -> None:
    own = [[head], *([day] for day in days)]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert mapping == {"product_id": "*", "purchased_at": head}
    assert set(found.products) == set(GOODS)
    assert f"{found.preview.last:%Y-%m-%d}" == last


def test_column_per_shopper_is_read(tmp_path: Path) -> None:
    products, shoppers = [f"Mug {number}" for number in range(12)], [f"Customer {n}" for n in range(1, 9)]
    own = [["Product"], *([product] for product in products)]
    path = written(tmp_path / "a.csv", table(own, shoppers))
    assert "a column per shopper (Customer 1, Customer 2 …)" in str(refusal_of(path))
    found, mapping = turned(path)
    assert mapping == {"user_id": "*"}
    assert pairs(found, "product_id", "user_id", "quantity") == bought(own, shoppers)


def test_column_per_product_of_days_is_read_as_an_order_per_line(tmp_path: Path) -> None:
    own = [["date"], *([day] for day in DAYS)]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.25")))
    assert mapping == {"product_id": "*"}
    days = {
        (f"{row['purchased_at']:%Y-%m-%d}", row["product_id"]): row["price"] - 0.25 for row in found.purchases
    }
    assert days == bought(own, GOODS)
    assert found.preview.orders == len({day for day, _ in days})


def test_column_per_product_of_shoppers_and_days_is_read(tmp_path: Path) -> None:
    own = [["customer", "day"], *zip(SHOPPERS, DAYS, strict=True)]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert mapping["product_id"] == "*"
    assert {(row["user_id"], f"{row['purchased_at']:%Y-%m-%d}") for row in found.purchases} <= set(
        map(tuple, own[1:])
    )
    assert pairs(found, "user_id", "product_id", "price") == {
        key: n + 0.5 for key, n in bought(own, GOODS).items()
    }


@pytest.mark.parametrize("head", ["", "Row Labels"])
def test_first_column_without_a_known_name_holds_the_shoppers(tmp_path: Path, head: str) -> None:
    own = [[head], *([user] for user in SHOPPERS)]
    found, _ = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert {row["user_id"] for row in found.purchases} == {user for user, _ in bought(own, GOODS)}


@pytest.mark.parametrize("head", ["", "customer_id"])
def test_names_of_products_may_be_numbers(tmp_path: Path, head: str) -> None:
    products = [str(1000 + number) for number in range(8)]
    own = [[head], *([user] for user in SHOPPERS)]
    found, _ = turned(written(tmp_path / "a.csv", table(own, products, "{}.5")))
    assert pairs(found, "user_id", "product_id", "price") == {
        key: n + 0.5 for key, n in bought(own, products).items()
    }


def test_rows_and_columns_of_totals_are_no_purchases(tmp_path: Path) -> None:
    own = [["customer"], *([user] for user in SHOPPERS)]
    rows = table(own, GOODS, "{}.5")
    rows = [[*row, "Grand Total" if line == 0 else "99.5"] for line, row in enumerate(rows)]
    found, _ = turned(written(tmp_path / "a.csv", [*rows, ["Grand Total", *["77.5"] * 9]]))
    assert pairs(found, "user_id", "product_id", "price") == {
        key: n + 0.5 for key, n in bought(own, GOODS).items()
    }
    assert found.left_out.pop("line of totals") == 1


@pytest.mark.parametrize("mark", ["x", "2.5"])
def test_column_named_by_the_sign_of_the_option_does_not_take_its_place(tmp_path: Path, mark: str) -> None:
    own = [["customer", "*"], *([user, mark] for user in SHOPPERS)]
    found, mapping = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert mapping == {"product_id": "*"}
    assert set(found.values("product_id")) - {"*"} == set(GOODS)


def test_line_without_a_purchase_is_counted(tmp_path: Path) -> None:
    rows = [["customer", *GOODS], *([user, *["1.5" if user == "u3" else ""] * 8] for user in SHOPPERS)]
    found, _ = turned(written(tmp_path / "a.csv", rows))
    assert (len(found.purchases), found.left_out) == (8, {"quantity 0": 11})


@pytest.mark.parametrize(
    ("names", "days"),
    [
        (DAYS, DAYS),
        ([f"d_{day}" for day in range(1, 9)], [f"2000-01-{day + 1:02}" for day in range(1, 9)]),
        (
            [f"Week {week}" for week in range(4)] + ["KW4"],
            [f"2000-01-{7 * week + 1:02}" for week in range(5)],
        ),
    ],
)
def test_column_per_day_is_read(tmp_path: Path, names: list[str], days: list[str]) -> None:
    own = [["Customer", "SKU"], *([user, f"P{line}"] for line, user in enumerate(SHOPPERS))]
    path = written(tmp_path / "a.csv", table(own, names))
    found, mapping = turned(path)
    assert mapping == {"purchased_at": "*"}
    read = {(row["user_id"], f"{row['purchased_at']:%Y-%m-%d}"): row["quantity"] for row in found.purchases}
    assert read == bought(own, days)


def test_numbered_products_with_counts_need_no_option(tmp_path: Path) -> None:
    own = [["customer_id"], *([user] for user in SHOPPERS)]
    found = Read(written(tmp_path / "counts.csv", table(own, GOODS)))
    assert pairs(found, "user_id", "product_id", "quantity") == bought(own, GOODS)


def test_product_that_everybody_bought_once_is_kept(tmp_path: Path) -> None:
    own, names = [["customer"], *([user] for user in SHOPPERS)], ["Tea", "Bread", "Salt", "Milk", "Mug"]
    rows = [[*row, "Bag" if line == 0 else "1"] for line, row in enumerate(table(own, names))]
    found = Read(written(tmp_path / "a.csv", rows), mapping={"product_id": "*"})
    expected = bought(own, names) | {(user, "Bag"): 1 for user in SHOPPERS}
    assert pairs(found, "user_id", "product_id", "quantity") == expected
