"""Market baskets: each line lists the products of one basket, without shopper or date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.source import Counts, create_table
from purchase_files.formats.text.lines import splitter
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.values.cleaning import is_missing

DAY = "2000-01-01"
"""Made-up day of purchases without a date."""

MADE_UP = {"order_id": "number of the line", "purchased_at": f"{DAY} for all"}
"""Values of made-up columns in words, by name."""


@dataclass(frozen=True)
class BasketFile(ConvertedFile):
    """A file of baskets. See `Source`.

    The number of a line is the order, and all have the same made-up day.
    """

    file: SeparatedFile
    format: str = "market baskets"
    items: str | None = None
    columns: tuple[str, ...] = ("order_id", "item", "purchased_at")
    sample: Sequence[Sequence[str | None]] = (("1", "item", DAY),)

    def label(self, index: int) -> str:
        """Returns a column in words."""
        return MADE_UP.get(self.columns[index], "each value")

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        filled: list[int] = []
        create_table(connection, table, wanted, self._rows(filled))
        rows = engine.row(connection, f"SELECT count(*) FROM {engine.name(table)}")[0]
        header, lines = self.file.layout.header_lines, self.file.file.lines
        return Counts(lines, header, lines - header - len(filled), 0, rows, rows - len(filled)).check(
            self.path
        )

    def _rows(self, filled: list[int]) -> Iterator[tuple[int, list[str]]]:
        """Yields a row per product, and appends the lines that list any."""
        split = splitter(self.file.layout.separator)
        for number, line in self.file.file.numbered_lines(self.file.layout.header_lines):
            items = list(dict.fromkeys(item.strip() for item in split(line) if not is_missing(item)))
            filled += [number] if items else []
            yield from ((number, [str(number), item, DAY]) for item in items)
