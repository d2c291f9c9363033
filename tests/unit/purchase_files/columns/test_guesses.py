"""Columns that are taken or offered in place of one that tells nothing."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

ROWS = 30


def write(path: Path, header: str, row: str) -> Path:
    path.write_text("\n".join([header, *(row.format(n=n, d=n % 9 + 1, t=n % 4) for n in range(ROWS))]) + "\n")
    return path


def offered(path: Path) -> dict[str, str]:
    with pytest.raises(RefusedFile) as refusal:
        Read(path)
    return dict(value.split("=", 1) for _, value in refusal.value.arguments)


@pytest.mark.parametrize("nobody", ["0", "", "guest", "-1"])
def test_email_replaces_a_column_that_names_no_shopper(tmp_path: Path, nobody: str) -> None:
    path = tmp_path / "orders.csv"
    write(
        path,
        "Order ID,Date,Customer ID,Email,Product",
        f"o{{n}},2024-03-0{{d}},{nobody},a{{d}}@x.com,Tea {{t}}",
    )
    assert Read(path).preview.shoppers == 9


def test_shoppers_with_ids_keep_their_column(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    write(path, "Order ID,Date,Customer ID,Email,Product", "o{n},2024-03-0{d},{t},a{d}@x.com,Tea {t}")
    assert Read(path).preview.shoppers == 4


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Phone,Shipping Name", "Phone"),
        ("Shipping Name,Total", "Shipping Name"),
    ],
)
def test_hint_names_a_column_that_tells_guests_apart(tmp_path: Path, header: str, column: str) -> None:
    path = tmp_path / "orders.csv"
    write(path, f"Order ID,Date,Email,Product,{header}", "o{n},2024-03-0{d},,Tea {t},{d}55 01,{d}")
    assert any(f"{column} may tell shoppers apart" in hint for hint in Read(path).preview.hints)


@pytest.mark.parametrize(
    ("date", "user"),
    [
        ("Close Date", "Account Name"),
        ("Checkout Date", "Borrower Barcode"),
        ("Close Date", "Associated Contact"),
    ],
)
def test_products_with_dates_and_persons_are_offered_as_purchases(
    tmp_path: Path, date: str, user: str
) -> None:
    path = tmp_path / "p.csv"
    write(path, f"Product,Due Date,{date},{user}", "Tea {t},2024-05-0{d},2024-03-0{d},Ann {d}")
    assert offered(path) == {"purchased_at": date, "user_id": user}


def test_hint_names_no_column_of_one_value(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    write(path, "Order ID,Date,Product,Billing Name", "o{n},2024-03-0{d},Tea {t},Shop")
    assert not any("may tell shoppers apart" in hint for hint in Read(path).preview.hints)


def test_name_of_things_is_offered_before_other_words(tmp_path: Path) -> None:
    path = tmp_path / "coffee.csv"
    write(path, "date,cash_type,card,coffee_name", "2024-03-0{d},card,ANON-{d}{d}{d}{d},Latte number {t}")
    assert offered(path) == {"product_id": "coffee_name", "user_id": "card"}


def test_counts_are_not_offered_as_dates(tmp_path: Path) -> None:
    path = tmp_path / "festival.csv"
    write(path, "User_ID,Product_ID,Orders,Amount", "u{d},P{t},{t},{n}.50")
    assert offered(path) == {"purchased_at": ""}


@pytest.mark.parametrize(
    "header",
    [
        "Customer Reference ID,Item Purchased,Date Purchase",
        "Customer ID,Purchased Product,Date and Time of Order",
        "KUNNR,MATNR,AUDAT",
        "PARTNERID,SHORT_DESCR,ERDAT",
    ],
)
def test_names_are_recognized(tmp_path: Path, header: str) -> None:
    assert Read(write(tmp_path / "p.csv", header, "c{d},Tea {t},2024-03-0{d}")).preview.shoppers == 9


@pytest.mark.parametrize("header", ["Client,Employee,Time", "Customer,Cashier,Time", "Klient,Pracownik,Czas"])
def test_staff_is_not_offered_as_products(tmp_path: Path, header: str) -> None:
    path = tmp_path / "receipts.csv"
    write(path, f"id,{header}", "{n},c{d},e{t},2024-03-0{d} 12:00")
    assert offered(path)["product_id"] == "COLUMN"


def test_product_is_sought_in_the_lines_of_orders(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", "order_id,date,time", "{n},2024-03-0{d},11:38:36")
    write(
        tmp_path / "order_details.csv", "order_details_id,order_id,pizza_id,quantity", "{n},{n},cheese_m{t},1"
    )
    write(tmp_path / "pizzas.csv", "pizza_id,pizza_type_id,size,price", "cheese_m{t},cheese,S,1{t}.5")
    write(tmp_path / "pizza_types.csv", "pizza_type_id,name,category", "cheese{n},The Cheese {n},Classic")
    assert offered(tmp_path) == {"product_id": "pizza_id"}
    found = Read(tmp_path, mapping={"product_id": "pizza_id"})
    assert (found.preview.purchases, found.left_out) == (ROWS, {})
    assert found.titles() == {f"cheese_m{n}": f"cheese_m{n}" for n in range(4)}


def test_units_and_amounts_are_not_offered_as_products(tmp_path: Path) -> None:
    rows = [
        f" {n % 9 + 1:05} 19970{n % 9 + 1}12  {n % 3 + 1 if n % 2 else 1} {n + 10.77:7.2f}"
        for n in range(ROWS)
    ]
    (tmp_path / "master.txt").write_text("\n".join(rows) + "\n")
    with pytest.raises(RefusedFile, match="If none has products, give the lines of the orders"):
        Read(tmp_path / "master.txt")
    assert offered(tmp_path / "master.txt") == {
        "purchased_at": "column 2",
        "product_id": "COLUMN",
        "user_id": "column 1",
    }


@pytest.mark.parametrize(
    "row",
    ["{t}::1{n}::5::97830{n}760", "1,226831{n},25203{t},pv,15115{d}4070", "{t};9{d};1;98765{n}321"],
)
def test_first_ids_without_names_are_those_of_shoppers(tmp_path: Path, row: str) -> None:
    rows = [row.format(n=n + 10, d=n % 9 + 1, t=n % 4 + 1) for n in range(ROWS)]
    (tmp_path / "ratings.dat").write_text("\n".join(rows) + "\n")
    last = 1 + max(rows[0].count(mark) for mark in (",", "::", ";"))
    assert offered(tmp_path / "ratings.dat") == {
        "purchased_at": f"column {last}",
        "product_id": "column 2",
        "user_id": "column 1",
    }


def test_numbers_of_rows_without_names_are_no_shoppers(tmp_path: Path) -> None:
    rows = [f"{n},{n % 9 + 1},Tea {n % 4},2024-03-0{n % 9 + 1}" for n in range(ROWS)]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n")
    assert offered(tmp_path / "rows.csv") == {
        "purchased_at": "column 4",
        "product_id": "column 3",
        "user_id": "column 2",
    }


@pytest.mark.parametrize(
    ("header", "row", "field", "column"),
    [
        ("Customer,Updates,Made on,SKU", "c{d},{t},2024-01-0{d},A{t}", "purchased_at", "Made on"),
        (
            "customer_id,date,distillery,whiskey",
            "c{d},2024-01-0{d},Bowmore,Cask {n}",
            "product_id",
            "whiskey",
        ),
        (
            "Email,Date,Billing Zip,Total,Thing",
            "a{d}@x.com,2024-01-0{d},{d}1000,{n}.50,Pot {t}",
            "product_id",
            "Thing",
        ),
        (
            "店舗名,購入日時,商品名,数量,商品小計,消費税",
            "S{t},2024-01-0{d},茶 {t},1,1{n}1,1{n}2",
            "user_id",
            "",
        ),
        ("order,date,sku,qty,Loc Northing,Location", "{n},2024-01-0{d},A{t},1,18{n}1,18{n}2", "user_id", ""),
        (
            "Customer,date,Table No,Register,Thing",
            "c{d},2024-01-0{d},Table {t},Till,Pot {t}",
            "product_id",
            "Thing",
        ),
    ],
)
def test_values_tell_which_column_is_offered(
    tmp_path: Path, header: str, row: str, field: str, column: str
) -> None:
    path = write(tmp_path / "p.csv", header, row)
    if "order," in header:  # guests need no column
        assert Read(path).preview.shoppers == 0
    else:
        assert offered(path)[field] == column


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Name,Total,Created at,Billing Zip", "#10{n},9.5,2024-01-0{d},1{d}000"),
        ("Order ID,Date,Customer,Total,Items,Source", "#1{n},2024-01-0{d},Ann {t},1{d}.5,{t},web"),
        ("invoice_no,client_id,fecha,importe,sucursal,nota", "{n},c{d},2024-01-0{d},1{d}.5,Centro,urge"),
        ("transaction_id,customer_id,timestamp,amount,merchant", "t{n},c{d},2024-01-0{d},1{d}.5,Shop {t}"),
    ],
)
def test_orders_alone_are_told_to_need_their_lines(tmp_path: Path, header: str, row: str) -> None:
    path = write(tmp_path / "p.csv", header, row)
    with pytest.raises(RefusedFile, match=r"there are no products in it\..*orders' lines, too") as refusal:
        Read(path)
    assert refusal.value.arguments[-1] == ("--map", "product_id=COLUMN")


def test_amounts_and_places_of_shops_are_not_offered(tmp_path: Path) -> None:
    write(
        tmp_path / "p.csv",
        "fecha,cod_local,venta_neta,unidades,costo,num_boletas",
        "2024-01-0{d},T{t},73{n}504,{n},4{n}01,{n}4",
    )
    assert offered(tmp_path / "p.csv") == {"product_id": "COLUMN", "user_id": ""}


def test_a_field_is_offered_once(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", "ContractID,CustomerID,Date,Time,Type", "k{n},c{d},x{n},y{n},Loan {t}")
    with pytest.raises(RefusedFile) as refusal:
        Read(path)
    fields = [value.partition("=")[0] for name, value in refusal.value.arguments if name == "--map"]
    assert len(fields) == len(set(fields))


def test_rows_without_shoppers_and_orders_are_orders_of_guests(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    write(path, "Date,Product,Units,Venta $", "2024-03-0{d},Tea {t},2,1{n}")
    assert offered(path) == {"user_id": ""}
    found = Read(path, mapping={"user_id": ""})
    assert (found.preview.purchases, found.preview.shoppers) == (ROWS, 0)
    assert len(set(found.values("order_id"))) == ROWS


@pytest.mark.parametrize("number", ['"1,0{n:02}"', "10{d}.{t}1", "1.{d}{t}{n}"])
def test_ids_of_orders_may_have_points(tmp_path: Path, number: str) -> None:
    path = write(tmp_path / "orders.csv", "order_id,customer,sku,date", f"{number},c{{d}},A,2024-03-0{{d}}")
    assert len(set(Read(path).values("order_id"))) > 1


@pytest.mark.parametrize(("column", "value"), [("venta", "1{n}.5"), ("nota", "{t}"), ("nota", "{remark}")])
def test_amounts_grades_and_remarks_are_no_orders(tmp_path: Path, column: str, value: str) -> None:
    row = f"c{{d}},Tea {{t}},2024-03-0{{d}},{value}"
    rows = [
        row.format(n=n, d=n % 9 + 1, t=n % 4, remark=("", "gift", "after 10:00")[n % 3]) for n in range(ROWS)
    ]
    (tmp_path / "sales.csv").write_text("\n".join([f"cliente,producto,fecha,{column}", *rows]) + "\n")
    assert set(Read(tmp_path / "sales.csv").values("order_id")) == {None}


def test_few_receipts_with_rows_side_by_side_are_orders(tmp_path: Path) -> None:
    rows = [f"c{n // 5},Tea {n},2024-03-0{n // 5 + 1},{n // 5 + 1}" for n in range(ROWS)]
    (tmp_path / "sales.csv").write_text("\n".join(["cliente,producto,fecha,nota", *rows]) + "\n")
    assert len(set(Read(tmp_path / "sales.csv").values("order_id"))) == 6
