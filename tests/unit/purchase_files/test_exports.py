"""Exports of shop systems and public data sets, in their own columns."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

EXPORTS: dict[str, tuple[str, list[tuple[str | None, str, float]], dict[str, int]]] = {
    "Magento": (
        '"Order #","Purchase Date","Customer Email","SKU","Product Name","Qty Ordered","Price","Order Status"\n'
        '001,"Dec 1, 2010 8:26:03 AM",Jane@x.com,24-MB01,"Joust Duffle Bag",1.0000,34.0000,complete\n'
        '002,"Dec 2, 2010 1:05:00 PM",joe@x.com,24-MB01,"Joust Duffle Bag",1.0000,34.0000,canceled\n',
        [("jane@x.com", "24-MB01", 34.0)],
        {"status canceled": 1},
    ),
    "WooCommerce": (
        "Order ID,Order Number,Order Date,Order Status,Billing Email,Item Name,SKU,Product ID,Quantity,Item Cost,"
        "Order Total\n"
        "101,101,2023-02-01 10:00,wc-completed,a@x.com,T-Shirt,TS-1,55,2,10.00,25.00\n"
        "102,102,2023-02-01 11:00,wc-cancelled,b@x.com,Mug,M-1,56,1,5.00,5.00\n",
        [("a@x.com", "55", 10.0)],
        {"status wc-cancelled": 1},
    ),
    "Square": (
        "Date,Time,Item,Qty,SKU,Net Sales,Transaction ID,Payment ID,Event Type,Customer ID,Customer Name\n"
        '06/30/23,14:05:11,Latte,2,,"$1,003.50",X1,P1,Payment,C1,Jane\n'
        "06/30/23,14:05:11,Bagel,1,BG,$3.50,X1,P1,Payment,C1,Jane\n"
        "07/01/23,09:00:00,Bagel,-1,BG,-$3.50,X2,P2,Refund,C1,Jane\n"
        "07/01/23,09:30:00,Latte,1,,$4.50,X3,P3,Payment,,\n",
        [("C1", "Latte", 501.75), (None, "Latte", 4.5)],
        {"bought and returned": 1, "return of a purchase": 1},
    ),
    "UCI Online Retail II": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,15CM BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n"
        "489434,79323P,PINK LIGHTS,12,2009-12-01 07:45:00,6.75,13085.0,United Kingdom\n"
        "C489449,79323P,PINK LIGHTS,-12,2009-12-02 07:45:00,6.75,13085.0,United Kingdom\n",
        [("13085", "85048", 6.95)],
        {"bought and returned": 1, "return of a purchase": 1},
    ),
    "Dunnhumby": (
        "SHOP_DATE,SHOP_HOUR,QUANTITY,SPEND,PROD_CODE,CUST_CODE,BASKET_ID\n"
        "20060413,20,2,1.86,PRD0900173,CUST1,994\n20060412,19,1,1.03,PRD0900174,,995\n",
        [("CUST1", "PRD0900173", 0.93), (None, "PRD0900174", 1.03)],
        {},
    ),
    "events of a shop": (
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        "2019-10-01 00:00:00 UTC,view,446,21,,shiseido,35.79,541,72d\n"
        "2019-10-01 00:00:04 UTC,purchase,390,20,a.b,aqua,33.20,554,933\n"
        "2019-10-01 00:00:05 UTC,remove_from_cart,390,20,a.b,aqua,33.20,554,933\n",
        [("554", "390", 33.2)],
        {"event remove_from_cart": 1, "event view": 1},
    ),
    "Superstore": (
        "Row ID,Order ID,Order Date,Ship Date,Customer ID,Customer Name,State,Product ID,Category,Product Name,"
        "Sales,Quantity\n"
        "1,CA-1,11/8/2016,11/11/2016,CG-1,Claire,Kentucky,FUR-1,Furniture,Bookcase,261.96,2\n"
        "2,CA-2,11/28/2016,11/30/2016,CG-2,Zoe,Ohio,FUR-2,Furniture,Chair,731.94,3\n",
        [("CG-1", "FUR-1", 130.98), ("CG-2", "FUR-2", 243.98)],
        {},
    ),
    "a bakery": (
        "Transaction,Item,date_time,period_day\n1,Bread,30-10-2016 09:58,morning\n2,NONE,30-10-2016 10:07,morning\n"
        "3,Jam,30-10-2016 10:08,morning\n",
        [(None, "Bread", 0.0), (None, "Jam", 0.0)],
        {"no product (none)": 1},
    ),
    "a café": (
        "transaction_id,transaction_date,transaction_time,transaction_qty,store_id,product_id,unit_price,product_detail\n"
        "1,2023-01-01,07:06:11,2,5,32,3,Ethiopia\n",
        [(None, "32", 3.0)],
        {},
    ),
    "orders of Amazon": (
        "index,Order ID,Date,Status,SKU,ASIN,Qty,currency,Amount\n0,405,04-30-22,Cancelled,S-1,B09,0,INR,647.62\n"
        "1,171,04-30-22,Shipped - Delivered to Buyer,S-2,B0A,1,INR,406\n"
        "2,172,04-30-22,Shipped - Returned to Seller,S-2,B0A,1,INR,406\n",
        [(None, "B0A", 406.0)],
        {"status cancelled": 1, "status shipped - returned to seller": 1},
    ),
    "German": (
        "Bestellnummer;Bestelldatum;Kundennummer;Artikelnummer;Bezeichnung;Menge;Einzelpreis;Währung\n"
        '1;01.12.2010 08:26;K-17;0815;Käsereibe "fein";2;1.299,00 €;EUR\n'
        "2;24.12.2010 18:00;K-18;0816;Teller;1;2,55 €;EUR\n"
        "Summe;;;;;3;1.301,55 €;\n",
        [("K-17", "0815", 1299.0), ("K-18", "0816", 2.55)],
        {"line of totals": 1},
    ),
    "French": (
        "N° commande;Date de commande;Code client;Référence produit;Désignation;Quantité;Prix unitaire\n"
        "1;21/07/2015;C1;R1;Théière;1;12,50\n",
        [("C1", "R1", 12.5)],
        {},
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_export_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    text, purchases, left_out = EXPORTS[name]
    (tmp_path / "export.csv").write_text(text)
    found = Read(tmp_path / "export.csv")
    read = [(row["user_id"], row["product_id"], round(row["price"] or 0.0, 2)) for row in found.purchases]
    assert (read, found.left_out) == (purchases, left_out)


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text)
    return path


def test_time_zone_beside_the_time_is_used(tmp_path: Path) -> None:
    zones = {
        "Pacific Time (US & Canada)": 21,
        "Europe/Vienna": 12,
        "Tokyo": 5,
        "UTC+02:00": 12,
        "GMT-5": 19,
        "CET": 12,
        "": 14,
        "Mars": 14,
    }
    rows = "".join(
        f'06/30/23,14:05:11,"{zone}",Latte,1,SKU,X{n},Payment,C{n}\n' for n, zone in enumerate(zones)
    )
    head = "Date,Time,Time Zone,Item,Qty,SKU,Transaction ID,Event Type,Customer ID\n"
    (tmp_path / "p.csv").write_text(head + rows)
    found = Read(tmp_path / "p.csv")
    assert [time.hour for time in found.values("purchased_at")] == list(zones.values())
    assert "unknown time zones: Mars" in found.preview.date_format


def test_date_and_time_of_two_columns_are_joined(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(EXPORTS["Square"][0])
    assert Read(tmp_path / "p.csv").values("purchased_at")[0] == datetime(2023, 6, 30, 14, 5, 11, tzinfo=UTC)


def test_shoppers_of_olist_are_persons(tmp_path: Path) -> None:
    found = Read(
        folder(
            tmp_path,
            customers='"customer_id","customer_unique_id","customer_city"\n"9ef","U1","x"\n"b08","U1","x"\n"b09","U2","y"\n',
            items='"order_id","order_item_id","product_id","price"\n"e48",1,"P1",29.99\n"53c",1,"P2",118.70\n"aaa",1,"P2",1\n',
            orders='"order_id","customer_id","order_status","order_purchase_timestamp","order_approved_at"\n'
            '"e48","9ef","delivered","2017-10-02 10:56:33",\n"53c","b08","delivered","2018-07-24 20:41:37",\n'
            '"aaa","b09","canceled","2018-07-24 20:41:37",\n',
            payments='"order_id","payment_type"\n"e48","card"\n',
            products='"product_id","product_category_name"\n"P1","casa"\n"P2","perfumaria"\n',
            translation="product_category_name,product_category_name_english\nperfumaria,perfumery\n",
            reviews='"review_id","order_id","review_comment_message"\n"r1","e48","Muito\nbom, gostei"\n',
        )
    )
    assert [(row["user_id"], row["product_id"]) for row in found.purchases] == [("U1", "P1"), ("U1", "P2")]
    assert found.left_out == {"status canceled": 1}
    assert (found.products["P2"]["category"], found.products["P1"]["category"]) == ("perfumery", "casa")
    assert len(found.preview.skipped) == 2


@pytest.mark.parametrize(
    "items",
    [
        "id:9|name:Red mug|product_id:37|sku:|quantity:2|total:20.00|meta:color=Black,size=L;"
        "id:10|name:Cup; big|product_id:38|sku:C|quantity:1|total:5.00|meta:",
        '[{"name": "Red mug", "product_id": 37, "quantity": 2}, {"name": "Cup; big", "product_id": 38}]',
        "2× Red mug, 1× Cup; big",
    ],
)
def test_products_in_one_column_are_read(tmp_path: Path, items: str) -> None:
    quoted = items.replace('"', '""')
    (tmp_path / "p.csv").write_text(
        f'order_id,date,status,billing_email,line_items\n1,2024-03-13 10:00,completed,a@x.com,"{quoted}"\n'
        "2,2024-03-13 11:00,completed,b@x.com,\n"
    )
    found = Read(tmp_path / "p.csv")
    bought = [(row["user_id"], row["order_id"], row["quantity"]) for row in found.purchases]
    assert bought == [("a@x.com", "1", 2), ("a@x.com", "1", 1)]
    assert set(found.titles().values()) == {"Red mug", "Cup; big"}
    assert found.left_out == {"no product": 1}
    [file] = found.preview.files
    assert (file.lines, file.rows, file.added_rows) == (3, 3, 1)


def test_properties_of_items_are_no_purchases(tmp_path: Path) -> None:
    found = Read(
        folder(
            tmp_path,
            events="timestamp,visitorid,event,itemid,transactionid\n1433221332117,25,view,355,\n"
            "1433221332119,25,transaction,355,4000\n",
            item_properties_part1="timestamp,itemid,property,value\n1435460400000,460,categoryid,1338\n",
            category_tree="categoryid,parentid\n1016,213\n",
        )
    )
    assert [(row["user_id"], row["product_id"], row["order_id"]) for row in found.purchases] == [
        ("25", "355", "4000")
    ]
    assert found.left_out == {"event view": 1}
    assert len(found.preview.skipped) == 2


def test_articles_are_joined_by_the_column_of_the_purchases(tmp_path: Path) -> None:
    found = Read(
        folder(
            tmp_path,
            articles="article_id,product_code,prod_name,product_type_name,detail_desc\n"
            "0663713001,0663713,Strap top,Vest top,Jersey\n",
            customers="customer_id,FN,age,postal_code\nc1,,49.0,52043\n",
            transactions="t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20,c1,0663713001,0.05,2\n",
        )
    )
    assert found.values("product_id") == ["0663713001"]
    assert found.titles() == {"0663713001": "Strap top"}


INSTACART = {
    "orders": "order_id,user_id,eval_set,order_number,order_dow,days_since_prior_order\n"
    "1,10,prior,1,2,\n2,10,prior,12,3,15.0\n",
    "order_products__prior": "order_id,product_id,add_to_cart_order,reordered\n1,100,1,0\n2,101,1,0\n",
    "order_products__train": "order_id,product_id,add_to_cart_order,reordered\n2,100,1,1\n",
    "products": 'product_id,product_name,aisle_id,department_id\n100,Cookies,61,19\n101,"Salt, ""fine""",104,13\n',
    "aisles": "aisle_id,aisle\n61,cookies cakes\n104,spices seasonings\n105,doughs\n",
    "departments": "department_id,department\n19,snacks\n13,pantry\n",
}


def test_order_numbers_take_the_place_of_dates_if_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as refusal:
        Read(folder(tmp_path, **INSTACART))
    assert refusal.value.arguments == (("--map", "purchased_at=order_number"),)
    found = Read(tmp_path, mapping={"purchased_at": "order_number"})
    assert [(row["user_id"], row["product_id"]) for row in found.purchases] == [
        ("10", "100"),
        ("10", "101"),
        ("10", "100"),
    ]
    assert found.values("purchased_at")[0] < found.values("purchased_at")[1]
    assert found.titles()["101"] == 'Salt, "fine"'
    assert found.products["101"]["category"] == "pantry > spices seasonings"
    assert not found.preview.skipped
    assert any("made up" in hint for hint in found.preview.hints)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            "Client tag,Thing,When,Amount\nc1,Red mug,2020-01-13,2.0\n",
            (("--map", "purchased_at=When"), ("--map", "product_id=Thing"), ("--map", "user_id=Client tag")),
        ),
        (
            "customer_id,client_id,product_id,order_date\n1,2,A,2020-01-13\n",
            (("--map", "user_id=customer_id"),),
        ),
        (
            "Transaction ID,Date,Customer ID,Product Category\n1,2023-11-24,C1,Beauty\n",
            (("--map", "product_id=Product Category"),),
        ),
        ("id,title,price,brand\nA,Mug,1.0,Acme\n", ()),
        ("user_id,product_id,purchased_at\n1,A,1/2/2024\n", (("--dates", "mdy"),)),
        ("user_id,product_id,purchased_at\n1,A,1.2.2024\n", (("--dates", "dmy"),)),
        ("user_id,product_id,purchased_at\n1,A,1/3/2024\n1,A,2/3/2024\n", (("--dates", "dmy"),)),
        ("user_id,product_id,purchased_at\n1,A,soon\n", ()),
        (
            "2024-01-13,Mug,9.99,2,17850\n2024-01-14,Cup,8.99,1,12345\n",
            (
                ("--map", "purchased_at=column 1"),
                ("--map", "product_id=column 2"),
                ("--map", "user_id=column 5"),
            ),
        ),
        (
            "Client tag,Thing,When,Amount\nc1,Red mug,1/2/2024,2.0\n",
            (
                ("--map", "purchased_at=When"),
                ("--map", "product_id=Thing"),
                ("--map", "user_id=Client tag"),
                ("--dates", "mdy"),
            ),
        ),
    ],
)
def test_refusal_says_how_to_go_on(tmp_path: Path, text: str, arguments: tuple[tuple[str, str], ...]) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(RefusedFile) as refusal:
        Read(tmp_path / "p.csv")
    assert refusal.value.arguments == arguments
    options: dict[str, Any] = {
        "mapping": dict(value.split("=") for name, value in arguments if name == "--map")
    }
    options["dates"] = dict(arguments).get("--dates")
    if arguments:
        assert Read(tmp_path / "p.csv", **options).preview.purchases == text.count("\n") - (
            not text[0].isdigit()
        )
