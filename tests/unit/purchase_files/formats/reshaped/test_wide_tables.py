"""Tables with a column per month or per product, whose sums are known."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from purchase_files.formats.reshaped.wide_tables import first_day
from tests.support.purchases_read import Read

GOODS = ("Whole Milk", "Rye Bread", "Green Tea", "Honey", "Eggs")


def written(path: Path, rows: list[list[object]], separator: str = ",") -> Path:
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("t", "?"), ("x", "")])
def test_flags_of_products_are_baskets(tmp_path: Path, yes: str, no: str) -> None:
    rows = [[yes if (line + place) % 3 == 0 else no for place in range(5)] for line in range(30)]
    read = Read(written(tmp_path / "a.csv", [list(GOODS), *rows]))
    assert len(read.purchases) == sum(row.count(yes) for row in rows)
    assert read.preview.orders == 30
    assert set(read.titles().values()) == set(GOODS)


def test_names_of_products_in_their_own_columns_are_baskets(tmp_path: Path) -> None:
    rows = [
        [name if (line + place) % 3 == 0 else "" for place, name in enumerate(GOODS)] for line in range(30)
    ]
    read = Read(written(tmp_path / "a.csv", [list(GOODS), *rows]))
    assert len(read.purchases) == sum(name in row for row in rows for name in GOODS)
    assert set(read.titles().values()) == set(GOODS)


def test_total_in_words_beside_flags_is_no_product_and_no_price(tmp_path: Path) -> None:
    rows = [["t" if (line + place) % 3 == 0 else "?" for place in range(5)] for line in range(30)]
    lines = [[*row, "low" if line % 2 else "high"] for line, row in enumerate(rows)]
    read = Read(written(tmp_path / "a.csv", [[*GOODS, "total"], *lines]))
    assert len(read.purchases) == sum(row.count("t") for row in rows)
    assert set(read.titles().values()) == set(GOODS)
    assert set(read.values("price")) == {None}


def test_counts_of_products_keep_shoppers_and_dates(tmp_path: Path) -> None:
    rows = [[f"c{line % 7}", f"2024-03-{line % 28 + 1:02}", 2, 0, "", line % 2, 0] for line in range(60)]
    read = Read(written(tmp_path / "a.csv", [["Customer ID", "Date", *GOODS], *rows]))
    assert sum(read.values("quantity")) == 60 * 2 + 30
    assert read.preview.shoppers == 7
    assert f"{read.preview.last:%Y-%m-%d}" == "2024-03-28"


def test_columns_of_months_are_dates(tmp_path: Path) -> None:
    months = ["2023-11", "2023-12", "2024-01"]
    rows = [[f"c{line % 7}", f"P{line % 5}", line % 4, "", 1] for line in range(40)]
    read = Read(written(tmp_path / "a.csv", [["Customer", "SKU", *months], *rows]))
    assert sum(read.values("quantity")) == 10 * (1 + 2 + 3) + 40
    assert dict(read.preview.by_month) == {"2023-11": 30, "2024-01": 40}


def test_sums_by_month_without_products_are_refused_with_the_next_step(tmp_path: Path) -> None:
    rows = [[f"c{line % 7}", line % 4, 2, 1, f"P{line % 3}"] for line in range(40)]
    names = ["Customer", "Jan 2024", "Feb 2024", "Mar 2024", "product"]
    sums = written(tmp_path / "sums.csv", [row[:-1] for row in [names, *rows]])
    with pytest.raises(
        RefusedFile, match=r"Jan 2024, Feb 2024.* name the column of products 'product'"
    ) as refusal:
        Read(sums)
    assert refusal.value.arguments == ()
    assert Read(written(tmp_path / "products.csv", [names, *rows])).preview.products == 3


def test_sum_beside_months_is_no_price(tmp_path: Path) -> None:
    rows = [[f"{line % 7}", f"Ware {line % 5}", 1, 2, 3] for line in range(40)]
    read = Read(
        written(
            tmp_path / "a.csv", [["Kundennummer", "Artikel", "Jan 2023", "Feb 2023", "Summe"], *rows], ";"
        )
    )
    assert sum(read.values("quantity")) == 120
    assert set(read.values("price")) == {None}


def test_amounts_of_months_are_totals(tmp_path: Path) -> None:
    rows = [[f"c{line % 7}", f"P{line % 5}", "12.50", "0.00"] for line in range(40)]
    read = Read(written(tmp_path / "a.csv", [["Customer", "SKU", "2023-11", "2023-12"], *rows]))
    assert read.values("quantity") == [1.0] * 40
    assert set(read.values("price")) == {12.5}


def test_line_without_a_purchase_is_counted(tmp_path: Path) -> None:
    rows = [[f"c{line % 7}", f"P{line % 5}", line % 2, 0] for line in range(40)]
    read = Read(written(tmp_path / "a.csv", [["Customer", "SKU", "2023-11", "2023-12"], *rows]))
    assert read.left_out == {"quantity 0": 20}
    assert len(read.purchases) == 20
    assert read.preview.files[0].lines == 41


def test_file_with_dates_is_not_wide(tmp_path: Path) -> None:
    rows = [[f"c{line}", f"P{line % 5}", "2024-01-02", 1, 0] for line in range(20)]
    read = Read(written(tmp_path / "a.csv", [["Customer", "SKU", "Date", "2023-11", "2023-12"], *rows]))
    assert read.preview.files[0].format == "CSV"
    assert len(read.purchases) == 20


def test_stock_by_shop_is_not_read_as_purchases(tmp_path: Path) -> None:
    rows = [[f"P{line}", f"Mug {line}", 1, 0, 2, 0, 1] for line in range(20)]
    with pytest.raises(RefusedFile):
        Read(written(tmp_path / "a.csv", [["SKU", "Title", "North", "South", "East", "West", "Hall"], *rows]))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2023-01", "2023-01-01"), ("202312", "2023-12-01"), ("03/2024", "2024-03-01"), ("Jan 2023", "2023-01-01"),
        ("May-24", "2024-05-01"), ("févr. 2023", "2023-02-01"), ("2023 Dezember", "2023-12-01"), ("mars", "2000-03-01"),
        ("Total", None), ("Item 12", None), ("2023-13", None),
    ],
)  # fmt: skip
def test_month_in_a_name_is_found(name: str, day: str | None) -> None:
    assert first_day(name) == day


def test_ids_of_products_as_small_as_counts_are_no_columns_of_products(tmp_path: Path) -> None:
    rows = [f"u{n},{100 + n % 7},2024-01-{n % 28 + 1:02} 10:05:11,,{n % 3},{n % 5},306" for n in range(60)]
    path = tmp_path / "actions.csv"
    path.write_text("\n".join(["user_id,sku_id,time,model_id,type,cate,brand", *rows]))
    found = Read(path)
    assert found.preview.purchases == 60
    assert set(found.products) == {str(100 + n) for n in range(7)}
