"""Folders are small, and tests are in folders named as those of the code."""

from pathlib import Path

import pytest

from tests.conventions.source_files import ALL_FILES, ROOT, SOURCES, python_files, relative

MAX_ENTRIES = 16

MIRRORS = (Path("tests/unit"), Path("tests/integration"))
ACROSS_FOLDERS = {Path("service/security")}
"""Folders of tests of no single part."""


def entries(files: list[Path]) -> dict[Path, set[str]]:
    """Modules and folders with modules in each folder of `files`, its `__init__.py` not counted."""
    found: dict[Path, set[str]] = {}
    for file in files:
        for child in (file, *file.parents[:-1]):
            if child.name != "__init__.py":
                found.setdefault(child.parent, set()).add(child.name)
    return found


def wide(files: list[Path]) -> dict[Path, int]:
    """Folders with too many entries, and how many they have."""
    sizes = {folder: len(names) for folder, names in entries(files).items()}
    return {folder: size for folder, size in sizes.items() if folder != Path() and size > MAX_ENTRIES}


def test_folders_have_few_entries() -> None:
    assert not wide([Path(relative(path)) for path in (*SOURCES, *python_files(["benchmarks", "tests"]))])


@pytest.mark.parametrize(("modules", "expected"), [(15, {}), (16, {Path("a/b"): 17})])
def test_modules_and_folders_are_counted(modules: int, expected: dict[Path, int]) -> None:
    files = [Path("a/b", f"m{number}.py") for number in range(modules)]
    files += [Path("a/b/__init__.py"), Path("a/b/c/d.py"), Path("a/b/c/e.py")]
    assert wide(files) == expected


def strays(files: list[Path]) -> set[Path]:
    """Folders of tests below `MIRRORS` for which the code has no folder."""
    tested = (file.parent for file in files if file.name.startswith("test_"))
    mirrored = {folder.relative_to(top) for folder in tested for top in MIRRORS if folder.is_relative_to(top)}
    return {folder for folder in mirrored if not (ROOT / folder).is_dir()}


def test_tests_are_in_folders_named_as_those_of_the_code() -> None:
    assert strays([Path("tests/unit/service/test_a.py"), Path("tests/unit/no/such/test_b.py")]) == {
        Path("no/such")
    }
    assert strays([Path(relative(path)) for path in ALL_FILES]) == ACROSS_FOLDERS
