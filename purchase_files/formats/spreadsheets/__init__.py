"""Spreadsheets (xlsx, xlsb, xls, ods): each sheet becomes a file of separated values."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.spreadsheets.sheet_copies import DAMAGED, TOO_LARGE
from purchase_files.formats.text.separated import SeparatedFile

MAX_MEMORY = 4 << 30
"""Bytes that reading a spreadsheet may take. A million rows of twenty columns take about one."""

_COPIES = Path(__file__).with_name("sheet_copies.py")


def open_sheets(
    path: Path, label: str, folder: Path, max_memory: int = MAX_MEMORY
) -> Iterator[SeparatedFile | NoTable]:
    """Yields the sheets that are not empty, those that are shown first.

    The number of a line is the number of the sheet's row. A hidden sheet with the columns of one that is shown is a
    copy, and yielded as an error. Others may hold what a report shows the sums of.

    Raises:
        RefusedFile: damaged or encrypted file, or one that takes more than `max_memory` bytes to read.
    """
    sheets = _copy_sheets(path, label, folder, max_memory)
    shown = set[tuple[str, ...]]()
    for sheet in sorted(sheets, key=lambda each: not each.is_shown):
        name = f"{label}:{sheet.name}" if len(sheets) > 1 else label
        found = SeparatedFile.open(
            folder / f"{path.name}.{sheet.number}.csv", name, folder, kind="spreadsheet"
        )
        if sheet.is_shown:
            shown.add(found.columns)
        elif found.columns in shown:
            yield NoTable(f"{name} is a hidden sheet with the columns of another")
            continue
        yield found


class _Sheet(NamedTuple):
    number: int
    is_shown: bool
    name: str


def _copy_sheets(path: Path, label: str, folder: Path, max_memory: int) -> list[_Sheet]:
    command = [sys.executable, "-I", "-X", "utf8", str(_COPIES), str(path), str(folder), str(max_memory)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode == DAMAGED:
        raise RefusedFile(f"{label} is a damaged or encrypted spreadsheet: {done.stderr.strip()}")
    if done.returncode == TOO_LARGE or done.returncode < 0:  # The library aborts without memory.
        raise RefusedFile(
            f"{label} takes over {max_memory >> 30} GiB to read: a cell may stand far from the others. Delete the rows "
            "and columns beyond the table, or export it as CSV"
        )
    if done.returncode:
        raise RefusedFile(f"{label} cannot be read: {done.stderr.strip().splitlines()[-1]}")
    fields = (line.split("\t") for line in done.stdout.splitlines())
    return [_Sheet(int(number), shown == "1", name) for number, shown, name in fields]
