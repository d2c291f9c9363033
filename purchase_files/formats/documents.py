"""JSON and JSON lines, with nested objects and lists of products."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from purchase_files.columns.names import plain, ranks_of_name
from purchase_files.engine import Connection
from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.layout import known_names
from purchase_files.formats.source import MAX_TEXT, SAMPLE_ROWS, Counts, create_table, note_faulty
from purchase_files.formats.text_file import TextFile, open_text

Flat = dict[str, Any]
_DOCUMENTS = {"attributes", "preferences"}
_NOT_JSON = re.compile(r"([:\[,]\s*)(NaN|-?Infinity)\b(?=\s*[,}\]])")
_MAX_COLUMNS = 5_000
_UNREADABLE = "the line is not a JSON object"


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
    items: str | None
    separator: str | None = None

    @property
    def encoding(self) -> str | None:
        """Encoding of the original."""
        return self.file.encoding

    @classmethod
    def open(cls, path: Path, label: str, folder: Path) -> "DocumentFile":
        """Finds the columns in the first objects.

        Raises:
            RefusedFile: no list of objects.
        """
        file = open_text(path, folder)
        lines = _is_lines(file)
        start = [
            found
            for _, found in islice(_objects(file, label, lines=lines), SAMPLE_ROWS)
            if isinstance(found, dict)
        ]
        if not start:
            raise RefusedFile(f"{label} contains no JSON objects")
        items = _items_field(start)
        rows = [row for found in start for row in _flatten(found, items)]
        columns = tuple(dict.fromkeys(key for row in rows for key in row))
        if len(columns) > _MAX_COLUMNS:
            raise NoTable(f"{label} has over {_MAX_COLUMNS:,} different fields, which no table has")
        sample = [[_text(row.get(column)) for column in columns] for row in rows[:SAMPLE_ROWS]]
        return cls(label, file, folder, "JSON lines" if lines else "JSON", columns, sample, items)

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        tally = Counter[str]()
        faulty: list[tuple[int, str, str]] = []
        create_table(connection, table, wanted, self._rows(tally, faulty))
        note_faulty(connection, self.path, faulty)
        counts = Counts(tally["lines"], 0, tally["blank"], 0, tally["rows"], tally["added"])
        return counts.check(self.path)

    def _rows(
        self, tally: Counter[str], faulty: list[tuple[int, str, str]]
    ) -> Iterator[tuple[int, list[str | None]]]:
        for number, found in _objects(self.file, self.path, lines=self.format == "JSON lines"):
            tally["lines"] += 1
            if found is None:
                tally["blank"] += 1
            elif isinstance(found, str):
                tally["rows"] += 1
                faulty.append((number, found[:MAX_TEXT], _UNREADABLE))
            else:
                flat = _flatten(found, self.items)
                tally["rows"] += len(flat)
                tally["added"] += len(flat) - 1
                yield from ((number, [_text(row.get(column)) for column in self.columns]) for row in flat)


def _is_lines(file: TextFile) -> bool:
    """True if each line is an object of its own."""
    first = next((line for _, line in file.numbered_lines() if line.strip()), "")
    try:
        return isinstance(msgspec.json.decode(_without_nan(first)), dict) and file.lines > 1
    except (msgspec.DecodeError, RecursionError):
        return False


def _without_nan(text: str) -> str:
    """Quotes numbers that JSON does not have, but Python writes."""
    return _NOT_JSON.sub(r'\1"\2"', text)


def _objects(file: TextFile, label: str, *, lines: bool) -> Iterator[tuple[int, Flat | str | None]]:
    """Yields numbered objects, None for blank and texts for faulty ones."""
    if not lines:
        yield from enumerate(_whole(file, label), start=1)
        return
    decoder = msgspec.json.Decoder()
    for number, line in file.numbered_lines():
        text = line.strip().rstrip(",")
        if text in {"", "[", "]"}:
            yield number, None
            continue
        try:
            found = decoder.decode(text if "N" not in text and "I" not in text else _without_nan(text))
        except (msgspec.DecodeError, RecursionError):
            found = None
        yield number, found if isinstance(found, dict) else line


def _whole(file: TextFile, label: str) -> Iterator[Flat | str]:
    """Yields the objects of a list, which an object may wrap."""
    try:
        content = file.path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        if b"NaN" in content or b"Infinity" in content:
            content = _without_nan(content.decode(errors="replace")).encode()
        for entry in _entries(content):
            found = msgspec.json.decode(entry)
            yield found if isinstance(found, dict) else bytes(entry).decode(errors="replace")
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedFile(f"{label} is damaged JSON: {error}") from error


def _entries(content: bytes) -> list[msgspec.Raw]:
    if content.lstrip()[:1] == b"[":
        # Raw entries are not decoded before they are used, which would take many times the file's size.
        return msgspec.json.decode(content, type=list[msgspec.Raw])
    found = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    lists = [value for value in found.values() if bytes(value).lstrip()[:1] == b"["]
    if not lists or known_names(list(found)) > 1:
        return [msgspec.Raw(content)]
    return msgspec.json.decode(max(lists, key=lambda value: len(bytes(value))), type=list[msgspec.Raw])


def _items_field(objects: Sequence[Flat]) -> str | None:
    """Returns the field that lists the products of an order, if any."""
    counts = Counter[str]()
    for found in objects:
        for key, value in found.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                counts[key] += is_list_of_products(value[0])
            elif isinstance(value, list) and value and isinstance(value[0], str):
                counts[key] += is_list_of_products({key, key.removesuffix("s")})
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] else None


def is_list_of_products(names: Iterable[str]) -> bool:
    """True if fields of these names describe a product in an order."""
    return any({"product_id", "title"} & ranks_of_name(plain(name)).keys() for name in names)


def _flatten(found: Flat, items: str | None) -> list[Flat]:
    """Returns a row per product, with names of nested fields joined by dots."""
    if items is None:
        return [dict(_fields(found, ""))]
    whole = dict(_fields({key: value for key, value in found.items() if key != items}, ""))
    if "id" in whole:
        whole["order id"] = whole.pop("id")
    entries = found.get(items) or [{}]
    fields = (entry if isinstance(entry, dict) else {"product_id": entry} for entry in entries)
    return [{**whole, **dict(_fields({items: entry}, ""))} for entry in fields]


def _fields(found: Flat, prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict) and key not in _DOCUMENTS:
            yield from _fields(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    # JSON can spell halves of characters, which no other text can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
