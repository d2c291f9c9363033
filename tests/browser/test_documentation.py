"""The API's documentation page, and the search of the documentation's site, in a browser."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.conventions.documentation.reader_questions import QUESTIONS
from tests.support.documentation_site import build_site
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import answers, environment, module, serving

CODE_OVER_OTHER_LINES = """
[...document.querySelectorAll(".swagger-ui p code")].filter((code) =>
  [...code.getClientRects()].some((box) => !(box.height <= parseFloat(getComputedStyle(code.parentElement).lineHeight)))
).map((code) => code.textContent)
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_page_is_readable_and_says_how_to_get_a_token(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/docs")
    page.locator(".opblock-summary-control").first.click()
    page.get_by_text("Maximum number of items.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CODE_OVER_OTHER_LINES) == []
    page.get_by_role("button", name="Authorize").first.click()
    assert "make -s token SUB=" in page.locator(".auth-container").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_follows_the_theme_of_the_system(page: Page, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/docs")
    page.locator(".opblock").first.wait_for()
    inverted = page.evaluate("getComputedStyle(document.querySelector('.swagger-ui')).filter") != "none"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (inverted, ground == "rgb(22, 24, 29)") == (theme == "dark", theme == "dark")


SEARCH = """async typed => {
  const index = await (await fetch("search/search_index.json")).json()
  const worker = new Worker(JSON.parse(document.getElementById("__config").textContent).search)
  const answer = (message, type) => new Promise(resolve => {
    worker.onmessage = ({data}) => { if (data.type === type) resolve(data.data) }
    worker.postMessage(message)
  })
  await answer({type: 0, data: {...index, options: {suggest: true}}}, 1)
  const pages = []
  for (const words of typed) {
    const {items} = await answer({type: 2, data: words}, 3)
    pages.push(items.slice(0, 3).map(group => group[0].location.split(".html")[0]))
  }
  worker.terminate()
  return pages
}"""
"""What the search box does with typed words: the worker of the theme gets the index, and then each of them."""


@pytest.fixture(scope="module")
def site_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("site"), unused_port()
    build_site(folder)
    url = f"http://127.0.0.1:{port}/"
    command = module(["http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)])
    with serving(command, environment({}), answers(url), folder.with_suffix(".log")):
        yield url


def test_search_box_leads_to_the_answers_of_newcomers_questions(browser: Browser, site_url: str) -> None:
    page = browser.new_page()
    page.goto(site_url)
    first = page.evaluate(SEARCH, [question.search for question in QUESTIONS])
    page.close()
    missed = [
        f"{question.search}: {question.page} is not in {pages}"
        for question, pages in zip(QUESTIONS, first, strict=True)
        if question.page not in pages
    ]
    assert missed == []
