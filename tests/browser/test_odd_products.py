"""Products with pictures and titles that no page expects."""

import base64

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.running_console import VIEWPORTS
from tests.support.builders.shops.odd_products import BROKEN, LONG, PICTURED, UNSAFE

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGES = (
    "/console",
    "/console/products?words=o",
    f"/console/products/{LONG[0]}",
    f"/console/shoppers/u1?picked={LONG[0]}&picked={LONG[1]}",
    "/console/shoppers/u2?list=popular",
    f"/console/guest?words=a&picked={LONG[2]}&list=basket",
    "/console/snapshots/compare?user_id=u3",
    "/console/data",
    "/console/map",
)

WIDE_LISTS = """
[...document.querySelectorAll("main ul, main ol")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className)
"""


@pytest.fixture
def pictured(odd_page: Page) -> Page:
    """The page, with the host of the pictures."""

    def answer(route: Route) -> None:
        if BROKEN in route.request.url:
            route.fulfill(status=404)
        else:
            route.fulfill(content_type="image/png", body=_PIXEL)

    odd_page.route("https://pictures.test/**", answer)
    return odd_page


def tile(page: Page, product_id: str) -> Locator:
    return page.locator(f'.links a[href="/console/products/{product_id}"] .tile')


def test_picture_is_a_square_and_a_tile_stands_in_for_a_broken_one(pictured: Page) -> None:
    pictured.goto("/console", wait_until="networkidle")
    box = tile(pictured, PICTURED).locator("img").bounding_box()
    assert box is not None
    assert box["width"] == box["height"] > 0
    for name in (BROKEN, UNSAFE):
        expect(tile(pictured, name).get_by_text("O")).to_be_visible()
        expect(tile(pictured, name).locator("img")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_longest_titles_fit_every_width(pictured: Page, path: str) -> None:
    pictured.goto(path, wait_until="networkidle")
    for width, height in VIEWPORTS:
        pictured.set_viewport_size({"width": width, "height": height})
        assert pictured.evaluate("document.documentElement.scrollWidth") <= width
        assert pictured.evaluate(WIDE_LISTS) == []
