"""Reports with a heading, such as a customer's name, above each group of rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.converted import ConvertedFile, Row
from purchase_files.formats.source import LINE, Counts, note_faulty
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.vocabulary.names import ranks_of
from purchase_files.vocabulary.totals import TOTAL_NAME

HEADING, SUM = "heading of a group", "line of totals of a group"
"""Problems of lines that are no rows."""

_TOTAL = re.compile(rf"(?i){TOTAL_NAME}(?:$|[ :])")
_REMARKS = re.compile(r"(?i)memo|descr")
_PRODUCTS = re.compile(r"(?i)(?:product|item)\b")
_MIN_VALUES = 3


@dataclass(frozen=True)
class GroupedFile(ConvertedFile):
    """A report whose headings become the values of the first column. See `Source`.

    QuickBooks writes such reports. Groups in groups are joined by colons, as there.
    """

    file: SeparatedFile
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    nested: bool
    format: str = "report of groups"
    items: str | None = None

    @classmethod
    def of(cls, file: SeparatedFile) -> "GroupedFile | None":
        """Returns the file with the headings in each row, if it has any."""
        name, rows = _name_of_groups(file.columns), file.sample
        if name is None or not rows or not _is_heading(rows[0]):
            return None
        inner = [row for row in rows if not _is_heading(row) and not _TOTAL.match(row[0] or "")]
        groups = _Groups(nested=any(_TOTAL.match(row[0] or "") and not _is_heading(row) for row in rows))
        if not inner or any((row[0] or "").strip() or _filled(row) < _MIN_VALUES for row in inner):
            return None
        sample = [values for row in rows if (values := groups.row(row)) is not None]
        return cls(file, (name, *file.columns[1:]), sample, groups.nested)

    def label(self, index: int) -> str:
        """Returns the name of a column, in words for the headings."""
        return self.columns[index] if index else f"heading of each group ({self.columns[0]})"

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        groups, found = _Groups(self.nested), list[tuple[int, str, str]]()

        def rows_of(line: int, values: Row) -> list[Row]:
            row = groups.row(values)
            if row is None:
                text = ",".join(value or "" for value in values)
                found.append((line, text, HEADING if _is_heading(values) else SUM))
            return [row or values]

        counts = self.load_rows(connection, table, wanted, range(len(self.columns)), rows_of)
        lines = [line for line, _, _ in found]
        connection.execute(f"DELETE FROM {engine.name(table)} WHERE {LINE} IN (SELECT unnest(?))", [lines])
        note_faulty(connection, self.path, found)
        return counts


@dataclass
class _Groups:
    """The groups around a row.

    They are nested if lines of totals end them. Otherwise, a heading ends the group before.
    """

    nested: bool

    def __post_init__(self) -> None:
        self._names: list[str] = []

    def row(self, values: Row) -> Row | None:
        """Returns a row with its groups, None for a heading or a total."""
        name = (values[0] or "").strip()
        found = _TOTAL.match(name)
        ended = [place for place, group in enumerate(self._names) if group in name]
        # A heading may begin like a total: `Total Wine`.
        if found and (ended or not _is_heading(values) or found.end() == len(name)):
            del self._names[max(ended, default=len(self._names)) :]
            return None
        if _is_heading(values):
            self._names = [*self._names, name] if self.nested else [name]
            return None
        return values if name else [":".join(self._names), *values[1:]]


def _name_of_groups(columns: Sequence[str]) -> str | None:
    """Returns what the headings are, by what the other columns lack."""
    if not re.fullmatch(r"column 1|", columns[0]):
        return columns[0] if ranks_of(columns[0]).keys() & {"user_id", "product_id", "title"} else None
    others = [column for column in columns[1:] if not _REMARKS.search(column)]
    fields = set[str]().union(*map(ranks_of, others))
    has_product = bool(fields & {"product_id", "title"}) or any(map(_PRODUCTS.match, others))
    if has_product == ("user_id" in fields):
        return None
    return "Customer" if has_product else "Product"


def _filled(row: Row) -> int:
    return sum(bool((value or "").strip()) for value in row)


def _is_heading(row: Row) -> bool:
    return bool((row[0] or "").strip()) and _filled(row) == 1
