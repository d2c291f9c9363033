"""Wide tables with totals, and with cells that are no numbers."""

import json
from pathlib import Path

import pytest

from tests.support.builders.files.wide_tables import (
    GOODS,
    SHOPPERS,
    bought,
    pairs,
    refusal_of,
    table,
    turned,
    written,
)
from tests.support.purchases_read import Read

FOODS = ["honey", "eggs", "milk", "bread", "tea", "salt", "rice", "oil"]
UNREADABLE = "quantity"
LINES = [f"u{number}" for number in range(40)]
MONTHS = [f"2024-{month:02}" for month in range(1, 7)]


def test_brand_named_total_is_no_line_of_totals(tmp_path: Path) -> None:
    own = [["customer_id", "product", "brand"], *([user, f"Mug {user}", "Total"] for user in LINES)]
    found = Read(written(tmp_path / "a.csv", table(own, MONTHS)))
    assert len(found.purchases) == len(bought(own, MONTHS))


@pytest.mark.parametrize("cell", ["see note", "inf", "12%", "3 boxes"])
def test_odd_cell_among_sums_is_counted_and_keeps_its_column(tmp_path: Path, cell: str) -> None:
    own = [["customer"], *([user] for user in LINES)]
    rows = table(own, GOODS, "{}.5")
    sums = {key: n + 0.5 for key, n in bought(own, GOODS).items()}
    sums.pop(("u9", GOODS[2]), None)
    rows[10][3] = cell
    found = Read(written(tmp_path / "a.csv", rows), mapping={"product_id": "*"})
    assert pairs(found, "user_id", "product_id", "price") == sums
    assert found.left_out[UNREADABLE] == 1


@pytest.mark.parametrize("cell", ["see note", "inf", "12%"])
@pytest.mark.parametrize("names", [FOODS, GOODS], ids=["words", "numbers"])
def test_odd_cell_among_counts_is_counted_and_keeps_its_column(
    tmp_path: Path, cell: str, names: list[str]
) -> None:
    own = [["customer"], *([user] for user in LINES)]
    rows = table(own, names)
    counts = bought(own, names)
    counts.pop(("u9", names[2]), None)
    rows[10][3] = cell
    for mapping in ({}, {"product_id": "*"}):
        found = Read(written(tmp_path / "a.csv", rows), mapping=mapping)
        assert pairs(found, "user_id", "product_id", "quantity") == counts
        assert found.left_out[UNREADABLE] == 1


@pytest.mark.parametrize(("cell", "quantity"), [("3 pcs", 3), ("1e3", 1000)])
def test_count_with_a_unit_or_an_exponent_is_read(tmp_path: Path, cell: str, quantity: int) -> None:
    own = [["customer"], *([user] for user in LINES)]
    rows = table(own, GOODS)
    rows[10][3] = cell
    found = Read(written(tmp_path / "a.csv", rows), mapping={"product_id": "*"})
    assert pairs(found, "user_id", "product_id", "quantity") == {
        **bought(own, GOODS),
        ("u9", GOODS[2]): quantity,
    }


@pytest.mark.parametrize("cell", ["3 pcs", "1e3"])
def test_count_among_sums_is_no_sum(tmp_path: Path, cell: str) -> None:
    own = [["customer"], *([user] for user in LINES)]
    rows = table(own, GOODS, "{}.5")
    rows[10][3] = cell
    found = Read(written(tmp_path / "a.csv", rows), mapping={"product_id": "*"})
    assert ("u9", GOODS[2]) not in pairs(found, "user_id", "product_id", "price")
    assert found.left_out[UNREADABLE] == 1


def test_truth_among_counts_keeps_its_column(tmp_path: Path) -> None:
    own = [["customer"], *([user] for user in LINES)]
    [head, *lines] = table(own, GOODS)
    records = [{head[0]: line[0], **dict(zip(GOODS, map(int, line[1:]), strict=True))} for line in lines]
    records[9][GOODS[2]] = True
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = Read(path, mapping={"product_id": "*"})
    assert pairs(found, "user_id", "product_id", "quantity") == {**bought(own, GOODS), ("u9", GOODS[2]): 1}


@pytest.mark.parametrize("amount", ["{}", "{}.5"])
def test_odd_cell_of_a_month_is_counted_and_keeps_its_column(tmp_path: Path, amount: str) -> None:
    own = [["customer", "product"], *([user, f"Mug {user}"] for user in LINES)]
    rows = table(own, MONTHS, amount)
    rows[10][4] = "see note, please."
    others = {key for key in bought(own, MONTHS) if key != ("u9", MONTHS[2])}
    found = Read(written(tmp_path / "a.csv", rows))
    assert {(row["user_id"], f"{row['purchased_at']:%Y-%m}") for row in found.purchases} == others
    assert found.left_out[UNREADABLE] == 1


def test_column_of_percentages_is_no_product(tmp_path: Path) -> None:
    own = [["customer"], *([user] for user in SHOPPERS)]
    rows = [[*row, "12%" if line else "SKU999"] for line, row in enumerate(table(own, GOODS, "{}.5"))]
    found, _ = turned(written(tmp_path / "a.csv", rows))
    assert set(found.products) == set(GOODS)


@pytest.mark.parametrize(
    "name",
    [
        "Total qty", "Total Quantity", "Grand_Total", "TOTAL_SALES", "Gesamtsumme", "Toplam", "Yhteensä", "Celkem",
        "Totalt", "Sum of all", "Total général", "Összesen", "Σύνολο", "Всего", "小計", "합계", "Tổng cộng",
    ],
)  # fmt: skip
def test_totals_of_other_names_are_no_purchases(tmp_path: Path, name: str) -> None:
    own = [["customer"], *([user] for user in SHOPPERS)]
    rows = [[*row, "99.5" if line else name] for line, row in enumerate(table(own, GOODS, "{}.5"))]
    found = Read(written(tmp_path / "a.csv", [*rows, [name, *["77.5"] * 9]]), mapping={"product_id": "*"})
    assert pairs(found, "user_id", "product_id", "price") == {
        key: n + 0.5 for key, n in bought(own, GOODS).items()
    }
    assert sum(found.left_out.values()) >= 1


@pytest.mark.parametrize("amount", ["{}", "{}.5", "{},50 €"])
@pytest.mark.parametrize("name", ["All", "Everyone"])
def test_margins_of_any_name_are_no_purchases(tmp_path: Path, amount: str, name: str) -> None:
    own = [["customer"], *([user] for user in SHOPPERS)]
    more = 0.0 if amount == "{}" else 0.5
    amounts = {key: n + more for key, n in bought(own, GOODS).items()}
    sums = [sum(n for key, n in amounts.items() if user in key) for user in SHOPPERS]
    columns = [*(sum(n for key, n in amounts.items() if good in key) for good in GOODS), sum(sums)]
    form = amount.replace("{}.5", "{}").replace("{},50", "{}")

    def text(number: float) -> str:
        return form.format(f"{number:g}".replace(".", "," if "," in amount else "."))

    [head, *lines] = table(own, GOODS, amount)
    rows = [[*head, name], *([*line, text(whole)] for line, whole in zip(lines, sums, strict=True))]
    path = written(tmp_path / "a.csv", [*rows, [name, *map(text, columns)]], ";")
    found = Read(path, mapping={"product_id": "*"})
    assert pairs(found, "user_id", "product_id", "price" if more else "quantity") == amounts
    assert found.left_out["line of totals" if name == "All" else "no product"] == 1


@pytest.mark.parametrize(
    ("lines", "products", "shoppers"),
    [
        # The last column is the sum of the others where three products are bought, but not in the last row.
        ("u1 1 2 0 3,u2 2 1 1 4,u3 1 1 1 3,u4 0 2 0 2,u5 0 0 0 1", 4, 5),
        ("u1 1 2 0 3,u2 2 1 1 4,u3 1 1 1 3,u4 0 2 0 2,u5 1 0 1 0", 4, 5),
        ("u1 1 2 0 3,u2 2 1 1 4,u3 1 1 1 3,u4 0 2 0 2,u5 1 0 0 1", 3, 5),
        ("u1 2 2 0 2,u2 1 1 1 1,u3 3 3 1 3", 4, 3),
        ("All 2 2 0 2,u2 1 1 1 1,u3 3 3 1 3", 4, 3),
        ("u1 2 2 0 2,u2 1 1 1 1, 3 3 1 3", 4, 2),
        ("u1 2 2 0 2,u2 1 1 1 1,All 3 3 1 3", 4, 2),
        ("u1 1 2 1 2,u2 2 1 1 1,u3 1 1 3 2,Everyone 4 4 5 5", 4, 3),
    ],
)
def test_sums_by_chance_are_purchases(tmp_path: Path, lines: str, products: int, shoppers: int) -> None:
    rows = [["customer_id", *GOODS[:4]], *(line.split(" ") for line in lines.split(","))]
    found = Read(written(tmp_path / "a.csv", rows), mapping={"product_id": "*"})
    assert (len(found.products), found.preview.shoppers) == (products, shoppers)


def test_shopper_named_all_is_kept(tmp_path: Path) -> None:
    own = [["customer"], *([user] for user in [*SHOPPERS, "All"])]
    found, _ = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert "All" in found.values("user_id")


def test_repeated_header_of_a_wide_table_is_no_purchase(tmp_path: Path) -> None:
    own = [["customer"], *([user] for user in SHOPPERS)]
    rows = table(own, GOODS)
    found = Read(written(tmp_path / "a.csv", [*rows[:5], rows[0], *rows[5:]]))
    assert pairs(found, "user_id", "product_id", "quantity") == bought(own, GOODS)
    assert found.left_out["header among the rows"] == 1


@pytest.mark.parametrize("number", ["", "Unnamed: 0"])
@pytest.mark.parametrize(
    ("key", "mapped"), [("customer_id", {}), ("index", {"user_id": "index"}), (None, {})]
)
def test_numbers_of_rows_are_no_products(
    tmp_path: Path, number: str, key: str | None, mapped: dict[str, str]
) -> None:
    keys = [[number, key or ""], *([str(line), user] for line, user in enumerate(SHOPPERS))]
    rows = table([row if key else row[:1] for row in keys], GOODS, "{}.5")
    found, mapping = turned(written(tmp_path / "a.csv", rows))
    assert mapping == {"product_id": "*", **mapped}
    sums = bought([["customer"], *([user] for user in SHOPPERS)], GOODS)
    assert sorted(found.values("price")) == sorted(n + 0.5 for n in sums.values())
    assert set(found.values("user_id")) == ({user for user, _ in sums} if key else {None})


@pytest.mark.parametrize("days", [2, 4])
def test_few_columns_of_days_are_read(tmp_path: Path, days: int) -> None:
    names = [f"2024-01-{day:02}" for day in range(1, days + 1)]
    own = [["customer", "product"], *([user, f"Mug {user}"] for user in SHOPPERS)]
    path = written(tmp_path / "a.csv", table(own, names))
    assert "a column per day or month" in refusal_of(path).problem
    found, mapping = turned(path)
    assert mapping == {"purchased_at": "*"}
    read = {(row["user_id"], f"{row['purchased_at']:%Y-%m-%d}"): row["quantity"] for row in found.purchases}
    assert read == bought(own, names)
