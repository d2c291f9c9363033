"""Copies the sheets of a spreadsheet into files, in a process of its own.

The library allocates the whole rectangle that a sheet spans, and ends the process when there is no memory for it. One
value in the last cell of a sheet is enough.

    python sheet_copies.py SPREADSHEET FOLDER BYTES

Each line of the output is a sheet that is not empty: its number, its name, and 1 if it is shown.
"""

import csv
import resource
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

DAMAGED, TOO_LARGE = 3, 4
"""Exit codes for what is no spreadsheet, with the reason on standard error, and for one that takes too much memory."""


def main(path: Path, folder: Path, memory: int) -> int:
    """Copies the sheets of `path` into `folder` within so many bytes of memory."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
    try:
        # The format of a path is that of its name, and the format of a stream that of its content.
        with path.open("rb") as stream:
            workbook = CalamineWorkbook.from_filelike(stream)
            for number, sheet in enumerate(workbook.sheets_metadata):
                if sheet.typ is not SheetTypeEnum.WorkSheet:
                    continue
                if _write(workbook.get_sheet_by_index(number), folder / f"{path.name}.{number}.csv"):
                    is_shown = int(sheet.visible is SheetVisibleEnum.Visible)
                    name = " ".join(sheet.name.split())
                    sys.stdout.write(f"{number}\t{is_shown}\t{name}\n")
    except CalamineError as error:
        sys.stderr.write(str(error))
        return DAMAGED
    except MemoryError:
        return TOO_LARGE
    return 0


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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
