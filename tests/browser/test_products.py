"""A merchandiser looks at products."""

import re

from playwright.sync_api import Page, expect

from tests.support.builders.shops.grocer import HOUSEHOLD


def test_product_is_found_by_words_and_shows_who_sees_it(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    title = page.locator(".items h3").first.inner_text()
    page.get_by_role("link", name="Products").click()
    page.get_by_label("Words of the title").fill(title.lower())
    page.get_by_role("button", name="Search").click()
    page.locator(".products a").filter(has_text=re.compile(f"^{re.escape(title)}$")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("img", name=re.compile("Purchases per week"))).to_be_visible()
    expect(page.locator("late-fragment table, late-fragment .state")).to_be_visible()


def test_misspelled_words_lead_to_those_of_a_title(page: Page) -> None:
    page.goto("/console/guest?words=tomatos")
    expect(page.get_by_text("Did you mean “tomatoes”?")).to_be_visible()
    page.goto("/console/products?words=tomatos")
    page.get_by_role("link", name="Search for “tomatoes”").click()
    expect(page.locator(".products a").first).to_contain_text("Tomatoes")


def test_first_item_of_a_shopper_leads_to_its_audience(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    page.locator(".items h3 a").first.click()
    audience = page.locator("late-fragment table")
    audience.get_by_role("link", name=HOUSEHOLD, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shopper {HOUSEHOLD}")


def test_similar_products_lead_to_each_other_and_to_the_map(page: Page) -> None:
    page.goto("/console/products")
    page.locator(".products a").first.click()
    similar = page.locator(".product-lists .items h3 a").first
    title = similar.inner_text()
    similar.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("link", name="Show on the map").click()
    expect(page).to_have_url(re.compile(r"/console/map\?product="))


def test_part_that_cannot_be_loaded_is_no_longer_busy(page: Page) -> None:
    page.route("**/console/snapshots/compare/changes**", lambda route: route.abort())
    page.goto("/console/snapshots/compare")
    expect(page.get_by_role("heading", name="The service does not answer")).to_be_visible()
    expect(page.locator("late-fragment")).not_to_have_attribute("aria-busy", "true")
