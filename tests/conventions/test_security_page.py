"""docs/security.md goes through all ten points, and the tests that it names exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
SECTIONS = dict(re.findall(r"^## (API\d+) [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TESTS = sorted(set(re.findall(r"`(tests/[\w/.]+::\w+)`", PAGE)))


def test_all_ten_points_are_there() -> None:
    assert list(SECTIONS) == [f"API{number}" for number in range(1, 11)]


@pytest.mark.parametrize("section", SECTIONS)
def test_each_point_names_tests(section: str) -> None:
    assert re.search(r"^- `tests/", SECTIONS[section], re.MULTILINE)


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_is_named_exists(test: str) -> None:
    path, name = test.split("::")
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    defined = {
        node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, functions)
    }
    assert name in defined
