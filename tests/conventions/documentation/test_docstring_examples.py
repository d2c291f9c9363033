"""Examples in docstrings are true."""

import doctest
from importlib import import_module

import pytest

from tests.conventions.source_files import SOURCES, relative

WITH_EXAMPLES = [
    relative(path).removesuffix(".py").replace("/", ".") for path in SOURCES if ">>> " in path.read_text()
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_docstring_examples_are_true(module: str) -> None:
    results = doctest.testmod(import_module(module))
    assert results.attempted
    assert not results.failed
