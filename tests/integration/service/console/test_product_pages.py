"""Pages of products: search, one product, its audience, and their states."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.console_shop import ConsoleShop, console_shop

PRODUCT = "/console/products/p3"


@pytest.fixture
def overlay(signed_in: ConsoleShop) -> Iterator[ConsoleShop]:
    """The console while p4 is deleted and n1 is new."""
    added = msgspec.json.encode({"id": "n1", "title": "<b>Brand</b> new"})
    signed_in.served.components.live.apply_overlay(
        Overlay({"p4": ProductChange(False, True, None)}, {"n1": ProductChange(True, False, added)})
    )
    yield signed_in
    signed_in.served.components.live.apply_overlay(Overlay())


def page(console: ConsoleShop, path: str, **options: object) -> str:
    answer = console.get(path, **options)
    assert answer.status_code == 200, answer.text
    assert not re.search(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=", answer.text)
    text: str = answer.text
    return text


def linked(text: str) -> list[str]:
    """Products that the items of lists lead to."""
    return re.findall(r'<h3><a href="/console/products/([^"]+)"', text)


def test_search_leads_to_a_product_with_its_sales_and_lists(signed_in: ConsoleShop) -> None:
    assert page(signed_in, "/console/products").count("<li>") >= 48
    found = page(signed_in, "/console/products?words=bakery+thing+3")
    assert f'href="{PRODUCT}"' in found
    shown = page(signed_in, PRODUCT)
    assert "<h1>Bakery thing 3</h1>" in shown
    assert 'aria-label="Purchases per week, oldest first: ' in shown
    assert 'data-address="/console/products/p3/shoppers"' in shown
    assert len(linked(shown)) == 24
    assert "No product has these words" in page(signed_in, "/console/products?words=nothing+like+it")


def test_audience_is_a_page_and_a_part_of_one(signed_in: ConsoleShop) -> None:
    shown = linked(page(signed_in, "/console/shoppers/u1"))[0]
    path = f"/console/products/{shown}/shoppers"
    fragment = page(signed_in, path, headers={"x-fragment": "1"})
    assert 'href="/console/shoppers/u1"' in fragment
    assert "<html" not in fragment
    whole = page(signed_in, path)
    assert f'<late-fragment data-address="{path}"' in whole
    assert f'href="{path}?now=1"' in whole
    assert 'href="/console/shoppers/u1"' in page(signed_in, f"{path}?now=1")


def test_deleted_new_and_unknown_products_have_states_of_their_own(overlay: ConsoleShop) -> None:
    deleted = page(overlay, "/console/products/p4")
    assert "Deleted from the catalog" in deleted
    assert "late-fragment data-address" not in deleted
    new = page(overlay, "/console/products/n1")
    assert "Newer than the snapshot" in new
    assert "No sales are known" in new
    assert "&lt;b&gt;Brand&lt;/b&gt; new" in new
    for path in ("/console/products/nothing", "/console/products/nothing/shoppers"):
        answer = overlay.get(path)
        assert answer.status_code == 404
        assert "Unknown product" in answer.text


def test_products_without_a_snapshot_say_so(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as console:
        console.sign_in()
        for path in ("/console/products", PRODUCT, f"{PRODUCT}/shoppers"):
            answer = console.get(path)
            assert answer.status_code == 503
            assert "There is no snapshot yet" in answer.text
