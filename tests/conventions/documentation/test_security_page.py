"""docs/security/index.md covers all ten OWASP points and names existing tests."""

import re

from tests.conventions.code.test_sources import functions
from tests.conventions.source_files import ROOT, tree_of

PAGE = (ROOT / "docs" / "security" / "index.md").read_text()
SECTIONS = dict(re.findall(r"^## (API\d+) [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TESTS = sorted(set(re.findall(r"`(tests/[\w/.]+::\w+)`", PAGE)))


def exists(test: str) -> bool:
    """True if there is a test of this id."""
    path, name = test.split("::")
    return (ROOT / path).is_file() and name in {node.name for node in functions(tree_of(ROOT / path))}


def test_page_has_all_ten_points() -> None:
    assert list(SECTIONS) == [f"API{number}" for number in range(1, 11)]


def test_each_point_names_tests() -> None:
    without = [name for name, text in SECTIONS.items() if not re.search(r"^- `tests/", text, re.MULTILINE)]
    assert without == []


def test_named_tests_exist() -> None:
    assert TESTS
    assert [test for test in TESTS if not exists(test)] == []
