"""Parts of all pages, and answers that no small shop gives in time."""

import re

import pytest
from litestar.testing import RequestFactory

from service.console.facts.shoppers.audience import AudienceView
from service.console.rendering.page import Page, page


def test_audience_without_a_page_in_time_is_not_called_unknown() -> None:
    request = RequestFactory().get("/console/products/p3/shoppers")
    for complete, shown, hidden in (
        (True, "No shopper is known yet", "busy"),
        (False, "is busy", "is known"),
    ):
        found = AudienceView("p3", 20, 0, complete, [])
        text = page(request, "audience_fragment.html", found=found).content
        assert shown in text
        assert hidden not in text


def error(cookie: str = "") -> Page:
    request = RequestFactory().get("/console/x", headers={"cookie": cookie} if cookie else {})
    return page(request, "error.html", title="Title", text="Text", action=None)


@pytest.mark.parametrize(
    ("cookie", "tag"),
    [
        ("", '<html lang="en">'),
        ("console-theme=dark", '<html lang="en" data-theme="dark">'),
        ("console-theme=light", '<html lang="en" data-theme="light">'),
        ('console-theme="><script>', '<html lang="en">'),
    ],
)
def test_page_has_the_chosen_theme_from_the_start(cookie: str, tag: str) -> None:
    assert tag in error(cookie).content


def test_tags_have_no_line_ends_between_them() -> None:
    assert not re.search(r">\s*\n\s*<", error().content)
