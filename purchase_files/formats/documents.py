"""JSON and JSON lines, with nested objects and lists of products."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from purchase_files.engine import Connection
from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats import nested_items
from purchase_files.formats.damaged_documents import CutText, DamagedText
from purchase_files.formats.document_layouts import (
    as_basket,
    decoded,
    entries_of,
    from_python,
    is_basket,
    named_rows,
    orders_in,
    page_of,
    unquoted,
    without_halves,
    without_nan,
    without_trailing_commas,
)
from purchase_files.formats.nested_items import Flat, find_items, flatten, unwrapped
from purchase_files.formats.source import MAX_TEXT, SAMPLE_ROWS, Counts, create_table, note_faulty
from purchase_files.formats.text.text_file import TextFile, open_text

_MAX_COLUMNS = 5_000
_MAX_BYTES = 512 << 20
_START, _MAX_PYTHON_BYTES = 1_000, 64 << 20
"""A document that Python wrote has quotes at its start. Reading it takes many times its size."""
_UNREADABLE = "the line is not a JSON object"
_CUT = "the file is cut here, and what follows is missing. Export it again for the rest"
_BYTE = re.compile(r"\(byte (\d+)\)")
_PARENT = "__parentId"
"""Field of the lines in Shopify's bulk exports that belong to an object above."""
_CHILDREN = "line_items"

Line = tuple[int, Flat | str | None]
"""Number of a line, and its object, None for a blank one and the text of a faulty one."""


@dataclass(frozen=True)
class DocumentFile:
    """A file of JSON objects. See `Source`.

    An object with a list of products becomes a row per product.
    """

    path: str
    file: TextFile
    folder: Path
    format: str
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    item_path: nested_items.Path | None
    has_lines: bool = False
    page: nested_items.Path | None = None
    separator: str | None = None

    @property
    def encoding(self) -> str | None:
        """Encoding of the original."""
        return self.file.encoding

    @property
    def items(self) -> str | None:
        """List of an order's products, with the names of its fields joined by dots."""
        return None if self.item_path is None else ".".join(self.item_path)

    @classmethod
    def open(
        cls, path: Path, label: str, folder: Path, max_bytes: int = _MAX_BYTES, kind: str | None = None
    ) -> "DocumentFile":
        """Finds the columns in the first objects.

        Args:
            path: the file.
            label: name in messages.
            folder: folder for temporary copies.
            max_bytes: most bytes of a line, or of a document of several lines.
            kind: name of the format that the objects had before.

        Raises:
            RefusedFile: no list of objects, or one that would fill the memory.
        """
        file = open_text(path, folder)
        if file.longest > max_bytes:
            raise _too_long(label, "a line", max_bytes)
        lines = _is_lines(file)
        if not lines and file.path.stat().st_size > max_bytes:
            raise _too_long(label, "one document", max_bytes)
        start = [
            found
            for _, found in islice(_joined(_objects(file, label, lines=lines), Counter()), SAMPLE_ROWS)
            if isinstance(found, dict)
        ]
        if not any(start):
            raise RefusedFile(f"{label} contains no JSON objects with values. Export the purchases again")
        page = page_of(start[0])
        start = (
            [order for found in start for order in orders_in(found, page) if isinstance(order, dict)]
            if page
            else start
        )
        items = find_items(start)
        rows = [row for found in start for row in flatten(found, items)]
        columns = tuple(dict.fromkeys(key for row in rows for key in row))
        if len(columns) > _MAX_COLUMNS:
            raise NoTable(f"{label} has over {_MAX_COLUMNS:,} different fields, which no table has")
        sample = [[_text(row.get(column)) for column in columns] for row in rows[:SAMPLE_ROWS]]
        return cls(
            label,
            file,
            folder,
            kind or ("JSON lines" if lines else "JSON"),
            columns,
            sample,
            items,
            lines,
            page,
        )

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        tally = Counter[str]()
        faulty: list[tuple[int, str, str]] = []
        create_table(connection, table, wanted, self._rows(tally, faulty))
        note_faulty(connection, self.path, faulty)
        counts = Counts(tally["lines"], 0, tally["blank"], tally["continued"], tally["rows"], tally["added"])
        return counts.check(self.path)

    def _rows(
        self, tally: Counter[str], faulty: list[tuple[int, str, str]]
    ) -> Iterator[tuple[int, list[str | None]]]:
        lines = _objects(self.file, self.path, lines=self.has_lines)
        for number, found in _joined(_counted(lines, tally), tally):
            if isinstance(found, str):
                tally["rows"] += 1
                faulty.append((number, found[:MAX_TEXT], _CUT if isinstance(found, CutText) else _UNREADABLE))
            elif found is None or not (flat := self._flat(found)):
                tally["blank"] += 1
            else:
                tally["rows"] += len(flat)
                tally["added"] += len(flat) - 1
                yield from ((number, [_text(row.get(column)) for column in self.columns]) for row in flat)

    def _flat(self, found: Flat) -> list[Flat]:
        """Returns a row per product of an order, or of a page of orders."""
        if self.page is None:
            return flatten(found, self.item_path)
        orders = (order if isinstance(order, dict) else {} for order in orders_in(found, self.page))
        return [row for order in orders for row in flatten(order, self.item_path)]


def _too_long(label: str, what: str, most: int) -> NoTable:
    return NoTable(
        f"{label} has {what} of over {most >> 20} MiB of JSON, which is read at once. Export the purchases as CSV, "
        "or with an object per line, as jq -c '.[]' writes them"
    )


def _is_lines(file: TextFile) -> bool:
    """True if each line is an object or a list of its own."""
    starts = list(islice((line for _, line in file.numbered_lines() if line.strip()), 2))
    found: list[Any] = []
    with suppress(msgspec.DecodeError, RecursionError):
        found = [decoded(line) for line in starts]
    if found and isinstance(found[0], dict):
        return file.lines > 1
    if len(starts) > 1 and not found:
        # The second line may be damaged, or the first one of an object over several lines.
        return any(map(_is_object, starts))
    are_lists = len(found) > 1 and all(isinstance(values, list) for values in found)
    return are_lists and not all(isinstance(value, dict) for value in found[0])


def _is_object(line: str) -> bool:
    try:
        return isinstance(decoded(line), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _objects(file: TextFile, label: str, *, lines: bool) -> Iterator[Line]:
    """Yields numbered objects, None for blank and texts for faulty ones."""
    if not lines:
        yield from enumerate(_whole(file, label), start=1)
        return
    header: list[Any] | None = None
    is_first, are_baskets = True, False
    for number, line in file.numbered_lines():
        text = line.strip().rstrip(",")
        if text in {"", "[", "]"}:
            yield number, None
            continue
        try:
            found: Any = decoded(text)
        except (msgspec.DecodeError, RecursionError):
            found = None
        are_baskets = are_baskets or (is_first and is_basket(found))
        is_header, is_first = is_first and isinstance(found, list) and not are_baskets, False
        if is_header:
            header = found
            yield number, None
            continue
        if isinstance(found, list) and header is not None:
            [found] = named_rows(iter([found]), header)
        elif are_baskets:
            found = as_basket(number, found)
        whole = unwrapped(found)
        yield number, whole if isinstance(whole, dict) else line


def _whole(file: TextFile, label: str) -> Iterator[Flat | str]:
    """Yields the objects of a document."""
    try:
        content = file.path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        if b"NaN" in content or b"Infinity" in content:
            content = without_nan(content.decode(errors="replace")).encode()
        for found in _entries(content):
            if isinstance(found, DamagedText):
                yield found
                continue
            is_edge = isinstance(found, dict) and {"node"} <= set(found) <= {"node", "cursor"}
            entry = unquoted(found["node"] if is_edge else found)
            whole = unwrapped(entry)
            yield whole if isinstance(whole, dict) else msgspec.json.encode(found).decode(errors="replace")
    except (msgspec.DecodeError, RecursionError) as error:
        place = _BYTE.search(str(error))
        line = f" in line {content.count(10, 0, int(place[1])) + 1}" if place else ""
        raise RefusedFile(f"{label} is damaged JSON{line}: {error}. Export it again") from error


def _entries(content: bytes) -> Iterator[Any]:
    """Yields the entries of a document, and those of lists of objects in it."""
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        if "trailing comma" in str(error):
            content = without_trailing_commas(content)
        elif "hex escape" in str(error) or "surrogate" in str(error):
            content = without_halves(content.decode(errors="replace")).encode()
        elif b"'" in content[:_START] and len(content) <= _MAX_PYTHON_BYTES:
            content = from_python(content.decode(errors="replace")) or content
    if content.lstrip()[:1] == b'"' and isinstance(text := msgspec.json.decode(content), str):
        content = text.encode()
    for found in entries_of(content):
        if isinstance(found, list) and found and all(isinstance(entry, dict) for entry in found):
            yield from found
        else:
            yield found


def _counted(lines: Iterator[Line], tally: Counter[str]) -> Iterator[Line]:
    for line in lines:
        tally["lines"] += 1
        yield line


def _joined(lines: Iterator[Line], tally: Counter[str]) -> Iterator[Line]:
    """Adds objects to the earlier one that they name as their parent."""
    number, parent = 0, None
    for line in lines:
        found = line[1]
        if parent is not None and isinstance(found, dict) and found.get(_PARENT) == parent.get("id"):
            parent.setdefault(_CHILDREN, []).append(found)
            tally["continued"] += 1
            continue
        if parent is not None:
            yield number, parent
        number, parent = (line[0], found) if isinstance(found, dict) and "id" in found else (0, None)
        if parent is None:
            yield line
    if parent is not None:
        yield number, parent


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    # JSON can spell halves of characters, which no other text can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
