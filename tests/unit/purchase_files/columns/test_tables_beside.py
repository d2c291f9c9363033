"""Tables beside purchases, and files without names of columns."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read


def test_shoppers_of_campaigns_are_no_purchases(tmp_path: Path) -> None:
    (tmp_path / "campaign_table.csv").write_text(
        "DESCRIPTION,household_key,CAMPAIGN\nTypeA,17,26\nTypeA,18,26\n"
    )
    (tmp_path / "campaign_desc.csv").write_text("DESCRIPTION,CAMPAIGN,START_DAY,END_DAY\nTypeA,26,224,264\n")
    (tmp_path / "transaction_data.csv").write_text(
        "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE\n17,26984,1,842930,1,1.39\n"
    )
    found = Read(tmp_path)
    assert (found.values("product_id"), found.left_out) == (["842930"], {})
    assert [reason.rpartition("/")[2] for reason in found.preview.skipped] == [
        "campaign_table.csv has neither times nor orders, so it lists no purchases",
        "campaign_desc.csv has titles without ids of products",
    ]


def test_lists_of_ids_are_no_products(tmp_path: Path) -> None:
    (tmp_path / "returns.csv").write_text("ReturnDate,ProductKey,ReturnQuantity\n2015-01-18,999,1\n")
    (tmp_path / "sales.csv").write_text(
        "OrderDate,OrderNumber,ProductKey,CustomerKey\n2015-01-13,S1,332,14\n"
    )
    found = Read(tmp_path)
    assert list(found.products) == ["332"]
    assert [reason.rpartition("/")[2] for reason in found.preview.skipped] == [
        "returns.csv has ids of products and nothing about them"
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (",", ["170,1001,455,pv,1511544070", "170,1001,455,buy,1511544090", "180,1002,455,buy,1511544095"]),
        ("::", ["170::1001::5::1511544070", "171::1001::4::1511544090"]),
    ],
    ids=["events", "ratings"],
)
def test_first_ids_of_a_file_without_names_are_shoppers(tmp_path: Path, by: str, rows: list[str]) -> None:
    (tmp_path / "p.dat").write_text("\n".join([*rows, *rows]) + "\n")
    with pytest.raises(RefusedFile) as refusal:
        Read(tmp_path / "p.dat")
    mapping = dict(value.split("=") for _, value in refusal.value.arguments)
    expected = [row.split(by)[:2] for row in rows if by == "::" or "buy" in row] * 2
    found = Read(tmp_path / "p.dat", mapping=mapping)
    assert [[row["user_id"], row["product_id"]] for row in found.purchases] == expected


HEAD, PARTS = "order_id,customer_id,sku,date,note", ["1,c1,A,2024-01-02,", "2,c2,B,2024-01-03,x"]


@pytest.mark.parametrize(
    ("part", "products"),
    [
        ("3,c3,C,2024-01-04,", ["A", "B", "C"]),
        ("3,c3,C,2024-01-04", ["A", "B"]),
        ("c3,3,C,2024-01-04,", ["A", "B"]),
        ("3;c3;C;2024-01-04;", ["A", "B"]),
        ("3,c3,C,41,", ["A", "B"]),
        ("red,5,9,7,2", ["A", "B"]),
    ],
)
def test_part_without_a_header_continues_another(tmp_path: Path, part: str, products: list[str]) -> None:
    (tmp_path / "part-1.csv").write_text("\n".join([HEAD, *PARTS, ""]))
    (tmp_path / "part-2.csv").write_text("".join(f"{part}\n" for _ in range(3)))
    found = Read(tmp_path)
    assert sorted(set(found.values("product_id"))) == products
    assert len(found.preview.noticed) + len(found.preview.skipped) == 1


@pytest.mark.parametrize(
    ("beside", "products"),
    [
        (["customer_id,city,street,age,email", "c1,Bonn,Am Hof,30,a@b.de"], ["A", "B", "C"]),
        (["order_id,referrer,sku,date,note", "9,c9,Z,2024-01-01,"], ["A", "B"]),
    ],
    ids=["other values", "same values"],
)
def test_part_continues_the_file_that_is_most_alike(
    tmp_path: Path, beside: list[str], products: list[str]
) -> None:
    (tmp_path / "a.csv").write_text("\n".join([*beside, ""]))
    (tmp_path / "part-1.csv").write_text("\n".join([HEAD, *PARTS, ""]))
    (tmp_path / "part-2.csv").write_text("3,c3,C,2024-01-04,\n" * 3)
    assert set(Read(tmp_path).values("product_id")) - {"Z"} == set(products)


@pytest.mark.parametrize(
    ("order", "line"),
    [
        ("#700001", "700,001"),
        ("700001", "#700001"),
        ("700,001", "700001.0"),
        ("700001.00", "700001"),
        ("#A-7", "A-7"),
        ("1,001", "1001"),
        ("0701", "0701"),
    ],
)
def test_ids_of_orders_are_joined_in_one_form(tmp_path: Path, order: str, line: str) -> None:
    (tmp_path / "orders.csv").write_text(f'order_id,customer_id,order_date\n"{order}",c1,2024-01-02\n')
    (tmp_path / "lines.csv").write_text(f'order_id,sku,quantity\n"{line}",A,1\n"{line}",B,1\nTotal,,2\n')
    assert Read(tmp_path, bad_rows=0.5).values("user_id") == ["c1", "c1"]


def test_numbers_of_orders_are_joined_beside_other_ids(tmp_path: Path) -> None:
    orders = 'order_id,customer_id,order_date\n"1,001",c1,2024-01-02\nA7,c2,2024-01-02\nB-12,c3,2024-01-02\n'
    (tmp_path / "orders.csv").write_text(orders)
    (tmp_path / "lines.csv").write_text("order_id,sku,quantity\n1001,A,1\nA7,A,1\nB-12,A,1\n")
    assert Read(tmp_path).values("user_id") == ["c1", "c2", "c3"]


@pytest.mark.parametrize(("order", "line"), [("701", "0701"), ("A-7", "7"), ("7.01", "701")])
def test_orders_of_other_ids_are_refused(tmp_path: Path, order: str, line: str) -> None:
    (tmp_path / "orders.csv").write_text(f"order_id,customer_id,order_date\n{order},c1,2024-01-02\n")
    (tmp_path / "lines.csv").write_text(f"order_id,sku,quantity\n{line},A,1\n")
    with pytest.raises(RefusedFile, match=f"the ids are such as '{line}' and '{order}'"):
        Read(tmp_path)


PIZZAS = {
    "orders": "order_id,date,time\n1,2015-01-01,11:38:36\n2,2015-01-01,11:57:40\n",
    "order_details": "order_details_id,order_id,pizza_id,quantity\n1,1,veg_m,1\n2,2,veg_l,1\n3,2,ham_m,1\n",
    "pizzas": "pizza_id,pizza_type_id,size,price\nveg_m,veg,M,12.5\nveg_l,veg,L,14\nham_m,ham,M,13\n",
    "pizza_types": "pizza_type_id,name,category,ingredients\nveg,Green Pizza,Veggie,Kale\nham,Ham Pizza,Classic,Ham\n",
}
BIKES = {
    "sales": "OrderDate,OrderNumber,ProductKey,CustomerKey,OrderQuantity\n1/24/2015,S1,332,14657,1\n",
    "products": "ProductKey,ProductSubcategoryKey,ProductName,ProductPrice\n332,2,Road-650,699.1\n",
    "subcategories": "ProductSubcategoryKey,SubcategoryName,ProductCategoryKey\n1,Mountain,1\n2,Road Bikes,1\n",
    "categories": "ProductCategoryKey,CategoryName\n1,Bikes\n2,Clothing\n",
}
SHOES = {
    "lines": "order_id,customer_id,product_id,order_date,quantity\n1,7,1,2024-01-13,1\n",
    "products": "product_id,product_name,brand_id,category_id\n1,Runner,10,20\n",
    "brands": "brand_id,name\n10,Acme\n11,Bolt\n",
    "categories": "category_id,name,description,image\n20,Shoes,For feet,x.png\n21,Hats,For heads,y.png\n",
}


@pytest.mark.parametrize(
    ("tables", "mapping", "expected"),
    [
        (
            PIZZAS,
            {"product_id": "pizza_id"},
            {
                "veg_m": ("Green Pizza", "Veggie", None),
                "veg_l": ("Green Pizza", "Veggie", None),
                "ham_m": ("Ham Pizza", "Classic", None),
            },
        ),
        (BIKES, {}, {"332": ("Road-650", "Bikes > Road Bikes", None)}),
        (SHOES, {}, {"1": ("Runner", "Shoes", "Acme")}),
    ],
    ids=["titles of types", "categories of categories", "names of keys"],
)
def test_tables_of_keys_describe_products(
    tmp_path: Path,
    tables: dict[str, str],
    mapping: dict[str, str],
    expected: dict[str, tuple[str | None, str | None, str | None]],
) -> None:
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    found = Read(tmp_path, mapping=mapping)
    described = {
        product: (row["title"], row["category"], row["brand"]) for product, row in found.products.items()
    }
    assert described == expected
    assert {row["description"] for row in found.products.values()} <= {None, "Kale", "Ham"}
    assert not any(row.get("image_url") for row in found.products.values())
    assert not found.preview.skipped


def test_customers_with_birthdays_are_users(tmp_path: Path) -> None:
    (tmp_path / "Customers.csv").write_text(
        "CustomerKey,Gender,Name,City,Birthday\n301,Female,Zoe Bell,Perth,7/3/1939\n302,Male,Al Ray,Perth,9/27/1979\n"
    )
    (tmp_path / "Sales.csv").write_text(
        "Order Number,Line Item,Order Date,CustomerKey,ProductKey,Quantity\n366000,1,1/13/2016,301,1304,1\n"
    )
    found = Read(tmp_path)
    assert {file.path.rpartition("/")[2]: file.role for file in found.preview.files} == {
        "Customers.csv": "users",
        "Sales.csv": "purchases",
    }
    assert not found.preview.skipped


def test_name_beside_a_quantity_and_a_birthday_is_the_products(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "order_id,customer_id,date,name,quantity,birthday\nO1,C1,2024-01-01,Red cup,2,1980-02-03\n"
    )
    assert Read(tmp_path / "p.csv").titles() == {"Red cup": "Red cup"}


def test_numbers_above_columns_are_no_row(tmp_path: Path) -> None:
    rows = [f"u{n},p{n % 3},2024-01-{n + 1:02},1" for n in range(9)]
    (tmp_path / "p.csv").write_text("\n".join(["0,1,2,3", *rows]) + "\n")
    found = Read(
        tmp_path / "p.csv",
        mapping={"user_id": "column 1", "product_id": "column 2", "purchased_at": "column 3"},
    )
    assert (len(found.purchases), found.left_out) == (9, {})


def test_orders_of_a_product_beside_their_lines_count_once(tmp_path: Path) -> None:
    (tmp_path / "pedidos.csv").write_text(
        "pedido_id,producto_id,fecha_compra\n1,A,2024-01-02\n2,B,2024-01-03\n"
    )
    (tmp_path / "itens.csv").write_text(
        "pedido_id,producto_id,cantidad,precio\n1,A,3,2.5\n2,B,1,2.5\n2,C,1,9\n"
    )
    (tmp_path / "otros.csv").write_text("pedido_id,producto_id,fecha_compra\n9,D,2024-01-04\n")
    found = Read(tmp_path)
    bought = [
        (row["order_id"], row["product_id"], row["quantity"], row["purchased_at"].day)
        for row in found.purchases
    ]
    assert sorted(bought) == [("1", "A", 3, 2), ("2", "B", 1, 3), ("2", "C", 1, 3), ("9", "D", 1, 4)]
    assert found.preview.skipped == ()


def test_files_without_names_of_columns_are_no_baskets_beside_others(tmp_path: Path) -> None:
    (tmp_path / "empleados.csv").write_text("Ann,Jo,Kim\nBo\nKim,Ann\n")
    (tmp_path / "orders.csv").write_text("order_id,customer_id,sku,date\n1,c1,A,2024-01-02\n")
    found = Read(tmp_path)
    assert found.values("product_id") == ["A"]
    assert [reason.rpartition("/")[2] for reason in found.preview.skipped] == [
        "empleados.csv has no names of columns"
    ]


def test_texts_about_categories_are_no_names(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(f"productLine,textDescription,html\nCars,{'A long text. ' * 20},\n")
    (tmp_path / "products.csv").write_text("productCode,productName,productLine\nA,Mini,Cars\n")
    (tmp_path / "orders.csv").write_text("order_id,customer_id,productCode,date\n1,c1,A,2024-01-02\n")
    assert Read(tmp_path).products["A"]["category"] == "Cars"


@pytest.mark.parametrize(("rows", "copied"), [(12, 12), (12, 2), (120_000, 30)])
def test_copies_of_a_file_are_hinted_at(tmp_path: Path, rows: int, copied: int) -> None:
    lines = [f"{n},c{n},A,2024-01-02\n" for n in range(rows)]
    for name, some in (("a", lines), ("b", lines[:copied]), ("c", lines[-1:] + ["9,x,A,2024-01-02\n"] * 9)):
        (tmp_path / f"{name}.csv").write_text("order_id,customer_id,sku,date\n" + "".join(some))
    copies = [hint for hint in Read(tmp_path).preview.hints if "are in another file, too" in hint]
    assert [hint.partition(".csv")[0][-1] for hint in copies] == (["a", "b"] if rows == copied else ["b"])


EVENTS = "event_id,title,description,date_time\n7,Jazz,Band,2024-05-01\n"
RECEIPTS = "receiptId,userEmail,createdAt\nR-1,a@x.com,2024-03-01\n"


def test_orders_that_no_row_names_are_refused_or_skipped(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "receipts.csv").write_text(RECEIPTS)
    with pytest.raises(
        RefusedFile, match=r"known to be order_id\..* No row of products names its order"
    ) as refusal:
        Read(tmp_path)
    assert refusal.value.arguments == (("--map", "order_id="), ("--map", "user_id="))
    (tmp_path / "events.csv").write_text("email,sku,date\na@x.com,A,2024-03-01\n")
    found = Read(tmp_path)
    assert (found.values("product_id"), len(found.preview.skipped)) == (["A"], 1)


def test_carts_without_times_are_no_purchases(tmp_path: Path) -> None:
    (tmp_path / "carts.csv").write_text("cart_id,user_id,product_id,quantity\nK1,u1,A,1\nK2,u2,B,1\n")
    (tmp_path / "bought.csv").write_text("purchase_id,user_id,product_id,date\nP1,u1,A,2024-03-01\n")
    (tmp_path / "empty.csv").write_text("purchase_id,user_id,product_id,date\n")
    found = Read(tmp_path)
    assert [row["order_id"] for row in found.purchases] == ["P1"]
    assert [reason.rpartition("/")[2] for reason in found.preview.skipped] == [
        "empty.csv has no rows",
        "carts.csv has no times, and its orders are in no file with times",
    ]


def test_made_up_orders_of_several_files_differ(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("milk,bread,tea\nbread\ntea,milk\nhoney\n")
    assert len(set(Read(tmp_path).values("order_id"))) == 8
