"""Reports with headings above groups of rows, such as those of QuickBooks Online."""

import csv
from pathlib import Path

import pytest

from tests.support.builders.files.workbooks import write_workbook
from tests.support.purchases_read import Read

TITLE = "Shop\nSales by Customer Detail\n\n"
HEAD = "{},Date,Transaction Type,Num,{},Memo/Description,Qty,Sales Price,Amount\n"
ROW = ",03/{}/2024,{},{},{},A remark,{},5.00,10.00\n"
FOOTER = '"Monday, Jan 06, 2025 09:22:41 AM GMT-8 - Accrual Basis"\n'
HEADING, SUM = "heading of a group", "line of totals of a group"


def heading(name: str) -> str:
    return name + "," * 8 + "\n"


def total(name: str) -> str:
    return f"{name},,,,,,2.00,,$10.00\n"


ROWS = [ROW.format(13 + n, "Invoice", 1001 + n, f"P{n}", 2) for n in range(4)]
NESTED = (
    heading("Ann Lee") + ROWS[0] + total("Total for Ann Lee")
    + heading("Shop Ltd") + heading("Store 1") + ROWS[1] + ROW.format(28, "Credit Memo", 9, "P1", -1)
    + total("Total for Store 1") + heading("Store 2") + ROWS[2] + total("Total for Store 2")
    + total("Total for Shop Ltd with sub-customers") + heading("Bob") + ROWS[3] + total("Total for Bob")
    + total("TOTAL")
)  # fmt: skip
FLAT = heading("Ann Lee") + ROWS[0] + ROWS[1] + heading("Bob") + ROWS[2]


def bought(found: Read, field: str) -> list[str]:
    assert found.preview.purchases + found.preview.rows_left_out == found.preview.rows
    return found.values(field)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_headings_are_the_customers_of_the_rows_below(tmp_path: Path, kind: str) -> None:
    text = TITLE + HEAD.format("", "Product/Service") + NESTED + "\n"
    path = tmp_path / f"p.{kind}"
    if kind == "csv":
        path.write_text(text + FOOTER)
    else:
        write_workbook(
            path, {"Report": [[value or None for value in row] for row in csv.reader(text.splitlines())]}
        )
    found = Read(path)
    assert bought(found, "user_id") == ["Ann Lee", "Shop Ltd:Store 1", "Shop Ltd:Store 2", "Bob"]
    assert found.values("product_id") == ["P0", "P1", "P2", "P3"]
    assert found.values("quantity") == [2, 1, 2, 2]
    below = {"line below the table": 1} if kind == "csv" else {}
    assert found.left_out == {HEADING: 5, SUM: 6, "return of a purchase": 1, **below}


def test_headings_without_totals_replace_one_another(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(HEAD.format("Customer", "Product/Service full name") + FLAT)
    found = Read(tmp_path / "p.csv")
    assert bought(found, "user_id") == ["Ann Lee", "Ann Lee", "Bob"]
    assert found.left_out == {HEADING: 2}


@pytest.mark.parametrize("nested", [False, True])
def test_heading_may_begin_like_a_total(tmp_path: Path, nested: bool) -> None:
    names = ["Total Wine", "Ann Lee", "Sum Ltd"]
    rows = [
        heading(name) + row + total(f"Total for {name}") * nested
        for name, row in zip(names, ROWS[:3], strict=True)
    ]
    (tmp_path / "p.csv").write_text(HEAD.format("Customer", "Product") + "".join(rows))
    assert bought(Read(tmp_path / "p.csv"), "user_id") == names


def test_headings_beside_customers_are_products(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(HEAD.format("", "Customer") + NESTED)
    found = Read(tmp_path / "p.csv")
    assert bought(found, "product_id") == ["Ann Lee", "Shop Ltd:Store 1", "Shop Ltd:Store 2", "Bob"]
    assert found.values("user_id") == ["P0", "P1", "P2", "P3"]
