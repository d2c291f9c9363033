"""Every page is accessible, fits every width and is small."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from service.console.rendering.page import NAVIGATION
from tests.browser.running_console import VIEWPORTS
from tests.support.builders.shops.grocer import HOUSEHOLD

PAGES = (
    "/console",
    "/console/shoppers",
    f"/console/shoppers/{HOUSEHOLD}",
    f"/console/shoppers/{HOUSEHOLD}?list=buy-again&picked=1082185",
    "/console/guest?words=bananas&picked=1082185",
    "/console/shoppers/nobody",
    "/console/products",
    "/console/products?words=no+such+words",
    "/console/products/1082185",
    "/console/products/1082185/shoppers",
    "/console/data",
    "/console/map",
    "/console/snapshots",
    "/console/live",
    "/console/snapshots/compare",
    f"/console/snapshots/compare?user_id={HOUSEHOLD}",
    "/console/snapshots/compare/changes",
    "/console/nothing",
    "/console/products/a/b",
)
MAX_BYTES = 200_000
ZOOMED = ((320, 640), (640, 450))
"""The narrowest width of WCAG 2.2 (1.4.10), and a screen at 200 %."""
WIDE_TABLES = """
[...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)
"""
CUT_PLACEHOLDERS = """
[...document.querySelectorAll("input[placeholder]")].filter((one) => {
  const style = getComputedStyle(one), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const cross = one.type === "search" ? parseFloat(style.fontSize) : 0;
  const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - cross;
  return pen.measureText(one.placeholder).width > room;
}).map((one) => one.placeholder)
"""
CUT_CHOICES = """
[...document.querySelectorAll("select")].filter((one) => {
  const style = getComputedStyle(one), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const arrow = parseFloat(style.fontSize);
  const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
  return pen.measureText(one.selectedOptions[0].text).width > room;
}).map((one) => one.name)
"""
SHIFTED_HEADS = """
[...document.querySelectorAll("table:has(thead)")].flatMap((table) => {
  const cells = [...table.tBodies[0].rows[0]?.cells ?? []];
  const place = (one) => ["paddingLeft", "textAlign"].map((name) => getComputedStyle(one)[name]).join();
  return [...table.tHead.rows[0].cells].filter((head, column) => place(head) !== place(cells[column] ?? head));
}).map((head) => head.innerText)
"""
"""Heads of columns on a wide screen that do not stand above their values."""

BROKEN_BUTTONS = """
[...document.querySelectorAll("button, .button")].filter((one) => /^\\S+$/.test(one.innerText.trim())).filter((one) => {
  const line = parseFloat(getComputedStyle(one).lineHeight);
  const words = [...one.querySelectorAll("span"), one].filter((each) => !each.querySelector("span"));
  return words.some((each) => {
    const text = document.createRange();
    text.selectNodeContents(each);
    return [...text.getClientRects()].some((box, _, all) => box.top - all[0].top > line / 2);
  });
}).map((one) => one.innerText)
"""
"""Buttons of one word that is on two lines."""


def test_every_page_of_the_menu_is_checked() -> None:
    assert {path for _, path, _ in NAVIGATION} <= {path.partition("?")[0] for path in PAGES}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(page: Page, path: str, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(path)
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_every_width(page: Page, path: str) -> None:
    page.goto(path)
    for width, height in (*ZOOMED, *VIEWPORTS):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(WIDE_TABLES) == []
        assert page.evaluate(CUT_PLACEHOLDERS) == []
        assert page.evaluate(BROKEN_BUTTONS) == []
        assert width == ZOOMED[0][0] or page.evaluate(CUT_CHOICES) == []
    assert page.evaluate(SHIFTED_HEADS) == []


@pytest.mark.parametrize(("width", "height"), VIEWPORTS)
def test_long_names_do_not_widen_the_page(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(
        "document.querySelectorAll('.links span').forEach((one) => { one.textContent = 'name'.repeat(50); })"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


MOVING = """
[...document.querySelectorAll("*")].filter((one) => {
  const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one);
  return animationName !== "none" || !/^0s(, 0s)*$/.test(transitionDuration) || scrollBehavior === "smooth";
}).map((one) => one.tagName)
"""


@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_where_less_motion_is_wanted(page: Page, path: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(path)
    assert page.evaluate(MOVING) == []


WORDS_ON_THEIR_COLOR = """
[...document.querySelectorAll("main *")].filter((one) => {
  const { color, forcedColorAdjust } = getComputedStyle(one);
  const plate = getComputedStyle(document.body).backgroundColor;
  return one.innerText?.trim() && forcedColorAdjust === "auto" && color === plate;
}).map((one) => one.innerText)
"""
"""With forced colors, the browser paints the color of the page behind every word."""

LOOK = "one => { const s = getComputedStyle(one); return [s.backgroundColor, s.color, s.borderColor].join() }"


@pytest.mark.parametrize(
    ("path", "chosen", "other"),
    [
        ("/console/live", ".side [aria-current]", ".side li:first-child a"),
        (
            f"/console/shoppers/{HOUSEHOLD}",
            "[role=tab][aria-selected=true]",
            "[role=tab][aria-selected=false]",
        ),
        (f"/console/shoppers/{HOUSEHOLD}", ".key .bought", ".key .other"),
        (f"/console/snapshots/compare?user_id={HOUSEHOLD}", "button.primary", "a.button"),
        ("/console/map", ".map-legend li:first-child button", ".map-legend li:last-child button"),
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_state_is_seen_with_forced_colors(
    page: Page, path: str, chosen: str, other: str, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(forced_colors="active", color_scheme=theme)
    page.goto(path)
    if path.endswith("map"):
        page.locator(chosen).click()
        page.mouse.move(0, 0)
    assert page.evaluate(WORDS_ON_THEIR_COLOR) == []
    assert page.locator(chosen).first.evaluate(LOOK) != page.locator(other).first.evaluate(LOOK)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.locator(chosen).first.evaluate("one => getComputedStyle(one).backgroundColor") != ground


@pytest.mark.parametrize("path", PAGES)
def test_page_is_small_and_loads_from_the_service_only(page: Page, path: str, console_url: str) -> None:
    sizes: list[int] = []
    addresses: list[str] = []
    page.on("response", lambda answer: (addresses.append(answer.url), sizes.append(len(answer.body()))))
    page.goto(path, wait_until="networkidle")
    assert all(address.startswith(console_url) for address in addresses)
    assert sum(sizes) < MAX_BYTES


def test_theme_is_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Dark theme").click()
    page.goto("/console/shoppers")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_menu_shows_the_current_page_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/console/live")
    current = page.get_by_role("link", name="Live")
    expect(current).to_have_attribute("aria-current", "page")
    expect(current).to_be_in_viewport(ratio=1)
    for name in ("Dark theme", "Sign out"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40


def test_selected_list_is_in_view_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/console/shoppers/{HOUSEHOLD}?list=popular")
    tab = page.get_by_role("tab", selected=True)
    expect(tab).to_contain_text("Popular")
    box = tab.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_tab_key_begins_at_the_link_to_the_content(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Shopper id")).to_be_focused()


def test_first_item_is_in_view_on_a_phone_and_filters_open(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    expect(page.locator(".items .reason").first).to_be_in_viewport()
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("In stock only").check()
    page.wait_for_url("**in_stock=1**")
    page.reload()  # The address keeps the filter, which is shown at once.
    expect(page.get_by_label("In stock only")).to_be_checked()
    expect(page.get_by_label("In stock only")).to_be_visible()
