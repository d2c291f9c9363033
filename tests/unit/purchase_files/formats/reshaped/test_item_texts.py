"""Products of an order in one cell, or in numbered columns."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.purchases_read import Read

ORDERS = [[(f"Mug no. {(n + step * step) % 9}", 1 + step) for step in range(1 + n % 3)] for n in range(120)]
Item = tuple[str, int]


def written(path: Path, column: str, cell: Callable[[list[Item]], str]) -> Path:
    with (path / "p.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Order", "Customer ID", "Date", column])
        writer.writerows(
            [str(n), f"u{n % 13}", f"2024-01-{n % 28 + 1:02}", cell(items)] for n, items in enumerate(ORDERS)
        )
    return path / "p.csv"


COUNTED: dict[str, Callable[[list[Item]], str]] = {
    "before, semicolons": lambda items: "; ".join(f"{count} x {name}" for name, count in items),
    "before, lines": lambda items: "\n".join(f"{count}x {name}" for name, count in items),
    "after, commas": lambda items: ", ".join(f"{name} x{count}" for name, count in items),
    "after, signs": lambda items: " | ".join(f"{name} × {count}" for name, count in items),
    "in brackets": lambda items: "; ".join(f"{name} ({count})" for name, count in items),
    "JSON": lambda items: json.dumps([{"title": name, "qty": count} for name, count in items]),
    "Python": lambda items: repr([{"title": name, "qty": count} for name, count in items]),
    "named fields": lambda items: "|".join(
        f"Product ID: , Product Qty: {count}, Product Name: {name}, Product Weight: 1.0"
        for name, count in items
    ),
}
PLAIN: dict[str, Callable[[list[Item]], str]] = {
    "commas": lambda items: ", ".join(name for name, _ in items),
    "bars": lambda items: "|".join(name for name, _ in items),
    "JSON": lambda items: json.dumps([name for name, _ in items]),
    "Python": lambda items: repr([name for name, _ in items]),
    "PostgreSQL": lambda items: "{" + ",".join(f'"{name}"' for name, _ in items) + "}",
}


@pytest.mark.parametrize("name", COUNTED)
def test_counted_products_of_a_cell_are_read(tmp_path: Path, name: str) -> None:
    found = Read(written(tmp_path, "Items", COUNTED[name]))
    bought = [(row["order_id"], row["product_id"], row["quantity"]) for row in found.purchases]
    assert bought == [(str(n), item, float(count)) for n, items in enumerate(ORDERS) for item, count in items]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_list_of_a_cell_is_read(tmp_path: Path, name: str) -> None:
    distinct = [
        [(f"Mug no. {(7 * n + step * (n // 11 + 1)) % 23}", 1) for step in range(1 + n % 4)]
        for n in range(120)
    ]
    with (tmp_path / "p.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Order", "Customer ID", "Date", "Items"])
        writer.writerows(
            [str(n), f"u{n % 13}", "2024-01-13", PLAIN[name](items)] for n, items in enumerate(distinct)
        )
    found = Read(tmp_path / "p.csv")
    assert [(row["order_id"], row["product_id"]) for row in found.purchases] == [
        (str(n), item) for n, items in enumerate(distinct) for item, _ in items
    ]


def test_bytes_of_pictures_and_years_of_titles_are_no_counts(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,user_id,product_id,order_date\n1,7,A,2024-01-13\n")
    rows = "".join(
        f"{name},Title {name} (199{number}),0x151C2F000200000{name}\n" for number, name in enumerate("ABCD")
    )
    (tmp_path / "products.csv").write_text(f"product_id,title,picture\n{rows}")
    assert Read(tmp_path).titles() == {name: f"Title {name} (199{n})" for n, name in enumerate("ABCD")}


def test_titles_with_commas_stay_whole(tmp_path: Path) -> None:
    rows = "".join(f'{n},u{n % 9},2024-01-13,"Mug, {("red", "blue")[n % 2]}"\n' for n in range(100))
    (tmp_path / "p.csv").write_text("Order,Customer ID,Date,Items\n" + rows)
    assert set(Read(tmp_path / "p.csv").products) == {"Mug, red", "Mug, blue"}


def test_counted_skus_of_lines_are_no_lists(tmp_path: Path) -> None:
    header = "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem sku"
    rows = [
        f"#{n},u{n % 13}@x.com,2024-01-{n % 28 + 1:02},2,Pack of socks,SOCKS 3X{n % 4}" for n in range(120)
    ]
    (tmp_path / "p.csv").write_text("\n".join([header, *rows]) + "\n")
    found = Read(tmp_path / "p.csv")
    assert found.titles() == {f"SOCKS 3X{n}": "Pack of socks" for n in range(4)}
    assert found.values("quantity") == [2.0] * 120


def test_products_of_numbered_columns_are_read(tmp_path: Path) -> None:
    names = [f"Item {n} {what}" for n in (1, 2, 3) for what in ("Name", "Qty")]
    with (tmp_path / "p.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Order ID", "Email", "Order Date", *names])
        for n, items in enumerate(ORDERS):
            cells = [str(value) for item in items for value in item]
            writer.writerow([n, f"u{n % 13}@x.com", "2024-01-13", *cells, *[""] * (6 - len(cells))])
    found = Read(tmp_path / "p.csv")
    bought = [(row["order_id"], row["product_id"], row["quantity"]) for row in found.purchases]
    assert bought == [(str(n), item, float(count)) for n, items in enumerate(ORDERS) for item, count in items]
    [file] = found.preview.files
    assert (file.lines, file.rows - file.added_rows) == (121, 120)


def test_numbered_columns_alone_are_baskets(tmp_path: Path) -> None:
    lines = [
        "Item(s),Item 1,Item 2,Item 3",
        *(f"{len(i)},{','.join((*(x for x, _ in i), '', '')[:3])}" for i in ORDERS),
    ]
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.csv")
    assert (found.preview.orders, found.preview.guest_purchases) == (120, sum(map(len, ORDERS)))


@pytest.mark.parametrize(
    ("names", "cells", "labels"),
    [
        (
            ["line_item_1", "line_item_2"],
            ["name:Mug|product_id:7|quantity:2", ""],
            {"product_id": "product_id in line_item_1", "title": "name in line_item_1"},
        ),
        (
            ["Item 1 Name", "Item 1 Qty", "Item 2 Name", "Item 2 Qty"],
            ["Mug", "2", "", ""],
            {"title": "Item 1 Name …"},
        ),
    ],
)
def test_preview_names_columns_as_the_file_does(
    tmp_path: Path, names: list[str], cells: list[str], labels: dict[str, str]
) -> None:
    lines = [
        ["Order ID", "Email", "Order Date", *names],
        *([str(n), f"u{n}@x.com", "2024-01-13", *cells] for n in range(9)),
    ]
    (tmp_path / "p.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    columns = {column.field: column.column for column in Read(tmp_path / "p.csv").preview.columns}
    assert {field: columns[field] for field in labels} == labels
    assert columns["user_id"] == "Email"


@pytest.mark.parametrize("columns", [3, 6])
def test_short_ids_with_zeros_behind_are_products(tmp_path: Path, columns: int) -> None:
    baskets = [[str(10 * place + n % 7 + 1) for place in range(n % columns + 1)] for n in range(60)]
    lines = [
        [f"u{n % 9}", "2024-01-13", *(basket + ["0"] * columns)[:columns]] for n, basket in enumerate(baskets)
    ]
    head = ["Customer ID", "Date", *(f"Item {number}" for number in range(1, columns + 1))]
    (tmp_path / "p.csv").write_text("".join(",".join(line) + "\n" for line in [head, *lines]))
    found = Read(tmp_path / "p.csv")
    assert [row["product_id"] for row in found.purchases] == [item for basket in baskets for item in basket]
