"""The documentation site builds, loads nothing from other hosts, and can be searched."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conventions.source_files import ROOT

LOADING = {"script", "link", "img", "iframe", "source", "video", "audio", "object", "embed", "use", "image"}
STYLE_URL = re.compile(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//")


class Loaded(HTMLParser):
    """Addresses that a page loads by itself, and addresses that it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects the addresses of an element."""
        values = {name: value or "" for name, value in attrs}
        self.classes |= set(values.get("class", "").split())
        if tag in LOADING:
            self.loaded += [values[name] for name in ("src", "href", "data", "srcset") if name in values]
        elif "href" in values:
            self.linked.append(values["href"])


def parsed(page: Path) -> Loaded:
    parser = Loaded()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
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


def test_every_page_can_be_searched(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] or "index.html" for entry in index["docs"]}
    pages = {str(page.relative_to(site)) for page in site.rglob("*.html")} - {"404.html"}
    assert pages <= found
