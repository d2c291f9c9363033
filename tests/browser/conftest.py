"""One shop, one browser, and a signed-in page for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.running_console import launched, running_console, sign_in


@pytest.fixture(scope="session")
def console_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("shop")
    with running_console(folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser(console_url: str) -> Iterator[Browser]:
    # After the shop was built: a running Playwright forbids another event loop in its thread.
    with launched() as running:
        yield running


@pytest.fixture
def page(browser: Browser, console_url: str) -> Iterator[Page]:
    """The overview, with a check of what pages report.

    The test fails if a page breaks the Content-Security-Policy or has an error in a script.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=console_url)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield sign_in(context, console_url)
    context.close()
    assert faults == []
