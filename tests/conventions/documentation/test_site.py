"""The documentation site builds, loads nothing from other hosts, and answers newcomers' questions."""

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conventions.documentation.reader_questions import QUESTIONS, Question
from tests.support.documentation_site import build_site

LOADING = {"script", "link", "img", "iframe", "source", "video", "audio", "object", "embed", "use", "image"}
STYLE_URL = re.compile(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//")


class Loaded(HTMLParser):
    """A page of the site.

    Attributes:
        loaded: addresses that it loads by itself.
        linked: addresses that its text links to, without those of the navigation.
        classes: classes of its elements.
        headings: texts of its headings.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.classes: set[str] = set()
        self.headings: list[str] = []
        self._in_text = self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects the addresses of an element."""
        values = {name: value or "" for name, value in attrs}
        self.classes |= set(values.get("class", "").split())
        if tag in LOADING:
            self.loaded += [values[name] for name in ("src", "href", "data", "srcset") if name in values]
        elif "href" in values and self._in_text:
            self.linked.append(values["href"])
        self._in_text |= tag == "article"
        if re.fullmatch("h[1-6]", tag):
            self._in_heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        """Ends the text of the page, or a heading."""
        self._in_text &= tag != "article"
        self._in_heading &= not re.fullmatch("h[1-6]", tag)

    def handle_data(self, data: str) -> None:
        """Collects the text of a heading."""
        if self._in_heading:
            self.headings[-1] += data


@cache
def parsed(page: Path) -> Loaded:
    parser = Loaded()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


def foreign(addresses: list[str]) -> Iterator[str]:
    return (address for address in addresses if re.match(r"(?:[a-z]+:)?//", address))


def test_no_page_loads_from_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        found = parsed(page)
        assert list(foreign(found.loaded)) == [], page
        assert "mermaid" not in found.classes, f"{page}: the theme would load Mermaid from a CDN"
    for style in site.rglob("*.css"):
        assert STYLE_URL.search(style.read_text(encoding="utf-8")) is None, style


def test_foreign_addresses_are_found() -> None:
    page = Loaded()
    page.feed('<script src="https://a.example/x.js"></script><img src="//b.example/x.png"><img src="x.png">')
    assert list(foreign(page.loaded)) == ["https://a.example/x.js", "//b.example/x.png"]


@pytest.fixture(scope="module")
def within_two_clicks(site: Path) -> set[str]:
    """Pages that links in the texts reach from the index."""
    reached = {"index.html"}
    for _ in range(2):
        for page in sorted(reached):
            links = [
                link.partition("#")[0] for link in parsed(site / page).linked if not re.match("[a-z]+:", link)
            ]
            found = {posixpath.normpath(posixpath.join(posixpath.dirname(page), link)) for link in links}
            reached |= {link for link in found if link.endswith(".html")}
    return reached


def test_every_page_is_reached_within_two_clicks(site: Path, within_two_clicks: set[str]) -> None:
    pages = {str(page.relative_to(site)) for page in site.rglob("*.html")} - {"404.html"}
    assert pages - within_two_clicks == set()


@pytest.fixture(scope="module")
def searchable(site: Path) -> dict[str, set[str]]:
    """Words that the search box finds, in lower case, by page."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    words = defaultdict[str, set[str]](set)
    for one in index["docs"]:
        text = re.sub("<[^>]+>", " ", f"{one['title']} {one['text']}").lower()
        words[one["location"].partition("#")[0] or "index.html"] |= set(
            re.split(index["config"]["separator"], text)
        )
    return words


def test_every_page_can_be_searched(site: Path, searchable: dict[str, set[str]]) -> None:
    pages = {str(page.relative_to(site)) for page in site.rglob("*.html")} - {"404.html"}
    assert pages <= searchable.keys()


def test_guides_come_before_records_and_references_in_the_search(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    boosts = {one["location"].partition("#")[0]: one.get("boost", 1) for one in index["docs"]}
    guides = min(boost for page, boost in boosts.items() if re.match(r"faq|guides/|operations/install", page))
    others = [
        boost for page, boost in boosts.items() if re.match(r"adr/|changelog|reference/|api/calls", page)
    ]
    assert len(others) > 40
    # A word in a heading weighs a thousand times as much as one in a text.
    assert max(others) * 100 <= guides


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
def test_question_of_a_newcomer_is_answered_within_two_clicks(
    site: Path, within_two_clicks: set[str], searchable: dict[str, set[str]], question: Question
) -> None:
    page = f"{question.page}.html"
    assert page in within_two_clicks
    headings = [heading.rstrip("¶").strip() for heading in parsed(site / page).headings]
    assert question.heading in headings
    typed = question.search.lower().split()
    assert [word for word in typed if not _is_found(word, searchable[page])] == []


def _is_found(typed: str, words: set[str]) -> bool:
    """True if all parts of a typed word begin words of a page.

    The search box completes words in this way.
    """
    parts = re.split("[-.:]", typed)
    return all(any(word.startswith(part) for word in words) for part in parts)
