"""One shop, one browser, and a signed-in page for each test."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.running_console import launched, odd_console, running_console, sign_in

_SECONDS = 60
"""Limit of every expectation and navigation, so that none depends on the speed of the machine."""

expect.set_options(timeout=1000 * _SECONDS)


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="session")
def console_url(shop_folder: Path) -> Iterator[str]:
    with running_console(shop_folder) as url:
        yield url


@pytest.fixture(scope="session")
def api_headers(console_url: str, shop_folder: Path) -> dict[str, str]:
    """Headers of the shop's own service, for calls of the API."""
    login = httpx.get(f"{console_url}/console/login").headers["location"]
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo",
        "client_secret": (shop_folder / "issuer" / "client-secret").read_text(),
        "scope": "recommendations:read.any",
    }
    address = login.partition("/authorize?")[0] + "/token"
    token = httpx.post(address, data=form).json()["access_token"]
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def odd_console_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with odd_console(tmp_path_factory.mktemp("odd")) as url:
        yield url


@pytest.fixture(scope="session")
def browser(console_url: str, odd_console_url: str) -> Iterator[Browser]:
    del console_url, odd_console_url
    # After the shops were built: a running Playwright forbids another event loop in its thread.
    with launched() as running:
        yield running


@pytest.fixture
def page(browser: Browser, console_url: str) -> Iterator[Page]:
    """The overview, see `_overview`."""
    yield from _overview(browser, console_url)


@pytest.fixture
def odd_page(browser: Browser, odd_console_url: str) -> Iterator[Page]:
    """The overview of the shop with odd products, see `_overview`."""
    yield from _overview(browser, odd_console_url)


def _overview(browser: Browser, url: str) -> Iterator[Page]:
    """Yields the overview after a login.

    The test fails if a page breaks the Content-Security-Policy or has an error in a script.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=url)
    context.set_default_timeout(1000 * _SECONDS)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield sign_in(context, url)
    context.close()
    assert faults == []
