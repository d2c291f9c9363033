"""Pages of HTML: each table becomes a file of separated values.

Many shop systems save such pages under the name of a spreadsheet.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path

from purchase_files.errors import NoTable
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.formats.text.text_file import open_text

_PAGE = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype html|html|head|meta|body|style|div|table)\b",
    re.I | re.S,
)
"""The comments are matched in one way alone: the number of ways to split them doubles with each."""

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.I)
_SHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_TAGS = {"row": "tr", "cell": "td"}
"""Tags of spreadsheets of Excel 2003, which are XML."""

_DETECTION_BYTES = 4_096
_BLOCK = 1 << 16
_HIDDEN = {"script", "style"}
_CELLS = {"td", "th"}
_MAX_TABLES, _MAX_SPAN = 100, 1_000
_MAX_TAG_CHARACTERS = 4 << 20
_MIN_CHARACTERS, _MAX_RATIO = 16 << 20, 20
"""Characters of all tables, at least or by the size of the page. Cells over many rows and columns multiply them."""


def is_page(start: bytes) -> bool:
    """True for the start of HTML, or of a spreadsheet in XML."""
    return _PAGE.match(start) is not None or (start.startswith(b"<?xml") and _SHEET in start)


def open_tables(path: Path, label: str, folder: Path) -> Iterator[SeparatedFile]:
    """Yields the tables with more than one row.

    The number of a line is the number of the table's row.

    Raises:
        NoTable: the page has no such table.
    """
    with path.open("rb") as stream:
        is_sheet = _SHEET in stream.read(_DETECTION_BYTES)
    with ExitStack() as stack:
        tables = _Tables(path, label, folder, stack)
        with path.open(encoding=_encoding(path, folder), errors="replace") as stream:
            while block := stream.read(_BLOCK):
                tables.feed(block)
                tables.check_unended(_MAX_TAG_CHARACTERS)
        # The parser's time for what has no end grows with the square of its length.
        tables.check_unended(_BLOCK)
        tables.close()
        tables.end()
    copies = [table.path for table in tables.all if table.rows > 1]
    if not copies:
        raise NoTable(f"{label} is a page of HTML without a table of purchases. Export them as CSV or xlsx")
    for number, copy in enumerate(copies, start=1):
        name = f"{label}:table {number}" if len(copies) > 1 else label
        yield SeparatedFile.open(copy, name, folder, kind="spreadsheet" if is_sheet else "HTML")


def _encoding(path: Path, folder: Path) -> str:
    """Returns the encoding that the page declares, else the one that its text shows."""
    with path.open("rb") as stream:
        declared = _CHARSET.search(stream.read(_DETECTION_BYTES))
    found = open_text(path, folder).encoding
    if found.startswith("utf") or declared is None:
        return found.partition(" ")[0]
    try:
        return codecs.lookup(declared[1].decode()).name
    except LookupError:
        return found.partition(" ")[0]


class _Table:
    """A table that is written to a file row by row.

    It passes the number of characters to `take` before it adds them.
    """

    def __init__(self, path: Path, stack: ExitStack, take: Callable[[int], None]) -> None:
        self.path = path
        self.rows = 0
        self._take = take
        self.cell: list[str] | None = None
        self._writer = csv.writer(
            stack.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n"
        )
        self._row: list[tuple[str, int]] = []
        self._in_row = False
        self._spans = (1, 1)
        self._below: list[tuple[str, int]] = []

    def begin_row(self) -> None:
        self.end_row()
        self._row, self._in_row = [], True

    def begin_cell(self, columns: int, rows: int) -> None:
        self.end_cell()
        if not self._in_row:
            self.begin_row()
        self.cell, self._spans = [], (columns, rows)

    def skip_to(self, column: int) -> None:
        """Leaves the cells before a column empty, counted from 1."""
        self.end_cell()
        self._fill()
        self._add("", 1, column - 1 - len(self._row))

    def end_cell(self) -> None:
        if self.cell is None:
            return
        self._fill()
        text, (columns, rows) = " ".join("".join(self.cell).split()), self._spans
        self._add(text, rows)
        self._add("", rows, columns - 1)
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if not self._in_row:
            return
        self._fill()
        # A cell over several rows has its value in each.
        self._below = [(text, rows - 1) for text, rows in self._row]
        self._writer.writerow([text for text, _ in self._row])
        self.rows += 1
        self._in_row = False

    def _fill(self) -> None:
        """Appends the cells that rows above hold at this place."""
        while len(self._row) < len(self._below) and self._below[len(self._row)][1] > 0:
            self._add(*self._below[len(self._row)])

    def _add(self, text: str, rows: int, cells: int = 1) -> None:
        self._take(max(0, cells) * (len(text) + 1))
        self._row += [(text, rows)] * cells


class _Tables(HTMLParser):
    """Writes the tables of a page to files.

    A table in another is one of its own.
    """

    def __init__(self, path: Path, label: str, folder: Path, stack: ExitStack) -> None:
        super().__init__(convert_charrefs=True)
        self.all: list[_Table] = []
        self._label = label
        self._copy = folder / path.name
        self._stack = stack
        self._open: list[_Table] = []
        self._hidden = 0
        self._left = self._limit = max(_MIN_CHARACTERS, _MAX_RATIO * path.stat().st_size)

    def check_unended(self, limit: int) -> None:
        """Checks the length of a tag or comment whose end was not read yet.

        Raises:
            NoTable: it is longer than a limit in characters.
        """
        if len(self.rawdata) > limit:
            raise NoTable(
                f"{self._label} is damaged: a tag or a comment of its HTML has no end. Export the purchases as CSV"
            )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = _plain_tag(tag)
        self._hidden += tag in _HIDDEN
        if tag == "table":
            if len(self.all) == _MAX_TABLES:
                raise NoTable(
                    f"{self._label} has over {_MAX_TABLES} tables of HTML. Export the purchases as CSV"
                )
            copy = self._copy.with_name(f"{self._copy.name}.{len(self.all)}.csv")
            self.all.append(_Table(copy, self._stack, self._take))
            self._open.append(self.all[-1])
        elif self._open and tag == "tr":
            self._open[-1].begin_row()
        elif self._open and tag in _CELLS:
            found = dict(attrs)
            if "ss:index" in found:
                self._open[-1].skip_to(_cells(found["ss:index"]))
            across, down = (
                max(_cells(found.get(name)), 1 + _cells(found.get(merged)))
                for name, merged in (("colspan", "ss:mergeacross"), ("rowspan", "ss:mergedown"))
            )
            self._open[-1].begin_cell(across, down)
        else:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        tag = _plain_tag(tag)
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if not self._open:
            return
        if tag == "table":
            self._open.pop().end_row()
        elif tag == "tr":
            self._open[-1].end_row()
        elif tag in _CELLS:
            self._open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None and not self._hidden:
            self._open[-1].cell.append(data)

    def end(self) -> None:
        """Ends the tables of a page that was cut."""
        while self._open:
            self._open.pop().end_row()

    def _take(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise NoTable(
                f"{self._label} has tables of over {self._limit >> 20:,} MiB, by cells over many rows or columns. "
                "Export the purchases as CSV"
            )


def _plain_tag(tag: str) -> str:
    bare = tag.removeprefix("ss:")
    return _TAGS.get(bare, bare)


def _cells(value: str | None) -> int:
    """Number of cells in an attribute, 0 if its value is not a number."""
    return min(int(value), _MAX_SPAN) if value and re.fullmatch("[0-9]{1,9}", value) else 0
