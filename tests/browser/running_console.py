"""The console of a small real shop, in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from indexer.build.pipeline import QualityGateSettings
from tests.browser.chromium import ARGUMENTS, chromium
from tests.support.builders.console_shop import console_issuer
from tests.support.builders.published_snapshots import ListedCatalog
from tests.support.builders.services.listening_service import listening_service
from tests.support.builders.shops.grocer import grocer
from tests.support.builders.shops.odd_products import odd_shop
from tests.support.servers.ports import unused_port

VIEWPORTS = ((390, 844), (1280, 900), (1920, 1080))


@contextmanager
def running_console(folder: Path) -> Iterator[str]:
    """Serves the shop for the block. Yields its address.

    An earlier version lacks the last three weeks. Both are measured.
    """
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    shop = grocer(folder)
    latest = max(one.purchased_at for one in shop.purchase_list)
    earlier = [one for one in shop.purchase_list if one.purchased_at < latest - timedelta(days=21)]
    before = ListedCatalog(shop.product_list, earlier)
    with (
        console_issuer(folder, url) as (_, settings),
        listening_service(shop, folder, settings, port, before, QualityGateSettings(min_shoppers=50)),
    ):
        yield url


@contextmanager
def odd_console(folder: Path) -> Iterator[str]:
    """Serves the shop with odd products for the block. Yields its address."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    with (
        console_issuer(folder, url) as (_, settings),
        listening_service(odd_shop(), folder, settings, port),
    ):
        yield url


@contextmanager
def launched() -> Iterator[Browser]:
    """Runs a browser for the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def sign_in(context: BrowserContext, url: str) -> Page:
    """Opens the console and presses the issuer's button. Returns the overview."""
    page = context.new_page()
    page.goto(f"{url}/console")
    page.get_by_role("button", name="Sign in as merchandiser").click()
    page.wait_for_url(f"{url}/console")
    return page
