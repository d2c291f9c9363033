"""The shop's data in the console."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from adapters.catalog import Product
from adapters.snapshots.shop_data import (
    UNKNOWN_PRODUCT,
    LeftOut,
    LeftOutRows,
    Load,
    LoadedFile,
    ProductData,
    PurchaseData,
    ShopData,
)
from service.console.facts.data import findings
from service.console.pages.data import purchase_plot
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.purchases import recorded_purchase

DATA = "/v1/console/data"
PRODUCTS = {each.id: str(each.category).split(" > ")[0] for each in shop().product_list}
"""The main category of each product."""

SOLD_ONCE = {
    each for each, count in Counter(each.product_id for each in shop().purchase_list).items() if count == 1
}

COMPLETE = ProductData(10, 10, 0, 0, 0, 0, 0, 0)
SOLD = PurchaseData(START, START, 200, 0, 0, 90, 10, 60, 2.2, 0.02, 0.3, (), 1, START, (200,))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleShop]:
    catalog = shop()
    catalog.product_list += [Product(id=f"B0{number}", updated_at=START) for number in range(2)]
    catalog.purchase_list.append(recorded_purchase("lost", "secret", "<gone>", START))
    with console_shop(tmp_path_factory.mktemp("console"), catalog) as running:
        running.sign_in()
        yield running


def test_facts_are_those_of_the_build(console: ConsoleShop) -> None:
    found = console.get(DATA, headers=console.bearer()).json()
    assert found["snapshot_version"] == console.served.versions[-1]
    purchases, products = found["purchases"], found["products"]
    assert (purchases["purchases"], purchases["shoppers"], purchases["products"]) == (320, 40, 60)
    assert sum(purchases["by_period"]) == 320
    assert purchases["shopper_groups"][-1] == {"at_least": 6, "at_most": 10, "shoppers": 40}
    assert (products["products"], products["without_text"], products["never_bought"]) == (62, 2, 2)
    assert found["left_out"] == [
        {
            "kind": "purchase",
            "reason": UNKNOWN_PRODUCT,
            "records": 1,
            "examples": ["purchase 'lost' of product '<gone>'"],
            "invalid": False,
        }
    ]
    sold = Counter(PRODUCTS[each.product_id] for each in shop().purchase_list)
    assert found["categories"] == [
        {"name": name, "products": 30, "purchases": count} for name, count in sold.most_common()
    ]
    levels = [each["level"] for each in found["findings"]]
    assert levels == sorted(levels, reverse=True)
    texts = [each["text"] for each in found["findings"]]
    assert "2 of 62 products have no text." in texts
    assert "1 purchase is of products that the catalog does not have." in texts
    assert "No product has a picture." in texts


def test_page_lists_gaps_in_sentences(console: ConsoleShop) -> None:
    answer = console.get("/console/data")
    assert answer.status_code == 200
    for text in (
        "2 of 62 products have no text.",
        "They can only be found by purchases.",
        "&lt;gone&gt;",
        "Purchases per day.",
        "Shoppers by purchases",
        "6 to 10 purchases",
    ):
        assert text in answer.text
    assert "secret" not in answer.text
    assert len(answer.content) < 60_000


@pytest.mark.parametrize(
    ("gap", "ids"),
    [
        ("text", {"B00", "B01"}),
        ("category", {"B00", "B01"}),
        ("price", {"B00", "B01"}),
        ("picture", {"B00", "B01", *PRODUCTS}),
        ("buyers", {"B00", "B01"}),
        ("second_buyer", SOLD_ONCE),
        ("stock", set()),
    ],
)
def test_products_of_a_gap_are_listed(console: ConsoleShop, gap: str, ids: set[str]) -> None:
    parameters: dict[str, str | int] = {"lacking": gap, "limit": 100}
    found = console.get("/v1/console/products", params=parameters, headers=console.bearer()).json()
    assert ({each["product_id"] for each in found["products"]}, found["complete"]) == (ids, True)
    narrowed = console.get(
        "/v1/console/products", params=parameters | {"words": "garden"}, headers=console.bearer()
    ).json()
    assert {each["product_id"] for each in narrowed["products"]} == {
        each for each in ids if PRODUCTS.get(each) == "Garden"
    }
    page = console.get("/console/products", params={"lacking": gap}).text
    assert (">B00<" in page) == ("B00" in ids and len(ids) <= 48)  # those of one page
    assert (f'href="/console/products?lacking={gap}"' in console.get("/console/data").text) == bool(ids)


def test_products_of_a_gap_have_pages(console: ConsoleShop) -> None:
    address, shown = "/console/products?lacking=picture", []
    while address:
        page = console.get(address).text
        shown.append(re.findall('<h3><a href="/console/products/([^"]+)"', page))
        (address,) = re.findall('rel="next" href="([^"]+)"', page) or [""]
        address = unescape(address)
    assert [len(each) for each in shown] == [48, 14]
    assert set(chain(*shown)) == {"B00", "B01", *PRODUCTS}
    assert "49 to 62. Words" in page
    assert 'rel="prev" href="/console/products?lacking=picture"' in page
    parameters = {"lacking": "picture", "limit": 31}
    first, second = (
        console.get(
            "/v1/console/products", params=parameters | {"offset": offset}, headers=console.bearer()
        ).json()
        for offset in (0, 31)
    )
    assert (first["next_offset"], second["next_offset"]) == (31, None)
    assert [each["product_id"] for each in first["products"] + second["products"]] == [*chain(*shown)]


@pytest.mark.parametrize("offset", ["1000", "-1", "x", "9" * 400])
def test_page_beyond_the_last_product_leads_back(console: ConsoleShop, offset: str) -> None:
    page = console.get("/console/products", params={"offset": offset})
    assert page.status_code == 200
    assert ("There are no further products" in page.text) == (offset == "1000")


def test_data_is_for_staff_only(console: ConsoleShop) -> None:
    token = {"authorization": console.bearer("recommendations:read.any")["authorization"]}
    assert console.get(DATA, headers=token).status_code == 403
    snapshot = console.get("/v1/snapshot", headers=token)
    assert (snapshot.status_code, snapshot.json()["data"]) == (200, None)
    assert "gone" not in snapshot.text


def test_snapshot_of_an_earlier_release_asks_for_a_build(console: ConsoleShop) -> None:
    live = console.served.components.live
    now, before = live.serving, console.get("/console/data").text
    try:
        live.swap(msgspec.structs.replace(now.manifest, version="earlier", data=None), now.snapshot)
        page, found = console.get("/console/data"), console.get(DATA, headers=console.bearer()).json()
    finally:
        live.swap(now.manifest, now.snapshot)
    assert page.status_code == 200
    assert "An earlier release built this snapshot." in page.text
    assert "python -m indexer build" in page.text
    assert (found["purchases"], found["products"], found["counts"]["purchases"]) == (None, None, 320)
    assert "Categories" in page.text
    assert console.get("/console/data").text == before


def test_page_works_before_the_first_build(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as empty:
        empty.sign_in()
        answer = empty.get("/console/data")
        assert answer.status_code == 503
        assert "There is no snapshot yet" in answer.text


CANCELED = LeftOutRows("status <canceled>", 40, ("orders.csv, line 9",), unreadable=False)
UNREADABLE = LeftOutRows("no time", 2, ("orders.csv, line 7",), unreadable=True)
FILES = (LoadedFile("orders.csv", "purchases", "CSV", 242), LoadedFile("goods.csv", "products", "CSV", 10))
LOAD = Load(
    START, FILES, ("notes.txt: no table",), 242, 200, (CANCELED, UNREADABLE), (), ("shelf",), ("Add prices.",)
)
EARLIER = Load(START - timedelta(days=1), FILES[:1], (), 200, 200, (), (), (), ())


def test_page_has_the_facts_of_loaded_files(console: ConsoleShop) -> None:
    live = console.served.components.live
    now = live.serving
    data = ShopData(COMPLETE, SOLD, (), (LOAD, EARLIER))
    try:
        live.swap(msgspec.structs.replace(now.manifest, version="loaded", data=data), now.snapshot)
        page, found = console.get("/console/data").text, console.get(DATA, headers=console.bearer()).json()
    finally:
        live.swap(now.manifest, now.snapshot)
    for text in (
        "orders.csv, goods.csv",
        "<p>200 of 242 rows are purchases, 42 are left out.</p>",
        "<p>goods.csv has 10 rows of products.</p>",
        "status &lt;canceled&gt;",
        "orders.csv, line 7",
        "shelf",
        "notes.txt: no table",
        "Add prices.",
        "200 of 200 rows are purchases, none is left out.",
        "2 of 242 rows of the files loaded last could not be read.",
    ):
        assert text in page
    assert [each["purchases"] for each in found["loads"]] == [200, 200]
    assert found["loads"][0]["left_out"][1]["examples"] == ["orders.csv, line 7"]


def test_page_of_a_catalog_without_files_speaks_of_none(console: ConsoleShop) -> None:
    assert "Loaded files" not in console.get("/console/data").text


INVALID = LeftOut("product", "the id contains '/'", 3, ("product 'SKU/1'",), invalid=True)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (ShopData(COMPLETE, SOLD, ()), None),
        (ShopData(COMPLETE, None, ()), "There are no purchases."),
        (ShopData(COMPLETE, SOLD, (INVALID,)), "3 records of the catalog could not be read."),
        (ShopData(COMPLETE, SOLD, (), (EARLIER, LOAD)), None),
        (
            ShopData(COMPLETE, SOLD, (), (LOAD, EARLIER)),
            "2 of 242 rows of the files loaded last could not be read.",
        ),
        (
            ShopData(msgspec.structs.replace(COMPLETE, without_text=1), SOLD, ()),
            "1 of 10 products has no text.",
        ),
        (
            ShopData(msgspec.structs.replace(COMPLETE, without_category=10), SOLD, ()),
            "No product has a category.",
        ),
        (
            ShopData(msgspec.structs.replace(COMPLETE, without_price=2), SOLD, ()),
            "2 of 10 products have no price.",
        ),
        (ShopData(msgspec.structs.replace(COMPLETE, in_stock=4), SOLD, ()), "6 of 10 products are sold out."),
        (
            ShopData(msgspec.structs.replace(COMPLETE, never_bought=4), SOLD, ()),
            "Nobody bought 4 of 10 products.",
        ),
        (ShopData(COMPLETE, msgspec.structs.replace(SOLD, shoppers=0), ()), "No purchase has a shopper."),
        (ShopData(COMPLETE, msgspec.structs.replace(SOLD, orders=0), ()), "Purchases have no ids of orders."),
        (ShopData(COMPLETE, msgspec.structs.replace(SOLD, future=1), ()), "1 purchase is dated ahead."),
        (
            ShopData(COMPLETE, msgspec.structs.replace(SOLD, largest_shopper_share=0.3), ()),
            "One shopper has 30% of all purchases.",
        ),
        (
            ShopData(COMPLETE, msgspec.structs.replace(SOLD, bought_once_share=0.9), ()),
            "90% of the shoppers bought once.",
        ),
        (
            ShopData(COMPLETE, msgspec.structs.replace(SOLD, last=START - timedelta(days=400)), ()),
            "The latest purchase was 400 days old when this was built.",
        ),
    ],
)
def test_each_gap_has_a_sentence_and_advice(console: ConsoleShop, data: ShopData, text: str | None) -> None:
    manifest = console.served.components.live.serving.manifest
    found = findings(msgspec.structs.replace(manifest, created=START, data=data))
    assert [each.text for each in found] == ([] if text is None else [text])
    assert all(each.advice for each in found)


def test_columns_have_the_purchases_of_each_period() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    plot = purchase_plot(
        msgspec.structs.replace(
            SOLD, by_period=(1, 0, 4), period_days=7, period_start=start, first=start, last=start
        )
    )
    assert [count for count, _ in plot.columns] == [1, 0, 4]
    assert plot.columns[2][1] == "from 15 Mar 2026 to 21 Mar 2026: 4 purchases"
    assert plot.summary == "Purchases per 7 days. The most are 4, from 15 Mar 2026 to 21 Mar 2026."
