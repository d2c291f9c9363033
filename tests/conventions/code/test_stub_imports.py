"""Stubs of compiled modules keep the layers that `.importlinter` checks in modules alone."""

import ast

import pytest

from tests.conventions.source_files import ROOT, faults, imports

BELOW = ("numpy", "recommender.arrays", "recommender.kernels")


def upward(source: str) -> list[str]:
    """Imports in a stub of the kernels of what lies above them."""
    return sorted(name for name in imports(ast.parse(source)) if not name.startswith(BELOW))


def test_stubs_of_kernels_import_nothing_above_them() -> None:
    stubs = sorted((ROOT / "recommender/kernels").glob("*.pyi"))
    assert stubs
    assert faults(stubs, lambda path: upward(path.read_text())) == []


@pytest.mark.parametrize(
    "source", ["import recommender.entities", "from recommender import ports", "import recommender.snapshot"]
)
def test_imports_from_upper_layers_are_found(source: str) -> None:
    assert upward(source)
