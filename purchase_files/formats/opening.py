"""Opening of files: each becomes the tables that it contains."""

import codecs
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.containers import Input, PlainFile, check_spreadsheet, is_spreadsheet, plain_files
from purchase_files.formats.documents import DocumentFile
from purchase_files.formats.parquet_file import ParquetFile
from purchase_files.formats.reshaped.baskets import BasketFile
from purchase_files.formats.reshaped.grouped import GroupedFile
from purchase_files.formats.reshaped.item_lists import ItemListFile
from purchase_files.formats.reshaped.numbered_columns import NumberedColumnsFile
from purchase_files.formats.reshaped.wide_tables import WideFile
from purchase_files.formats.source import Source
from purchase_files.formats.spreadsheets import open_sheets
from purchase_files.formats.text.layout import find_layout, known_names
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.formats.text.stacked import tables_of
from purchase_files.formats.web_pages import is_page, open_tables
from purchase_files.formats.xml_records import write_records

_DETECTION_BYTES = 4_096
_MIN_NAMES = 2
_OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_DUMP = re.compile(
    rb"(?i)(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/;?)*+(?:(?:insert|replace)\s+into|create\s+(?:table|database|schema)|drop\s+table"
    rb"|set\s+[\w.@]+\s*(?:=|to\s|utf8)|copy\s+[\w.\"]+\s*\(.*\)\s+from\s+stdin|begin(?:\s+transaction)?;|pragma\s"
    rb"|lock\s+tables|use\s+[`\w]+;)",
    re.DOTALL,
)
"""Statements at the start of a dump of a database, after comments, to which the search never returns."""
_JSON_TWICE = re.compile(rb'"\s*[\[{][\s\[{]*(?:\\"|\\n)')
"""JSON in a text of JSON."""
_REFUSED = {
    b"%PDF": "a PDF. Export the purchases as CSV",
    b"SQLite format 3": "a database. Export its table of purchases as CSV",
    b"<stata": "a file of Stata. Export it as CSV",
    b"<?xml": "XML. Export it as CSV or JSON. A spreadsheet program can save one of Excel 2003 as xlsx",
    b"<": "XML or a part of a page of HTML. Export it as CSV or JSON",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"ORC": "ORC. Convert it to Parquet",
    b"ARROW1": "Feather. Convert it to Parquet",
    b"\x89HDF": "HDF5. Convert it to Parquet",
    b"\x93NUMPY": "an array of NumPy. Convert it to Parquet",
    b"$FL2": "a file of SPSS. Export it as CSV",
    b"\x00\x01\x00\x00Standard": "a database of Access. Export its table of purchases as CSV",
    b"{\\rtf": "a text document. Export the purchases as CSV",
    b"Rar!": "a RAR archive. Unpack it first",
    b"7z\xbc\xaf": "a 7z archive. Unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard. Unpack it first",
    b"\x00asm": "a program",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"Obj\x01": "Avro. Convert it to Parquet",
}


@dataclass(frozen=True)
class Opened:
    """A table in a file.

    Attributes:
        source: the table.
        alone: True if the caller named its file itself, and the file has no other table.
    """

    source: Source
    alone: bool


def open_sources(given: Input, folder: Path, stacked: Collection[str] = ()) -> Iterator[Opened | NoTable]:
    """Yields the tables in a file, an archive or a folder of files.

    Files in archives and folders that are no tables, such as pictures, are yielded as errors.

    Args:
        given: the file or folder.
        folder: folder for temporary copies.
        stacked: names of files that have several tables below one another.

    Raises:
        RefusedFile: missing, unreadable or empty file, or another format.
    """
    try:
        for file in plain_files(given, folder):
            try:
                sources = [part for source in _open(file, folder) for part in _parts(source, folder, stacked)]
            except NoTable as error:
                if file.alone:
                    raise
                yield error
                continue
            for source in sources:
                if isinstance(source, NoTable):
                    yield source
                else:
                    yield Opened(source, file.alone and len(sources) == 1)
    except FileNotFoundError as error:
        raise RefusedFile(f"{given.label} does not exist") from error
    except OSError as error:
        raise RefusedFile(f"{given.label} cannot be read: {error.strerror}") from error


def _has_header_below(start: bytes) -> bool:
    """True for names of columns below other lines, such as warnings of PHP."""
    layout = find_layout(start.decode(errors="replace").splitlines())
    return layout.named and known_names(layout.columns) >= _MIN_NAMES


def _parts(source: Source | NoTable, folder: Path, stacked: Collection[str]) -> Sequence[Source | NoTable]:
    if isinstance(source, SeparatedFile) and source.path in stacked:
        return tables_of(source, folder)
    return [source]


def _open(file: PlainFile, folder: Path) -> Iterator[Source | NoTable]:
    path, label = file.path, file.label
    with path.open("rb") as stream:
        start = stream.read(_DETECTION_BYTES)
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        plain = start.decode("utf-16", "replace").encode().lstrip()
    if is_page(plain):
        yield from _reshaped(open_tables(path, label, folder))
        return
    if plain[:1] == b"<" and (records := write_records(path, label, folder)) is not None:
        yield DocumentFile.open(records, label, folder, kind="XML")
        return
    for magic, kind in _REFUSED.items():
        if plain[:20].lower().startswith(magic.lower()) and not (magic == b"<" and _has_header_below(plain)):
            raise NoTable(f"{label} is {kind}")
    if _DUMP.match(plain):
        raise NoTable(
            f"{label} is a dump of SQL. Load it into a database, and export the table of purchases as CSV, as with "
            "\\copy in psql, .mode csv in sqlite3 or an export of phpMyAdmin"
        )
    if start.startswith(b"PAR1"):
        yield ParquetFile.open(path, label)
    elif start.startswith(_OLD_SPREADSHEET):
        yield from _reshaped(open_sheets(path, label, folder))
    elif start.startswith(_ZIP) and is_spreadsheet(path):
        check_spreadsheet(path, label)
        yield from _reshaped(open_sheets(path, label, folder))
    elif plain[:1] in {b"{", b"["} or _JSON_TWICE.match(plain):
        yield DocumentFile.open(path, label, folder)
    else:
        if label.lower().endswith((".parquet", ".pq")):
            raise RefusedFile(f"{label} is not a Parquet file despite its name")
        yield reshaped(SeparatedFile.open(path, label, folder))


def _reshaped(tables: Iterable[Source | NoTable]) -> Iterator[Source | NoTable]:
    return (reshaped(table) if isinstance(table, SeparatedFile) else table for table in tables)


def reshaped(file: SeparatedFile) -> Source:
    """Returns a table with a row per purchase, if its lines have others."""
    if file.layout.baskets:
        return BasketFile(file)
    return (
        GroupedFile.of(file)
        or ItemListFile.of(file)
        or NumberedColumnsFile.of(file)
        or WideFile.of(file)
        or file
    )
