"""Quantities: what was canceled or refunded, parts of products, and absurd numbers."""

from pathlib import Path

import pytest

from tests.support.builders.files.workbooks import write_workbook
from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,order_id,"
ONE_PIECE = "without a quantity, which count as one piece"
ERROR = "with an error of a spreadsheet, such as #REF!, in place of a value"


def read(path: Path, text: str, **options: object) -> Read:
    (path / "p.csv").write_text(text)
    return Read(path / "p.csv", **options)


def test_parts_of_products_are_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "item_id,order_id,parent_item_id,created_at,product_id,product_type,sku,name,qty_canceled,qty_ordered,"
        "qty_refunded,price,customer_email\n"
        "1,10,,2024-01-01 10:00:00,7,configurable,TS-M,T-Shirt,0.0000,3.0000,1.0000,20.0000,a@x.com\n"
        "2,10,1.0,2024-01-01 10:00:00,8,simple,TS-M,T-Shirt-M,0.0000,3.0000,1.0000,0.0000,a@x.com\n"
        "3,10,,2024-01-01 10:00:00,9,simple,MUG,Mug,2.0000,2.0000,0.0000,5.0000,a@x.com\n"
        "4,11,99,2024-01-01 10:00:00,9,simple,MUG,Mug,,2.0000,,5.0000,b@x.com\n",
    )
    assert [(row["product_id"], row["quantity"], row["price"]) for row in found.purchases] == [
        ("7", 2, 20),
        ("9", 2, 5),
    ]
    assert found.left_out == {"part of the line of another product": 1, "canceled or refunded": 1}


def test_price_of_a_line_is_that_of_all_its_pieces(tmp_path: Path) -> None:
    found = read(
        tmp_path, HEAD + "qty,refunded qty,line total\n1,A,2024-01-13,1,4,1,20\n1,B,2024-01-13,2,-1,1,5\n"
    )
    assert [(row["quantity"], row["price"]) for row in found.purchases] == [(3, 5)]
    assert found.left_out == {"return of something never bought": 1}


@pytest.mark.parametrize(
    ("quantity", "reason", "noticed"),
    [
        ("1e308", "quantity over 1,000,000", []),
        ("-99999999", "quantity over 1,000,000", []),
        ("inf", "quantity", []),
        ("-Infinity", "quantity", []),
        ("NaN", "quantity", []),
        ("1e999", "quantity", []),
        ("#REF!", None, [ONE_PIECE, ERROR]),
        ("#¡VALOR!", None, [ONE_PIECE, ERROR]),
        ("n/a", None, [ONE_PIECE]),
        ("", None, [ONE_PIECE]),
        ("80995", None, []),
    ],
)
def test_absurd_quantity_is_left_out_and_a_missing_one_noticed(
    tmp_path: Path, quantity: str, reason: str | None, noticed: list[str]
) -> None:
    found = read(tmp_path, HEAD + f"quantity\n1,A,2024-01-13,1,{quantity}\n1,B,2024-01-13,1,2\n", bad_rows=1)
    assert found.left_out == ({} if reason is None else {reason: 1})
    assert dict(found.preview.noticed) == dict.fromkeys(noticed, 1)


def test_empty_cells_of_a_spreadsheet_hint_at_formulas(tmp_path: Path) -> None:
    rows = [
        [*HEAD.split(",")[:-1], "qty"],
        ["1", "A", "2024-01-13", "1", None],
        ["1", "B", "2024-01-13", "1", 2],
    ]
    found = Read(write_workbook(tmp_path / "p.xlsx", {"Sales": rows}))
    assert dict(found.preview.noticed) == {ONE_PIECE: 1}
    assert any("mend errors such as #REF!" in hint for hint in found.preview.hints)


def test_absurd_price_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "price\n1,A,2024-01-13,1,1e300\n1,B,2024-01-13,1,2\n", bad_rows=1)
    assert found.left_out == {"price over 1,000,000,000,000": 1}


def test_returns_in_a_later_file_are_netted(tmp_path: Path) -> None:
    (tmp_path / "returns.csv").write_text(HEAD + "quantity\n1,A,2024-02-01,C5,-1\n")
    (tmp_path / "p.csv").write_text(HEAD + "quantity\n1,A,2024-01-13,5,3\n1,B,2024-01-13,5,1\n")
    for paths in (("returns.csv", "p.csv"), ("p.csv", "returns.csv")):
        found = Read(*(tmp_path / name for name in paths))
        assert {row["product_id"]: row["quantity"] for row in found.purchases} == {"A": 2, "B": 1}
        assert found.left_out == {"return of a purchase": 1}
