"""Measures the pages of a running console: `python -m tests.browser measure http://127.0.0.1:8000`."""

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Browser, StorageState

from service.console.rendering.page import NAVIGATION
from tests.browser.running_console import launched, sign_in

RUNS = 3
_TIMING = "() => { const [page] = performance.getEntriesByType('navigation'); return page.domContentLoadedEventEnd; }"


def measure(url: str) -> Iterator[str]:
    """Yields a row for each page: milliseconds until it is usable, and bytes."""
    with launched() as browser:
        context = browser.new_context()
        page = sign_in(context, url)
        links = [
            page.locator(f'.links a[href*="/{kind}/"]').first.get_attribute("href")
            for kind in ("shoppers", "products")
        ]
        state = context.storage_state()
        for path in (*(path for _, path, _ in NAVIGATION), *(link for link in links if link)):
            loads = [_load(browser, state, url + path) for _ in range(RUNS)]
            milliseconds, transferred = median(load[0] for load in loads), max(load[1] for load in loads)
            yield f"| `{path}` | {milliseconds:.0f} ms | {transferred / 1000:.0f} kB |"


def _load(browser: Browser, state: StorageState, address: str) -> tuple[float, int]:
    """Milliseconds and bytes of one visit with an empty cache."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    received: list[int] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    milliseconds = page.evaluate(_TIMING)
    context.close()
    return milliseconds, sum(received)
