"""Market baskets: each line lists the products of one basket, without shopper or date."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.lines import splitter
from purchase_files.formats.separated import SeparatedFile, read_csv
from purchase_files.formats.source import LINE, Counts, selected

_DAY = "2000-01-01"


@dataclass(frozen=True)
class BasketFile:
    """A file of baskets. See `Source`.

    The number of a line is the order, and all have the same made-up day.
    """

    file: SeparatedFile
    format: str = "market baskets"
    items: str | None = None
    columns: tuple[str, ...] = ("order_id", "item", "purchased_at")
    sample: Sequence[Sequence[str | None]] = (("1", "item", _DAY),)

    @property
    def path(self) -> str:
        """Path of the file."""
        return self.file.path

    @property
    def encoding(self) -> str | None:
        """Encoding of the original."""
        return self.file.encoding

    @property
    def separator(self) -> str | None:
        """Character between products."""
        return self.file.separator

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        copy = self.file.folder / f"{table}.baskets.csv"
        filled = 0
        with copy.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            for number, items in self._baskets():
                filled += 1
                writer.writerows((number, number, item, _DAY) for item in items)
        connection.execute(
            f"CREATE OR REPLACE TABLE {engine.name(table)} AS "
            f"SELECT CAST({LINE} AS BIGINT) AS {LINE}, {selected(wanted)} "
            f"FROM {read_csv(copy, ',', (LINE, 'c0', 'c1', 'c2'), 0)}"
        )
        copy.unlink()
        rows = engine.row(connection, f"SELECT count(*) FROM {engine.name(table)}")[0]
        header, lines = self.file.layout.header_lines, self.file.file.lines
        return Counts(lines, header, lines - header - filled, 0, rows, rows - filled).check(self.path)

    def _baskets(self) -> Iterator[tuple[int, list[str]]]:
        split = splitter(self.file.layout.separator)
        for number, line in self.file.file.numbered_lines(self.file.layout.header_lines):
            items = list(dict.fromkeys(item.strip() for item in split(line) if item.strip()))
            if items:
                yield number, items
