"""The documentation page in a browser."""

from typing import Literal

import pytest
from playwright.sync_api import Page

CODE_OVER_OTHER_LINES = """
[...document.querySelectorAll(".swagger-ui p code")].filter((code) =>
  [...code.getClientRects()].some((box) => !(box.height <= parseFloat(getComputedStyle(code.parentElement).lineHeight)))
).map((code) => code.textContent)
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_page_is_readable_and_says_how_to_get_a_token(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/docs")
    page.locator(".opblock-summary-control").first.click()
    page.get_by_text("Maximum number of items.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CODE_OVER_OTHER_LINES) == []
    page.get_by_role("button", name="Authorize").first.click()
    assert "make -s token SUB=" in page.locator(".auth-container").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_follows_the_theme_of_the_system(page: Page, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/docs")
    page.locator(".opblock").first.wait_for()
    inverted = page.evaluate("getComputedStyle(document.querySelector('.swagger-ui')).filter") != "none"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (inverted, ground == "rgb(22, 24, 29)") == (theme == "dark", theme == "dark")
