"""The load tests know the service by its API only."""

from collections.abc import Iterator
from pathlib import Path

from tests.conventions.source_files import PACKAGES, faults, imports, python_files, tree_of

FORBIDDEN = {*PACKAGES, "benchmarks", "tests"}


def own_imports(path: Path) -> Iterator[str]:
    """Packages of this repository that a file imports."""
    yield from FORBIDDEN & {name.partition(".")[0] for name in imports(tree_of(path))}


def test_load_tests_import_no_package_of_the_repository() -> None:
    files = python_files(["loadtests"])
    assert files
    assert faults(files, own_imports) == []
