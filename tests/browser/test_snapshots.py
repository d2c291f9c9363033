"""A merchandiser looks at builds, compares them and goes back to one."""

import re

from playwright.sync_api import Page, expect

from tests.support.builders.shops.grocer import HOUSEHOLD


def make_other_live(page: Page) -> str:
    """Makes the version live that is not. Returns it."""
    page.get_by_role("link", name=re.compile("^Make live")).click()
    version = page.get_by_role("heading", level=2).inner_text()
    page.get_by_role("button", name="Make it live").click()
    expect(page.get_by_role("status")).to_contain_text(f"{version} is live")
    return version


def test_build_is_compared_for_shoppers_and_rolled_back(page: Page) -> None:
    page.get_by_role("link", name="Snapshots").click()
    expect(page.get_by_role("heading", name="Was the last build better?")).to_be_visible()
    expect(page.locator(".verdict")).to_contain_text(
        re.compile(r"has a quality \(NDCG@20\) of 0\.\d{4}, .* of the build before")
    )
    page.get_by_role("link", name="What changed for shoppers").click()
    plot = page.get_by_role("img", name=re.compile("^Share of shoppers with another product"))
    expect(plot).to_be_visible()
    assert plot.locator("rect").count() == 20
    page.get_by_role("link", name=re.compile("^Side by side")).first.click()
    gone, new = page.locator(".one-page .gone"), page.locator(".one-page .new")
    assert gone.count() == new.count() > 0
    page.get_by_label("Shopper id").fill(HOUSEHOLD)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name=f"Shopper {HOUSEHOLD}")).to_be_visible()
    assert page.locator(".one-page li").count() == 40
    page.get_by_role("link", name="All snapshots").click()
    version = make_other_live(page)
    expect(page.get_by_role("row", name=re.compile(version))).to_contain_text("live")
    expect(page.locator(".history li").first).to_contain_text(f"{version}, by merchandiser")
    assert make_other_live(page) != version
