"""A merchandiser looks for products on the map."""

import re

from playwright.sync_api import Page, Route, expect


def test_product_is_found_on_the_map_and_opened(page: Page) -> None:
    page.get_by_role("link", name="Map").click()
    page.get_by_label("Words of the title").fill("BANANAS")
    expect(page.locator(".map-count")).to_have_text(re.compile(r"\d+ found"))
    page.locator(".map-found").get_by_role("link", name=re.compile("^Open Bananas,")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bananas")


def test_words_that_were_typed_before_the_map_came_are_found(page: Page) -> None:
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/console/map/columns*", hold)
    with page.expect_request("**/console/map/columns*"):
        page.goto("/console/map")
    page.get_by_label("Words of the title").fill("bananas")
    held[0].continue_()
    expect(page.locator(".map-count")).to_have_text(re.compile(r"\d+ found"))


def test_map_is_used_by_keyboard(page: Page) -> None:
    page.goto("/console/map")
    page.get_by_label("Words of the title").fill("bananas")
    page.locator(".map-found").get_by_role("button", name="Bananas", exact=True).first.press("Enter")
    expect(page.locator(".map-tip b")).to_have_text("Bananas")
    page.get_by_label("Map of the products").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bananas")


def test_unknown_product_is_reported(page: Page) -> None:
    page.goto("/console/map?product=none")
    expect(page.locator(".map-state")).to_have_text("No product has this id.")


def test_categories_are_chosen_and_the_map_is_zoomed(page: Page) -> None:
    page.goto("/console/map")
    produce = page.locator(".map-legend").get_by_role("button", name="Produce")
    produce.click()
    expect(produce).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Zoom in").click()
    zoom = page.evaluate("document.querySelector('catalog-map').view.zoom")
    page.get_by_role("button", name="Whole map").click()
    assert zoom > page.evaluate("document.querySelector('catalog-map').view.zoom") == 1


RARE_DOT = """
() => {
  const { view } = document.querySelector("catalog-map");
  const repeat = (values) => Array.from({ length: 30_000 }, (_, row) => values[row % values.length]);
  [view.x, view.y, view.groups] = [repeat(view.x), repeat(view.y), repeat([0]).with(0, 12)];
  view.chosen = new Set([12]);
  view.paint();
  return view.pixels.filter((pixel) => pixel === view.colors[12]).length;
}
"""


def test_chosen_dot_is_seen_among_many_others(page: Page) -> None:
    page.goto("/console/map")
    expect(page.locator(".map-state")).to_be_hidden()
    assert page.evaluate(RARE_DOT) >= 25
