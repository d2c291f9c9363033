"""Folders are small enough to be looked through."""

from pathlib import Path

import pytest

from tests.conventions.source_files import SOURCES, relative

MAX_ENTRIES = 16


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
    assert not wide([Path(relative(path)) for path in SOURCES])


@pytest.mark.parametrize(("modules", "expected"), [(15, {}), (16, {Path("a/b"): 17})])
def test_modules_and_folders_are_counted(modules: int, expected: dict[Path, int]) -> None:
    files = [Path("a/b", f"m{number}.py") for number in range(modules)]
    files += [Path("a/b/__init__.py"), Path("a/b/c/d.py"), Path("a/b/c/e.py")]
    assert wide(files) == expected
