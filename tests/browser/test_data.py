"""A merchandiser looks at what was loaded."""

import re

from playwright.sync_api import Page, expect


def test_data_page_lists_gaps_and_draws_purchases_over_time(page: Page) -> None:
    page.get_by_role("link", name="Data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    expect(page.locator(".lead")).to_contain_text(re.compile(r"1,200 products, [\d,]{5,} purchases"))
    expect(page.get_by_text("No product has a picture.")).to_be_visible()
    plot = page.get_by_role("img", name="Purchases per 7 days")
    assert plot.locator("rect").count() > 40
    assert re.search(r"from .* to .*: [\d,]+ purchases", plot.locator("title").first.text_content() or "")
    expect(page.get_by_text("None. Every product and purchase of the catalog is used.")).to_be_visible()
