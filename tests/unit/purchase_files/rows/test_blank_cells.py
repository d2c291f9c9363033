"""Exports with blank cells below an order's first line, such as Odoo's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

HEAD = "Order Reference,Customer,Order Date,Status,Order Lines/Product,Order Lines/Quantity\n"
NOTE = "whose order, customer and date are taken from the line above"
BLOCKS = (
    "S1,Ann,2024-03-01,Sales Order,Mug,2\n,,,,Cup,1\n,,,,Pot,1\nS2,,2024-03-02,Sales Order,Mug,2\n,,,,Cup,1\n"
)


def read(path: Path, rows: str, **options: object) -> Read:
    (path / "p.csv").write_text(HEAD + rows)
    return Read(path / "p.csv", **options)


@pytest.mark.parametrize("where", [[], ["Status=sales order"]])
def test_lines_below_belong_to_the_order_above(tmp_path: Path, where: list[str]) -> None:
    found = read(tmp_path, BLOCKS + "S3,Bob,2024-03-02,Cancelled,Mug,1\n,,,,Pan,1\n", where=where)
    lines = [(row["order_id"], row["user_id"], row["product_id"]) for row in found.purchases]
    assert lines == [
        *(("S1", "Ann", product) for product in ("Mug", "Cup", "Pot")),
        *(("S2", None, product) for product in ("Mug", "Cup")),
    ]
    assert set(found.values("purchased_at")) == {datetime(2024, 3, day, tzinfo=UTC) for day in (1, 2)}
    assert sum(found.left_out.values()) == 2
    assert dict(found.preview.noticed)[NOTE] == 4


@pytest.mark.parametrize(
    ("rows", "unreadable"),
    [
        (",,,,Cup,1\n" + BLOCKS, 4),
        (BLOCKS + "S1,Ann,2024-03-01,Sales Order,Bag,1\n", 3),
        (BLOCKS + "S3,,,,Bag,1\n", 4),
        ("".join(f"S{n},Ann,2024-03-01,Sales Order,Mug,1\n" for n in range(60)) + ",,,,Cup,1\n", 1),
    ],
    ids=["blank first line", "order named twice", "order without a date", "few blank lines"],
)
def test_other_blank_cells_stay_blank(tmp_path: Path, rows: str, unreadable: int) -> None:
    with pytest.raises(RefusedFile, match=f"\n  {unreadable} x no time"):
        read(tmp_path, rows)


def test_guests_get_no_shopper_from_the_line_above(tmp_path: Path) -> None:
    rows = "S1,Ann,2024-03-01,,Mug,2\n,,2024-03-01,,Cup,1\nS2,,2024-03-02,,Mug,2\n"
    assert read(tmp_path, rows).values("user_id") == ["Ann", None]


def test_condition_on_the_first_line_holds_for_the_order(tmp_path: Path) -> None:
    head = "Name,Email,Financial Status,Source,Created at,Lineitem quantity,Lineitem name,Lineitem price"
    head += ",Refund status\n"
    rows = [
        "#1,a@x.com,paid,web,2024-01-13,1,Mug,2.0,",
        "#1,a@x.com,,,,1,Cup,2.0,refund asked",
        "#1,a@x.com,,,,1,Pot,2.0,",
        "#2,b@x.com,pending,pos,2024-01-14,1,Mug,2.0,",
        "#2,b@x.com,,,,1,Pot,2.0,",
    ]
    (tmp_path / "p.csv").write_text(head + "\n".join(rows) + "\n")
    for condition, titles in (
        ("Financial Status=paid", ["Mug", "Cup", "Pot"]),
        ("Source!=web", ["Mug", "Pot"]),
        ("Refund status!=refund asked", ["Mug", "Pot", "Mug", "Pot"]),
    ):
        found = Read(tmp_path / "p.csv", where=[condition])
        assert found.values("product_id") == titles
