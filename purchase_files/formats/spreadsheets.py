"""Spreadsheets (xlsx, xlsb, xls, ods): each sheet becomes a file of separated values."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.text.separated import SeparatedFile


def open_sheets(path: Path, label: str, folder: Path) -> Iterator[SeparatedFile | NoTable]:
    """Yields the sheets that are not empty, those that are shown first.

    The number of a line is the number of the sheet's row. A hidden sheet with the columns of one that is shown is a
    copy, and yielded as an error. Others may hold what a report shows the sums of.

    Raises:
        RefusedFile: damaged or encrypted file.
    """
    try:
        # The format of a path is that of its name, and the format of a stream that of its content.
        with path.open("rb") as stream:
            workbook = CalamineWorkbook.from_filelike(stream)
            shown = set[tuple[str, ...]]()
            numbered = enumerate(workbook.sheets_metadata)
            for number, sheet in sorted(
                numbered, key=lambda pair: pair[1].visible is not SheetVisibleEnum.Visible
            ):
                if sheet.typ is not SheetTypeEnum.WorkSheet:
                    continue
                copy = folder / f"{path.name}.{number}.csv"
                if _write(workbook.get_sheet_by_index(number), copy):
                    name = f"{label}:{sheet.name}" if len(workbook.sheet_names) > 1 else label
                    found = SeparatedFile.open(copy, name, folder, kind="spreadsheet")
                    if sheet.visible is SheetVisibleEnum.Visible:
                        shown.add(found.columns)
                    elif found.columns in shown:
                        yield NoTable(f"{name} is a hidden sheet with the columns of another")
                        continue
                    yield found
    except CalamineError as error:
        raise RefusedFile(f"{label} is a damaged or encrypted spreadsheet: {error}") from error


def _write(sheet: CalamineSheet, path: Path) -> bool:
    if sheet.start is None:
        return False
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([_text(value) for value in row] for row in sheet.iter_rows())
    return True


def _text(value: float | str | bool | time | date | datetime | timedelta) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str):
        # Each row of the sheet stays one line.
        return " ".join(value.split()) if "\n" in value or "\r" in value else value
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
