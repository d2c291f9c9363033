"""Exports with rows or columns for whole orders beside those for their products."""

from pathlib import Path

import pytest

from purchase_files.errors import RefusedFile
from tests.support.purchases_read import Read


def bought(*paths: Path) -> list[tuple[str | None, str | None, str, float]]:
    """Shopper, order, product and quantity of each purchase."""
    rows = Read(*paths).purchases
    return [(row["user_id"], row["order_id"], row["product_id"], row["quantity"]) for row in rows]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([*lines, ""]))
    return path


def test_rows_of_whole_orders_above_their_lines_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ebay.csv",
        "Sales Record Number,Order Number,Buyer Username,Buyer Name,Item Number,Item Title,Quantity,Sold For,Total "
        "Price,Sale Date",
        "101,01-11,ann_buys,Ann Lee,,,3,,$33.00,Mar-01-24",
        "101,01-11,ann_buys,,318500001,Red mug,1,$9.90,,Mar-01-24",
        "101,01-11,ann_buys,,318500002,Blue cup,2,$7.50,,Mar-01-24",
        "102,01-12,bob_buys,Ann Lee,,,2,,$17.40,Mar-02-24",
        "102,01-12,bob_buys,,318500001,Red mug,1,$9.90,,Mar-02-24",
        "102,01-12,bob_buys,,318500002,Blue cup,1,$7.50,,Mar-02-24",
    )
    read = Read(path)
    assert bought(path) == [
        ("ann_buys", "01-11", "318500001", 1),
        ("ann_buys", "01-11", "318500002", 2),
        ("bob_buys", "01-12", "318500001", 1),
        ("bob_buys", "01-12", "318500002", 1),
    ]
    assert [(each.reason, each.rows) for each in read.preview.left_out] == [("no product", 2)]
    assert [row["price"] for row in read.purchases] == [9.9, 7.5, 9.9, 7.5]


def test_lines_of_a_sale_count_and_the_sale_and_its_payment_do_not(tmp_path: Path) -> None:
    path = write(
        tmp_path / "vend.csv",
        "Date,Receipt Number,Line Type,Customer Code,Customer Name,Quantity,Subtotal,Total,Details,Register,Status,Sku",
        "2024-03-01 10:05:11,1000,Sale,C-7,Ann,3,25,27,2 X Red mug; 1 X Cup,Main,CLOSED,",
        "2024-03-01 10:05:11,1000,Sale Line,,,2,20,22,Red mug,Main,,M1",
        "2024-03-01 10:05:11,1000,Sale Line,,,1,5,5,Cup,Main,,C1",
        "2024-03-01 10:05:11,1000,Payment,,,,,27,Visa,Main,,",
    )
    assert bought(path) == [("C-7", "1000", "M1", 2), ("C-7", "1000", "C1", 1)]


def test_products_of_all_numbered_lists_are_read_and_shipping_is_none(tmp_path: Path) -> None:
    path = write(
        tmp_path / "lists.csv",
        "order_id,order_date,status,customer_id,shipping_items,line_item_1,line_item_2",
        "31,2024-03-01 10:05:11,completed,7,items:Red mug &times; 2|method_id:flat_rate,"
        "name:Red mug|product_id:11|quantity:2|total:20.00,name:Cup|product_id:12|quantity:1|total:5.00",
        "32,2024-03-02 10:05:11,completed,8,items:Cup|method_id:flat_rate,name:Cup|product_id:12|quantity:3|total:15,",
    )
    assert bought(path) == [("7", "31", "11", 2), ("7", "31", "12", 1), ("8", "32", "12", 3)]


def test_orders_with_a_reference_of_their_own_are_no_purchases(tmp_path: Path) -> None:
    orders = write(
        tmp_path / "ps_orders.csv",
        "id_order;reference;id_customer;id_cart;current_state;total_paid;invoice_number;invoice_date;date_add",
        "1;XKBKNABJK;7;21;5;33.00;0;0000-00-00 00:00:00;2024-03-01 10:05:11",
        "2;OHSATSERP;8;22;5;12.00;1;2024-03-02 10:06:00;2024-03-02 10:05:11",
    )
    lines = write(
        tmp_path / "ps_order_detail.csv",
        "id_order_detail;id_order;product_id;product_name;product_quantity;product_price",
        "1;1;11;Red mug;2;9.900000",
        "2;2;12;Cup;1;5.000000",
    )
    assert bought(orders, lines) == [("7", "1", "11", 2), ("8", "2", "12", 1)]


def test_checks_with_a_date_and_a_time_of_opening_are_orders(tmp_path: Path) -> None:
    path = write(
        tmp_path / "checks.csv",
        "Opened Date,Opened Time,Item Description,Tender,Check Id,Check #,Customer Id",
        "03/21/24,08:25 AM,Red mug,Visa,880001,1,c7",
        "03/22/24,11:25 PM,Cup,Visa,880002,2,",
    )
    read = Read(path)
    assert bought(path) == [("c7", "880001", "Red mug", 1), (None, "880002", "Cup", 1)]
    assert [row["purchased_at"].isoformat() for row in read.purchases] == [
        "2024-03-21T08:25:00+00:00",
        "2024-03-22T23:25:00+00:00",
    ]


def test_lines_of_other_kinds_than_products_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "matrixify.csv",
        "ID,Name,Command,Created At,Customer: ID,Customer: Email,Line: Type,Line: ID,Line: Product ID,Line: Title,"
        "Line: Name,Line: SKU,Line: Quantity,Line: Price,Line: Total",
        "4501,#1001,UPDATE,2024-03-01 10:05:11 +0200,71,ann@x.com,Line Item,9901,801,Red mug,Red mug - M,M1,2,9.9,19.8",
        "4501,#1001,UPDATE,2024-03-01 10:05:11 +0200,71,ann@x.com,Shipping Line,,,Standard,Standard,,1,5,5",
        "4501,#1001,UPDATE,2024-03-01 10:05:11 +0200,71,ann@x.com,Transaction,,,,,,,,",
    )
    assert bought(path) == [("71", "#1001", "801", 2)]
    assert Read(path).titles() == {"801": "Red mug"}


def test_ids_of_accounts_beside_ids_of_shoppers_need_no_other_table(tmp_path: Path) -> None:
    path = write(
        tmp_path / "joined.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,product_id,price,customer_unique_id,customer_city",
        "o1,c1,delivered,2024-03-01 10:05:11,p1,9.9,u7,sao paulo",
        "o2,c2,delivered,2024-03-02 10:05:11,p2,5.0,u7,sao paulo",
    )
    assert bought(path) == [("u7", "o1", "p1", 1), ("u7", "o2", "p2", 1)]


def test_order_with_several_rows_without_a_product_is_not_excused(tmp_path: Path) -> None:
    lines = [
        f"{order},u{order % 7},2024-03-{1 + order % 28:02},{'p1' if line == 0 else ''}"
        for order in range(50)
        for line in range(5)
    ]
    path = write(tmp_path / "first_line.csv", "order_id,user_id,date,product_id", *lines)
    with pytest.raises(RefusedFile, match="200 of 250 rows have no product"):
        Read(path)


def test_numbered_columns_that_alone_name_the_product_are_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path / "numbered.csv",
        "order_id,user_id,date,Product 1,Product 1 Quantity,Product 2,Product 2 Quantity",
        *(f"{order},u{order % 4},2024-03-{order + 1:02},Tea,2,Cup,1" for order in range(6)),
    )
    assert {row[2] for row in bought(path)} == {"Tea", "Cup"}
