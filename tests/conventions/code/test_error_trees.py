"""Docstrings that draw a tree of errors draw all of it."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conventions.source_files import SOURCES, nodes_of, relative, tree_of

_NAME = re.compile(r"(?P<branch> *[ │]*(?:[├└]── )?)(?P<name>[A-Z]\w+)")


def drawn(docstring: str) -> dict[str, str | None]:
    """The parent of each error below `Errors:`, None for a root."""
    _, _, picture = docstring.partition("Errors:\n\n")
    parents: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in picture.splitlines():
        found = _NAME.match(line)
        if found is None:
            continue
        depth, name = len(found["branch"]), found["name"]
        above = [each for each in above if each[0] < depth] if "─" in found["branch"] else []
        parents[name] = above[-1][1] if above else None
        above.append((depth, name))
    return parents


def classes() -> Iterator[tuple[str, str]]:
    """Name and bases of every class of the code."""
    for path in SOURCES:
        for node in nodes_of(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                yield from ((node.name, base.id) for base in node.bases if isinstance(base, ast.Name))


def missing(parents: dict[str, str | None], known: list[tuple[str, str]]) -> list[str]:
    """Errors that stand nowhere below their base, which is in a picture."""
    return [f"{name}({base})" for name, base in known if base in parents and parents.get(name) != base]


# Each worker collects this file, so that only files with a picture are parsed.
PICTURES = {
    relative(path): parents
    for path in SOURCES
    if "\nErrors:\n" in path.read_text(encoding="utf-8")
    and (parents := drawn(ast.get_docstring(tree_of(path)) or ""))
}


def test_errors_without_a_place_in_the_picture_are_found() -> None:
    picture = (
        "Errors.\n\nErrors:\n\n    Aa\n    ├── Bb   one\n    │   └── Cc   another\n    └── Dd\n\n    Ee\n"
    )
    parents = drawn(picture)
    assert parents == {"Aa": None, "Bb": "Aa", "Cc": "Bb", "Dd": "Aa", "Ee": None}
    assert missing(parents, [("Bb", "Aa"), ("Cc", "Aa"), ("Ff", "Dd"), ("Gg", "Other")]) == [
        "Cc(Aa)",
        "Ff(Dd)",
    ]


@pytest.mark.parametrize("path", PICTURES)
def test_pictures_of_errors_are_complete(path: str) -> None:
    assert missing(PICTURES[path], [*classes()]) == []
