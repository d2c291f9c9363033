"""A merchandiser looks at shoppers."""

import re
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.builders.shops.grocer import HOUSEHOLD


def titles(page: Page) -> list[str]:
    return page.locator(".items h3").all_inner_texts()


def loaded(page: Page, act: Callable[[], object]) -> None:
    """Waits until the lists were loaded again."""
    page.evaluate(
        "() => { window.reloaded = new Promise(done => addEventListener('loaded', done, {once: true})); }"
    )
    act()
    page.evaluate("() => window.reloaded")


def first(page: Page) -> Locator:
    return page.locator(".items > li").first


def test_first_item_is_explained_by_purchases_of_this_shopper(page: Page) -> None:
    page.get_by_label("Shopper id").fill(HOUSEHOLD)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shopper {HOUSEHOLD}")
    for bars in first(page).locator(".bars").all():
        shares = [int(text.rstrip(" %")) for text in bars.locator("small").all_inner_texts()]
        assert len(shares) >= 2
        assert 97 <= sum(shares) <= 103
    bars = first(page).locator(".bars").first.locator("li")
    cause = bars.first.locator(".label span").inner_text()
    expect(first(page).locator(".reason")).to_contain_text(re.split(",| #", cause)[0])


def test_any_shopper_can_be_looked_at_without_an_id(page: Page) -> None:
    page.get_by_role("link", name="Surprise me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Shopper \d+"))
    assert titles(page)


def test_diversity_and_filters_change_the_list_at_once(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    before = titles(page)
    loaded(page, lambda: page.get_by_label("Diversity").fill("100"))
    expect(page.locator("output")).to_have_text("1.00")
    diverse = titles(page)
    assert diverse != before
    loaded(page, lambda: page.get_by_label("Category").select_option("Produce"))
    assert {"Produce"} == {
        text.split(" > ")[0] for text in page.locator(".items .meta .soft:not(.id)").all_inner_texts()
    }
    page.reload()  # The address keeps the state.
    assert page.get_by_label("Category").input_value() == "Produce"
    loaded(page, lambda: page.get_by_label("Brand").select_option(index=1))
    brand = page.get_by_label("Brand").input_value()
    loaded(page, lambda: page.get_by_label("Price from").fill("0"))
    assert f"brand={quote_plus(brand)}&price_min=0" in page.url
    loaded(page, lambda: page.get_by_label("Price up to").fill("0"))
    expect(page.get_by_text("No product fits these filters.")).to_be_visible()


def test_tabs_show_other_lists_by_mouse_and_keyboard(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    loaded(page, lambda: page.get_by_role("tab", name="Buy again").click())
    expect(page.get_by_role("tab", name="Buy again")).to_have_attribute("aria-selected", "true")
    loaded(page, lambda: page.get_by_role("tab", name="Buy again").press("ArrowLeft"))
    expect(page.get_by_role("tab", name="For you")).to_be_focused()


def test_purchase_that_did_not_happen_changes_the_list_and_nothing_else(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    before, actions = titles(page), page.locator(".page-head .lead").inner_text()
    loaded(page, lambda: first(page).get_by_role("button", name="If this shopper bought it").click())
    assert before[0] not in titles(page)
    expect(page.get_by_role("button", name="Take back")).to_be_focused()
    expect(page.locator(".picked")).to_contain_text("Nothing is stored")
    assert page.locator(".item.entered").count() >= 1
    loaded(page, lambda: page.get_by_label("Diversity").fill("50"))
    loaded(page, page.go_back)
    assert titles(page) == before
    expect(page.get_by_text("As if this shopper")).to_have_count(0)
    expect(page.locator("output")).to_have_text("0.00")
    loaded(page, page.go_forward)
    loaded(page, lambda: page.get_by_label("Diversity").fill("0"))
    loaded(page, lambda: page.get_by_role("button", name="Take back").press("Enter"))
    assert titles(page) == before
    expect(page.get_by_role("tab", name="For you")).to_be_focused()
    page.reload()
    assert page.locator(".page-head .lead").inner_text() == actions


def test_product_of_a_score_and_of_a_purchase_lead_to_their_pages(page: Page) -> None:
    for part in (".bars .named", ".days li"):
        page.goto(f"/console/shoppers/{HOUSEHOLD}")
        link = page.locator(f"{part} a").first
        title = re.split(r",| #", link.inner_text())[0]
        link.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def test_lists_answer_without_scripts(page: Page, browser: Browser, console_url: str) -> None:
    context = browser.new_context(
        base_url=console_url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"/console/shoppers/{HOUSEHOLD}?list=popular")
    plain.get_by_role("tab", name="For you").click()
    expect(plain.get_by_role("tab", name="For you")).to_have_attribute("aria-selected", "true")
    expect(plain.locator(".items > li")).to_have_count(12)
    before = titles(plain)
    first(plain).get_by_role("button", name="If this shopper bought it").click()
    expect(first(plain).locator("h3")).not_to_have_text(before[0])
    plain.get_by_role("button", name="Take back").click()
    expect(plain.locator(".items h3")).to_have_text(before)
    plain.goto("/console/map")
    expect(plain.get_by_text("The map is drawn by a script.")).to_be_visible()
    expect(plain.get_by_text("Loading the map")).to_be_hidden()
    context.close()


def test_guest_clicks_a_basket_together(page: Page) -> None:
    page.get_by_role("link", name="Guest", exact=True).click()
    loaded(page, lambda: page.get_by_label("Find a product").fill("bananas"))
    loaded(page, lambda: page.get_by_label("Find a product").press("Enter"))
    expect(page.locator(".picked")).to_have_count(0)
    loaded(page, lambda: page.get_by_role("button", name="Put into the basket: Bananas").first.click())
    expect(page.get_by_role("tab", name="Completes the basket")).to_have_attribute("aria-selected", "true")
    assert len(titles(page)) >= 5
    expect(first(page).locator(".bars .named span").first).to_have_text("Bananas")


def test_unknown_shopper_is_explained(page: Page) -> None:
    page.goto("/console/shoppers/nobody")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unknown shopper")
    page.get_by_role("link", name="Find another shopper").click()
    expect(page.get_by_role("heading", name="Known shoppers")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "kind", "body", "shown"),
    [
        (429, "application/problem+json", '{"title": "<b id=raw>x</b>"}', "Too many requests"),
        (503, "text/plain", "<b id=raw>x</b>", "The service is busy"),
        (502, "text/html", "<b id=raw>proxy</b>", "The service cannot show this"),
        (401, "application/json", "{}", "You are signed out"),
    ],
)
def test_answers_that_are_no_part_of_a_page_are_explained(
    page: Page, status: int, kind: str, body: str, shown: str
) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    before = page.url
    page.route(
        "**/console/shoppers/**", lambda route: route.fulfill(status=status, content_type=kind, body=body)
    )
    loaded(page, lambda: page.get_by_label("Price up to").fill("9"))
    expect(page.get_by_role("heading", name=shown)).to_be_visible()
    assert (page.locator("#raw").count(), page.url) == (0, before)
    page.unroute_all()
    loaded(page, lambda: page.get_by_label("Price up to").fill(""))
    assert titles(page)


def test_expired_session_is_explained_where_the_lists_were(page: Page) -> None:
    page.goto(f"/console/shoppers/{HOUSEHOLD}")
    page.context.clear_cookies()
    loaded(page, lambda: page.get_by_label("Price up to").fill("9"))
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("button", name="Sign in as merchandiser").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shopper {HOUSEHOLD}")
    expect(page.get_by_label("Price up to")).to_have_value("9")


def test_unknown_address_leads_back(page: Page) -> None:
    page.goto("/console/products/a/b")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="Go to the overview").click()
    page.wait_for_url("**/console")


def test_session_ends_with_sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.goto("/console")
    expect(page.get_by_role("button", name="Sign in as merchandiser")).to_be_visible()
