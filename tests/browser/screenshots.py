"""Takes the screenshots of README and documentation: `make screenshots`."""

import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.running_console import launched, running_console, sign_in
from tests.support.builders.shops.grocer import HOUSEHOLD

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SHOTS: tuple[tuple[str, str, Literal["light", "dark"]], ...] = (
    ("console-shopper", f"/console/shoppers/{HOUSEHOLD}", "light"),
    ("console-shopper-dark", f"/console/shoppers/{HOUSEHOLD}", "dark"),
    ("console-guest", "/console/guest?words=eggs&picked=1082185", "light"),
    ("console-product", "/console/products/1082185", "light"),
    ("console-snapshots", "/console/snapshots", "light"),
    ("console-map", "/console/map", "dark"),
)
_MAX_VISITS = 10


def take() -> None:
    """Writes one file for each of `SHOTS`."""
    with tempfile.TemporaryDirectory() as folder, running_console(Path(folder)) as url, launched() as browser:
        for name, path, theme in SHOTS:
            context = browser.new_context(
                viewport={"width": 1280, "height": 900},
                color_scheme=theme,
                base_url=url,
            )
            page = sign_in(context, url)
            _show(page, path)
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()


def _show(page: Page, path: str) -> None:
    """Opens a page, again while a busy machine leaves it incomplete."""
    for _ in range(_MAX_VISITS):
        page.goto(path, wait_until="networkidle")
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=60_000)
        if not page.get_by_text("The time was over").count():
            return
    raise TimeoutError(f"{path} is incomplete after {_MAX_VISITS} visits: repeat this on a quieter machine")
