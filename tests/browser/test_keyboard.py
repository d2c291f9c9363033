"""A merchandiser without a mouse."""

import re
from collections.abc import Mapping
from functools import partial

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_shoppers import loaded, titles
from tests.support.builders.shops.grocer import HOUSEHOLD

_MAX_STEPS = 160
HIDDEN_FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  if (style.outlineStyle === "none" || style.outlineWidth === "0px") return "no outline";
  const grown = Math.max(0, parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth)) - 1;
  const { left, right, top, bottom, width, height } = one.getBoundingClientRect();
  if (!width || bottom < 0 || right < 0 || top > innerHeight || left > innerWidth) return "out of view";
  for (let part = one.parentElement; part !== document.body; part = part.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(part);
    const frame = part.getBoundingClientRect();
    const isBeside = left - grown < frame.left || right + grown > frame.right;
    const isAboveOrBelow = top - grown < frame.top || bottom + grown > frame.bottom;
    if (overflowX !== "visible" && isBeside && width < frame.width) return "cut at a side";
    if (overflowY !== "visible" && isAboveOrBelow && height < frame.height) return "cut above or below";
  }
  return "";
}"""
"""Why the focus cannot be seen. Empty if it can."""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Presses the tab key until `target` has the focus, which must be visible."""
    for _ in range(_MAX_STEPS):
        page.keyboard.press(key)
        if target.evaluate("one => one === document.activeElement"):
            assert page.evaluate(HIDDEN_FOCUS) == ""
            return
    raise AssertionError(f"The tab key does not reach {target}")


SHOPPER, PRODUCT = f"/console/shoppers/{HOUSEHOLD}?picked=1082185&in_stock=1", "/console/products/1082185"


@pytest.mark.parametrize(
    ("width", "path"),
    [
        (390, "/console"),
        (390, SHOPPER),
        (390, "/console/guest?words=bananas&picked=1082185"),
        (390, PRODUCT),
        (390, "/console/map"),
        (390, "/console/snapshots"),
        (390, "/console/live"),
        (1280, SHOPPER),
        (1280, PRODUCT),
        (1280, "/console/map"),
    ],
)
def test_focus_is_visible_at_every_stop(page: Page, width: int, path: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    hidden, stops = [], 0
    for _ in range(_MAX_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        stops += 1
        fault = page.evaluate(HIDDEN_FOCUS)
        if fault:
            hidden.append((fault, page.evaluate("document.activeElement.outerHTML.slice(0, 120)")))
    assert stops > 10
    assert hidden == []


def test_shopper_is_found_and_explained(page: Page) -> None:
    tab_to(page, page.get_by_label("Shopper id"))
    page.keyboard.type(HOUSEHOLD)
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shopper {HOUSEHOLD}")
    second = page.locator(".items > li").nth(1)
    summary = second.locator("summary")
    tab_to(page, summary)
    press(page, "Enter")
    expect(second.locator(".bars").first).to_be_visible()
    press(page, "Tab", "Escape")  # Escape closes it from inside.
    expect(second.locator(".bars").first).to_be_hidden()
    expect(summary).to_be_focused()
    tab_to(page, second.get_by_role("button"))
    loaded(page, lambda: press(page, "Enter"))
    expect(page.get_by_role("button", name="Take back")).to_be_focused()
    press(page, "Shift+Tab")
    for _ in range(2):
        loaded(page, lambda: press(page, "ArrowRight"))
    expect(page.get_by_role("tab", name="Completes the basket")).to_be_focused()
    assert page.locator(".items h3").count() >= 5
    for key, name in (("End", "Popular"), ("Home", "For you"), ("ArrowLeft", "Popular")):
        loaded(page, partial(press, page, key))
        expect(page.get_by_role("tab", name=name)).to_be_focused()


def test_sliders_and_filters_keep_the_focus(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    for label, keys in (
        ("Diversity", ["End"]),
        ("Category", ["P", "r", "o", "d"]),
        ("Price up to", ["2"]),
        ("In stock only", ["Space"]),
    ):
        control = page.get_by_label(label)
        tab_to(page, control)
        loaded(page, partial(press, page, *keys))
        expect(control).to_be_focused()
    assert all(f"{name}=" in page.url for name in ("diversity", "category", "price_max", "in_stock"))
    assert titles(page)


@pytest.mark.parametrize(
    ("key", "shown"), [("ArrowRight", "The service does not answer"), ("Enter", "Nothing")]
)
def test_focus_is_not_lost_with_the_content_that_had_it(page: Page, key: str, shown: str) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    tab_to(page, page.get_by_role("tab", selected=True))
    if key == "ArrowRight":
        page.route("**/console/shoppers/**", lambda route: route.abort())
        loaded(page, lambda: press(page, key))
        expect(page.locator("live-lists")).to_be_focused()
    else:
        tab_to(page, page.locator(".pick").nth(1))
        loaded(page, lambda: press(page, key, "Tab"))  # The focus moves on before the answer.
    expect(page.get_by_text(shown).first).to_be_visible()
    assert page.evaluate("document.querySelector('live-lists').contains(document.activeElement)")


def test_filters_of_a_phone_are_closed_by_escape(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    filters = page.locator("summary", has_text="Filters")
    tab_to(page, filters)
    press(page, "Enter")
    tab_to(page, page.get_by_label("In stock only"))
    press(page, "Escape")
    expect(filters).to_be_focused()
    expect(page.get_by_label("In stock only")).to_be_hidden()


def test_guest_fills_and_empties_a_basket(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Guest", exact=True))
    press(page, "Enter")
    tab_to(page, page.get_by_label("Find a product"))
    loaded(page, lambda: page.keyboard.type("bananas"))
    tab_to(page, page.get_by_role("button", name="Put into the basket: Bananas").first)
    loaded(page, lambda: press(page, "Enter"))
    expect(page.get_by_role("button", name="Take back Bananas")).to_be_focused()
    loaded(page, lambda: press(page, "Enter"))
    expect(page.get_by_role("tab", selected=True)).to_be_focused()
    tab_to(page, page.get_by_label("Find a product"), "Shift+Tab")
    loaded(page, lambda: press(page, "Escape"))  # The browser empties the field.
    expect(page.locator(".found")).to_have_count(0)
    expect(page.get_by_label("Find a product")).to_be_focused()


def test_product_is_found_and_looked_at_on_the_map(page: Page) -> None:
    page.goto("/console/products")
    tab_to(page, page.get_by_label("Words of the title"))
    page.keyboard.type("bananas")
    press(page, "Enter")
    tab_to(page, page.locator(".products a", has_text=re.compile("^Bananas$")).first)
    press(page, "Enter")
    tab_to(page, page.get_by_role("link", name="Show on the map"))
    press(page, "Enter")
    tip = page.locator(".map-tip")
    expect(tip).to_contain_text("Bananas")
    tab_to(page, page.get_by_label("Map of the products"))
    press(page, "Escape")
    expect(tip).to_be_hidden()
    expect(page.locator("#map-selected")).to_have_text("")
    press(page, "+", "ArrowLeft", "-", "ArrowRight")
    expect(tip).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Whole map"))
    press(page, "Enter")
    assert page.evaluate("document.querySelector('catalog-map').view.zoom") == 1
    words = page.get_by_label("Words of the title")
    tab_to(page, words)
    page.keyboard.type("bananas")
    found = page.locator(".map-found").get_by_role("button", name="Bananas", exact=True).first
    expect(found).to_be_visible()
    tab_to(page, found)
    press(page, "Enter")
    expect(tip).to_contain_text("Bananas")
    press(page, "Escape")
    expect(page.locator(".map-found li")).to_have_count(0)
    expect(words).to_be_focused()
    produce = page.locator(".map-legend").get_by_role("button", name="Produce")
    tab_to(page, produce)
    press(page, "Space")
    expect(produce).to_have_attribute("aria-pressed", "true")
    tab_to(page, page.get_by_label("Map of the products"), "Shift+Tab")
    press(page, "ArrowLeft")
    expect(tip).to_contain_text("Produce")
    press(page, "Enter")
    expect(page.get_by_role("link", name="Show on the map")).to_be_visible()


def test_builds_are_compared_and_made_live(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Snapshots"))
    press(page, "Enter")
    tab_to(page, page.get_by_role("link", name="What changed for shoppers"))
    press(page, "Enter")
    tab_to(page, page.get_by_label("Shopper id"))
    page.keyboard.type(HOUSEHOLD)
    press(page, "Enter")
    expect(page.get_by_role("heading", name=f"Shopper {HOUSEHOLD}")).to_be_visible()
    page.goto("/console/snapshots")
    make_live = page.get_by_role("link", name=re.compile("^Make live"))
    tab_to(page, make_live)
    press(page, "Enter")
    tab_to(page, page.get_by_role("link", name="Cancel"))
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Snapshots")
    for _ in range(2):  # The second time makes the first version live again.
        tab_to(page, make_live)
        press(page, "Enter")
        tab_to(page, page.get_by_role("button", name="Make it live"))
        press(page, "Enter")
        expect(page.get_by_role("status")).to_contain_text("is live")


def test_live_figures_are_renewed_below_the_focus(
    page: Page, console_url: str, api_headers: Mapping[str, str]
) -> None:
    path = f"{console_url}/v1/users/{HOUSEHOLD}/recommendations"
    assert httpx.get(path, headers=api_headers).status_code == 200
    page.goto("/console/live")
    region = page.get_by_role("region", name="What came of the lists")
    tab_to(page, region)
    page.evaluate("document.activeElement.dataset.old = 'yes'")
    expect(region).not_to_have_attribute("data-old", "yes")
    expect(region).to_be_focused()
    traffic = page.locator(".stat", has_text="Median duration")
    expect(traffic).to_contain_text(re.compile(r"lowest [\d.]+ ms, highest [\d.]+ ms"))


def test_session_is_ended_and_begun(page: Page) -> None:
    tab_to(page, page.get_by_role("button", name="Sign out"))
    press(page, "Enter")
    tab_to(page, page.get_by_role("link", name="Sign in"))
    press(page, "Enter")
    button = page.get_by_role("button", name="Sign in as merchandiser")
    expect(button).to_be_visible()
    tab_to(page, button)
    press(page, "Enter")
    page.wait_for_url("**/console")
