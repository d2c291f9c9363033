"""Purchases and product feeds in XML."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://x</link>
<item><g:id>m1</g:id><g:title>Red mug</g:title><g:price>15.00 USD</g:price><g:product_type>Mugs</g:product_type></item>
<item><g:id>m2</g:id><g:title>Blue mug</g:title><g:price>5.50 USD</g:price><g:shipping><g:price>1 USD</g:price>
</g:shipping></item></channel></rss>"""
ORDERS = """<?xml version="1.0" encoding="iso-8859-1"?>
<orders><order id="1"><created_at>2024-01-03T10:00:00</created_at><customer_id>u1</customer_id>
<items><item><sku>m1</sku><name>Caf\xe9 set</name><quantity>2</quantity></item>
<item><sku>m2</sku><name>Blue mug</name><quantity>1</quantity></item></items></order>
<order id="2"><created_at>2024-01-04T10:00:00</created_at><customer_id>u2</customer_id>
<items><item><sku>m2</sku><name>Blue mug</name><quantity>1</quantity></item></items></order></orders>"""
ROWS = """<data><row user_id="u1" product_id="a" date="2024-01-03"/><row user_id="u2" product_id="b" date="2024-01-04"/>
<row user_id="u3" date="2024-01-05"/></data>"""


def test_google_feed_names_products(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(FEED)
    (tmp_path / "p.csv").write_text("user_id,product_id,date\nu,m1,2024-01-02\n")
    found = Read(tmp_path)
    assert found.titles() == {"m1": "Red mug", "m2": "Blue mug"}
    assert [row["price"] for row in found.products.values()] == [15.0, 5.5]
    assert [file.format for file in found.preview.files] == ["XML", "CSV"]


def test_lines_of_orders_become_purchases(tmp_path: Path) -> None:
    (tmp_path / "orders.xml").write_text(ORDERS, encoding="iso-8859-1")
    found = Read(tmp_path / "orders.xml")
    bought = [
        tuple(row[f] for f in ("order_id", "user_id", "product_id", "quantity")) for row in found.purchases
    ]
    assert bought == [("1", "u1", "m1", 2.0), ("1", "u1", "m2", 1.0), ("2", "u2", "m2", 1.0)]
    assert found.titles() == {"m1": "Café set", "m2": "Blue mug"}


def test_attributes_of_rows_are_columns(tmp_path: Path) -> None:
    (tmp_path / "p.xml").write_text(ROWS)
    found = Read(tmp_path / "p.xml")
    assert (found.values("product_id"), found.left_out) == (["a", "b"], {"no product": 1})


BOMB = "<!ENTITY e0 'aaaaaaaaaa'>" + "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 20}'>" for n in range(7))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (ORDERS[:-9], "is XML that cannot be read: .*line 6.* Export it again"),
        (
            ORDERS.replace("ISO-8859-1", "UTF-8").replace("iso-8859-1", "UTF-8"),
            "is XML that cannot be read: .*line 3",
        ),
        ("<?xml version='1.0'?><order><id>1</id></order>", "is XML. Export it"),
        ("<?xml version='1.0'?>" + "<a>" * 5000 + "</a>" * 5000, "is XML. Export it"),
        (
            '<?xml version="1.0"?><!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
            "<o><r><a>&x;</a></r><r><a>&x;</a></r></o>",
            "is XML",
        ),
        (f"<!DOCTYPE o [{BOMB}]><o><r><a>&e7;</a></r><r><a>1</a></r></o>", "is XML"),
    ],
    ids=[
        "cut",
        "another encoding",
        "one record",
        "nested",
        "file from outside",
        "entities that expand to gigabytes",
    ],
)
def test_other_xml_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "p.xml").write_text(content, encoding="iso-8859-1")
    with pytest.raises(RefusedFile, match=problem):
        Read(tmp_path / "p.xml")
