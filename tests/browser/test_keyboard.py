"""A merchandiser without a mouse."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_shoppers import loaded
from tests.support.builders.shops.grocer import HOUSEHOLD

_MAX_STEPS = 80
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"


def tab_to(page: Page, target: Locator) -> None:
    """Presses the tab key until `target` has the focus, which must be visible."""
    for _ in range(_MAX_STEPS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            assert page.evaluate(OUTLINE) != "none"
            expect(target).to_be_in_viewport()
            return
    raise AssertionError(f"The tab key does not reach {target}")


def test_shopper_is_found_and_explained(page: Page) -> None:
    tab_to(page, page.get_by_label("Shopper id"))
    page.keyboard.type(HOUSEHOLD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shopper {HOUSEHOLD}")
    second = page.locator(".items > li").nth(1)
    tab_to(page, second.locator("summary"))
    page.keyboard.press("Enter")
    expect(second.locator(".bars").first).to_be_visible()
    tab_to(page, second.get_by_role("button"))
    loaded(page, lambda: page.keyboard.press("Enter"))
    expect(page.get_by_role("button", name="Take back")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    for _ in range(2):
        loaded(page, lambda: page.keyboard.press("ArrowRight"))
    expect(page.get_by_role("tab", name="Completes the basket")).to_be_focused()
    assert page.locator(".items h3").count() >= 5


def test_builds_are_compared_and_made_live(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Snapshots"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="What changed for shoppers"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Shopper id"))
    page.keyboard.type(HOUSEHOLD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Shopper {HOUSEHOLD}")).to_be_visible()
    page.goto("/console/snapshots")
    tab_to(page, page.get_by_role("link", name=re.compile("^Make live")))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Cancel"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Snapshots")
