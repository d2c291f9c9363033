"""An operator watches what the service does."""

from collections.abc import Mapping

import httpx
from playwright.sync_api import Page, expect

from tests.support.builders.grocer import HOUSEHOLD


def test_counts_rise_after_a_call_and_its_error_is_listed(
    page: Page, console_url: str, api_headers: Mapping[str, str]
) -> None:
    page.get_by_role("link", name="Live").click()
    path = f"{console_url}/v1/users/{HOUSEHOLD}/recommendations"
    assert httpx.get(path, headers=api_headers, trust_env=False).status_code == 200
    row = page.get_by_role("region", name="What came of the lists").get_by_role("row", name="For you")
    expect(row).to_be_visible()
    before = int(row.get_by_role("cell").nth(1).inner_text())
    assert httpx.get(path, headers=api_headers, trust_env=False).status_code == 200
    assert httpx.get(f"{path}?limit=0", headers=api_headers, trust_env=False).status_code == 422
    expect(row.get_by_role("cell").nth(1)).to_have_text(str(before + 1))
    errors = page.get_by_role("region", name="Latest errors").get_by_role("row")
    expect(errors.nth(1)).to_contain_text("GET /v1/users/{user_id}/recommendations")
    expect(errors.nth(1)).to_contain_text("invalid-request")
