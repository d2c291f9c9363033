"""Hints, statuses, hashes and descriptions."""

import shlex
from datetime import date
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,order_id,title,description,Fulfillment Status\n"


def read(path: Path, rows: str, **options: object) -> Read:
    (path / "p.csv").write_text(HEAD + rows)
    return Read(path / "p.csv", **options)


@pytest.mark.parametrize(
    ("rows", "hint"),
    [
        ("a@x.com,A,2020-01-01,1,Mug,x,\n", "--hash-users"),
        (",A,2020-01-01,1,Mug,x,\n", "No purchase has a shopper"),
        ("1,A,2020-01-01,,Mug,x,\n", "Without ids of orders"),
        ("1,17,2020-01-01,1,,,\n", "Most products have no title"),
        ("1,A,2020-01-01,1,Mug,,\n", "A description or category"),
        ("1,POST,2020-01-01,1,POSTAGE,x,\n", "--where 'product_id!=POST'"),
        ("1,C2,2020-01-01,1,NEXT DAY CARRIAGE,x,\n", "--where 'product_id!=C2'"),
        ("1,PACK,2020-01-01,1,Packing charge,x,\n", "--where 'product_id!=PACK'"),
        (f"1,A,{date.today().year + 5}-01-01,1,Mug,x,\n", "1 purchase lies in the future"),
        (
            "T-800,A,2020-01-01,1,Mug,x,\n" * 6 + "".join(f"{n},A,2020-01-01,1,Mug,x,\n" for n in range(94)),
            "Shopper T-800 has 6%",
        ),
    ],
)
def test_hint_is_given(tmp_path: Path, rows: str, hint: str) -> None:
    assert [hint in text for text in read(tmp_path, rows).preview.hints].count(True) == 1


@pytest.mark.parametrize(
    "title",
    [
        "200 Shipping Labels White Half Page",
        "Adjustable Tab",
        "Box for gift cards and small letters",
        "Ann's Postage Stamp Keeper",
        "Black Baroque Carriage Clock",
        "Doll carriage",
        "Fitbit Charge",
    ],
)
def test_product_is_not_taken_for_a_fee(tmp_path: Path, title: str) -> None:
    hints = read(tmp_path, f"1,A,2020-01-01,1,{title},x,\n").preview.hints
    assert not any("looks like a fee" in text for text in hints)


def test_statuses_are_shown_and_can_be_conditions(tmp_path: Path) -> None:
    rows = "1,A,2020-01-01,1,Mug,x,fulfilled\n2,A,2020-01-01,2,Mug,x,\n3,A,2020-01-01,3,Mug,x,fulfilled\n"
    assert [(c.column, c.values) for c in read(tmp_path, rows).preview.status_columns] == [
        ("Fulfillment Status", (("fulfilled", 2),))
    ]
    found = read(tmp_path, rows, where=["fulfillment_status=fulfilled"])
    assert found.values("user_id") == ["1", "3"]
    assert found.left_out == {"not --where Fulfillment Status=fulfilled": 1}


@pytest.mark.parametrize(
    ("column", "values", "is_shown"),
    [
        ("Order_Stage", "Open Shipped", True),
        ("orderStage", "Shipped Open", True),
        ("Estado", "Enviado Pendiente", True),
        ("État", "Expédiée Livrée", True),
        ("Sipariş Durumu", "Tamamlandı Kargoda", True),
        ("Payment status", "a b", True),
        ("auftragsstatus", "1 2", True),
        ("dealstage", "Cancelled Paid", True),
        ("estadopago", "Cancelado Pagado", True),
        ("Postage", "3 4", False),
        ("Vintage", "1999 2004", False),
        ("Estado", "Texas Delaware", False),
        ("Stato", "Italia Francia", False),
        ("Durum flour", "1 2", False),
        ("metatags", "a b", False),
    ],
)
def test_only_statuses_are_shown_as_such(tmp_path: Path, column: str, values: str, *, is_shown: bool) -> None:
    path = tmp_path / "p.csv"
    rows = [f"{n},A,2020-01-0{n + 1},{value}\n" for n, value in enumerate(values.split())]
    path.write_text(f"user_id,product_id,purchased_at,{column}\n" + "".join(rows))
    preview = Read(path).preview
    assert [status.column for status in preview.status_columns] == ([column] if is_shown else [])


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ('title!="Salt, ""fine"""', "2345"),
        ("title!=Salt", "12345"),
        ("title=straße", "2"),
        ("title=STRASSE AND order_id=2", ""),
        ("title=salt AND PEPPER", "4"),
        ("title=salt AND pepper AND order_id=5", ""),
        ("user_id!=17850 AND title!=Mug", "234"),
        ("title=CAFE\u0301", "3"),
    ],
)
def test_condition_holds_commas_and_several_columns(tmp_path: Path, condition: str, kept: str) -> None:
    rows = '17850.0,A,2020-01-01,1,"Salt, ""fine""",x,\n1.0,A,2020-01-01,2,Straße,x,\n2.0,A,2020-01-01,3,Café,x,\n'
    rows += "3.0,A,2020-01-01,4,Salt AND pepper,x,\n17850.0,A,2020-01-01,5,Mug,x,\n"
    try:
        found = read(tmp_path, rows, where=[condition])
    except RefusedFile:
        assert not kept
    else:
        assert "".join(found.values("order_id")) == kept


def test_hashes_are_keyed_and_stable(tmp_path: Path) -> None:
    rows = "a@x.com,A,2020-01-01,1,Mug,x,\nA@x.com ,B,2020-01-01,1,Mug,x,\n,C,2020-01-01,1,Mug,x,\n"
    first = read(tmp_path, rows, hash_key=b"one key of sixteen").values("user_id")
    assert first[0] == first[1]
    assert len(first[0]) == 32
    assert first == read(tmp_path, rows, hash_key=b"one key of sixteen").values("user_id")
    assert first[0] != read(tmp_path, rows, hash_key=b"another key").values("user_id")[0]


def test_markup_becomes_text(tmp_path: Path) -> None:
    markup = "<p>A <b>red</b> mug</p><ul><li>big</li></ul><style>p {}</style>"
    rows = f"1,A,2020-01-01,1,R&amp;B,{markup},\n1,B,2020-01-01,1,x < y,a & b,\n"
    products = read(tmp_path, rows).products
    assert (products["A"]["title"], products["A"]["description"]) == ("R&B", "A red mug big")
    assert (products["B"]["title"], products["B"]["description"]) == ("x < y", "a & b")


def test_memory_is_bounded(tmp_path: Path) -> None:
    rows = "".join(
        f"{n % 50},{n % 40},2020-01-{n % 28 + 1:02},{n // 5},Mug {n % 40},,\n" for n in range(200_000)
    )
    found = read(tmp_path, rows, memory_bytes=96 << 20)
    assert found.preview.purchases == 200_000


def test_condition_decides_which_events_are_purchases(tmp_path: Path) -> None:
    rows = "1,A,2020-01-01,1,Mug,x,4\n2,A,2020-01-01,2,Mug,x,1\n3,A,2020-01-01,3,Mug,x,1\n"
    (tmp_path / "p.csv").write_text(HEAD.replace("Fulfillment Status", "behavior_type") + rows)
    with pytest.raises(RefusedFile, match="If one of these is, choose it") as refusal:
        Read(tmp_path / "p.csv")
    assert refusal.value.arguments == (("--where", "behavior_type=4"),)
    assert Read(tmp_path / "p.csv", where=["behavior_type=4"]).values("user_id") == ["1"]


def test_rows_that_their_title_names_are_counted(tmp_path: Path) -> None:
    rows = (
        "1,A,2020-01-01,1,Mug,x,\n2,,2020-01-01,2,Nothing,x,\n3, ,2020-01-01,3,Cup,x,\n4,,2020-01-01,4,,x,\n"
    )
    found = read(tmp_path, rows)
    assert found.values("product_id") == ["A", "Nothing", "Cup"]
    assert dict(found.preview.noticed) == {"without a product id, named by their title": 2}


def test_option_that_leaves_out_a_shopper_names_the_id_of_the_file(tmp_path: Path) -> None:
    rows = "till/1,A,2020-01-01,1,Mug,x,\n" * 60 + "".join(f"{n},A,2020-01-01,1,Mug,x,\n" for n in range(60))
    [hint] = [text for text in read(tmp_path, rows).preview.hints if "Shopper till~2F1 has 50%" in text]
    [option] = [part for part in shlex.split(hint) if part.startswith("user_id!=")]
    assert set(read(tmp_path, rows, where=[option]).values("user_id")) == set(map(str, range(60)))


def test_closed_orders_are_purchases_where_most_that_were_not_canceled_are_closed(tmp_path: Path) -> None:
    head = "user_id,product_id,purchased_at,order_status\n"
    statuses = ["Closed"] * 4 + ["Cancelled"] * 3 + ["Authorized"] * 3
    (tmp_path / "p.csv").write_text(
        head + "".join(f"{n},A,2020-01-01,{status}\n" for n, status in enumerate(statuses))
    )
    assert Read(tmp_path / "p.csv").left_out == {"status cancelled": 3}
