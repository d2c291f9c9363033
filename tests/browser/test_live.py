"""An operator watches what the service does."""

import re
from collections.abc import Mapping

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.builders.shops.grocer import HOUSEHOLD


def test_counts_rise_after_a_call_and_its_error_is_listed(
    page: Page, console_url: str, api_headers: Mapping[str, str]
) -> None:
    path = f"{console_url}/v1/users/{HOUSEHOLD}/recommendations"
    assert httpx.get(path, headers=api_headers).status_code == 200
    page.get_by_role("link", name="Live").click()
    row = page.get_by_role("region", name="What came of the lists").get_by_role("row", name="For you")
    expect(row).to_be_visible()
    before = int(row.get_by_role("cell").nth(1).inner_text())
    assert httpx.get(path, headers=api_headers).status_code == 200
    assert httpx.get(f"{path}?limit=0", headers=api_headers).status_code == 422
    expect(row.get_by_role("cell").nth(1)).to_have_text(str(before + 1))
    errors = page.get_by_role("region", name="Latest errors").get_by_role("row")
    expect(errors.nth(1)).to_contain_text("GET /v1/users/{user_id}/recommendations")
    expect(errors.nth(1)).to_contain_text("invalid-request")


def answers(page: Page) -> Locator:
    """The number of answers of personal lists."""
    return (
        page.get_by_role("region", name="What came of the lists")
        .get_by_role("row", name="For you")
        .get_by_role("cell")
        .nth(1)
    )


@pytest.mark.parametrize(
    ("status", "cause"), [(None, "the service does not answer"), (502, "the answer has the status 502")]
)
def test_lost_contact_is_said_until_figures_come_again(
    page: Page, console_url: str, api_headers: Mapping[str, str], status: int | None, cause: str
) -> None:
    def refuse(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, content_type="text/html", body="<h1>Bad Gateway</h1>")

    path = f"{console_url}/v1/users/{HOUSEHOLD}/recommendations"
    assert httpx.get(path, headers=api_headers).status_code == 200
    page.goto("/console/live")
    expect(page.get_by_role("status")).to_be_hidden()
    before = int(answers(page).inner_text())
    page.route("**/console/live", refuse)
    said = page.get_by_role("status")
    expect(said).to_contain_text(f": {cause}. The page goes on asking.")
    assert re.match(r"No new figures since \d\d:\d\d:\d\d UTC", said.inner_text())
    assert int(answers(page).inner_text()) == before
    assert httpx.get(path, headers=api_headers).status_code == 200
    page.unroute("**/console/live")
    expect(answers(page)).to_have_text(str(before + 1))
    expect(page.get_by_role("status")).to_be_hidden()
