"""Measures the pages of a running console: `python -m tests.browser measure http://127.0.0.1:8000`."""

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, StorageState

from service.console.rendering.page import NAVIGATION
from tests.browser.running_console import launched, sign_in

RUNS = 5
_TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [Math.max(page.domContentLoadedEventEnd, paint.startTime), page.responseStart - page.requestStart];
}"""
"""The later of the end of all scripts and the first paint, and the wait for the service, in milliseconds."""


class Load(NamedTuple):
    """One visit with an empty cache.

    Attributes:
        usable: milliseconds until the page is painted and its scripts have run, so that every control answers.
        service: those of them that the service took to make the page.
        browser: milliseconds of CPU time of the page's main thread.
        transferred: bytes.
        elements: number of elements.
    """

    usable: float
    service: float
    browser: float
    transferred: int
    elements: int


def measure(url: str) -> Iterator[str]:
    """Yields a row for each page, with the medians of its visits.

    All pages take turns.
    """
    with launched() as browser:
        context = browser.new_context()
        page = sign_in(context, url)
        links = [
            page.locator(f'.links a[href*="/{kind}/"]').first.get_attribute("href")
            for kind in ("shoppers", "products")
        ]
        state = context.storage_state()
        paths = [*(path for _, path, _ in NAVIGATION), *(link for link in links if link)]
        rounds = [{path: _load(browser, state, url + path) for path in paths} for _ in range(RUNS)]
    for path in paths:
        load = Load(*(median(each) for each in zip(*(one[path] for one in rounds), strict=True)))
        times = " | ".join(f"{each:.0f} ms" for each in (load.usable, load.service, load.browser))
        yield f"| `{path}` | {times} | {load.transferred / 1000:.0f} kB | {load.elements:,.0f} |"


def _load(browser: Browser, state: StorageState, address: str) -> Load:
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    received: list[int] = []
    tools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    metrics = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    usable, service = page.evaluate(_TIMES)
    elements = page.evaluate("document.querySelectorAll('*').length")
    context.close()
    return Load(usable, service, 1000 * metrics["TaskDuration"], sum(received), elements)
