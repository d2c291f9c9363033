"""Classes of the console: each has one style sheet, which its pages load."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conventions.source_files import ROOT

CONSOLE = ROOT / "service/console"
RENDERING = CONSOLE / "rendering"
SHEETS = {
    path.name: re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    for path in sorted(RENDERING.glob("static/*.css"))
}
TEMPLATES = {path.name: path.read_text() for path in sorted(RENDERING.glob("templates/*.html"))}
FULL_PAGES = [name for name, text in TEMPLATES.items() if '{% extends "base.html" %}' in text]
SELECTED_BY_TESTS = {"named"}


def selectors(sheet: str) -> Iterator[str]:
    """The selectors of all rules, those in media queries included."""
    for group in re.findall(r"([^{}]+)\{", SHEETS[sheet]):
        if not group.strip().startswith(("@", ":root")):
            yield from (each.strip() for each in re.sub(r"\([^()]*\)", "", group).split(","))


@cache
def classes(sheet: str) -> frozenset[str]:
    """All classes that a sheet names."""
    return frozenset(name for each in selectors(sheet) for name in re.findall(r"\.([a-z][\w-]*)", each))


def own_classes(sheet: str) -> set[str]:
    """Classes that begin a selector.

    What follows them is inside their elements.
    """
    return {name for each in selectors(sheet) for name in re.findall(r"\.([a-z][\w-]*)", each.split()[0])}


def parts(name: str) -> set[str]:
    """A template and all that it extends, includes or imports."""
    found = {name}
    for other in re.findall(r'{% (?:extends|include|from) "([^"]+)"', TEMPLATES[name]):
        found |= parts(other)
    return found


def written_classes(name: str) -> set[str]:
    """Classes that a template names in full.

    Composed ones such as `hue-{{ number }}` are left out.
    """
    values = re.findall(r'class="((?:{{.*?}}|{%.*?%}|[^"])*)"', TEMPLATES[name])
    texts = [re.sub(r"{{.*?}}|{%.*?%}", "\0", value) for value in values]
    return {each for text in texts for each in text.split() if "\0" not in each}


def test_class_begins_selectors_of_one_sheet_only() -> None:
    owners: dict[str, list[str]] = {}
    for sheet in SHEETS:
        for name in own_classes(sheet):
            owners.setdefault(name, []).append(sheet)
    assert {name: sheets for name, sheets in owners.items() if len(sheets) > 1} == {}


@pytest.mark.parametrize("page", FULL_PAGES)
def test_page_loads_the_sheets_of_its_classes(page: str) -> None:
    of_page = parts(page)
    loaded = {name for part in of_page for name in re.findall(r"asset\('([^']+\.css)'\)", TEMPLATES[part])}
    styled = set[str]().union(*(classes(sheet) for sheet in loaded))
    written = set[str]().union(*(written_classes(part) for part in of_page))
    assert written - styled - SELECTED_BY_TESTS == set()


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_class_of_a_sheet_is_used(sheet: str) -> None:
    sources = [*CONSOLE.rglob("*.py"), *RENDERING.glob("static/*.js")]
    text = "\n".join([*TEMPLATES.values(), *(path.read_text() for path in sources)])
    composed = {f"{name}-{number}" for name in ("hue", "shape") for number in range(12)}
    unused = {
        name for name in classes(sheet) - composed if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)
    }
    assert unused == set()
