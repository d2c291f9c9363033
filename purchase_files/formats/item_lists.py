"""Lists of an order's products in one column of a text file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.converted import ConvertedFile
from purchase_files.formats.item_texts import Parse, parse_items, plain_list_parser
from purchase_files.formats.separated import SeparatedFile
from purchase_files.formats.source import LINE, Counts, create_table

_MOST = 0.8
_ROWS_AT_ONCE = 10_000
_JUDGED = 100
"""Texts of a column by which it is told whether they are lists."""


@dataclass(frozen=True)
class ItemListFile(ConvertedFile):
    """A file with a row per order, which becomes a row per product.

    See `Source`. WooCommerce exports such files.
    """

    index: int
    parse: Parse
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    items: str
    format: str = "CSV with lists of products"

    @classmethod
    def of(cls, file: SeparatedFile) -> "ItemListFile | None":
        """Returns the file with a row per product, if a column lists products."""
        for index, column in enumerate(file.columns):
            texts = [value for row in file.sample if (value := (row[index] or "").strip())]
            parse = _parser_of(column, texts)
            if parse is None:
                continue
            keys = tuple(dict.fromkeys(key for text in texts for item in parse(text) for key in item))
            columns = (*file.columns, *(f"{column}.{key}" for key in keys))
            sample = [[*row, *values] for row in file.sample for values in _rows(parse, row[index], keys)]
            return cls(file, index, parse, keys, columns, sample, column)
        return None

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        own = sorted({index for index in wanted if index < len(self.file.columns)} | {self.index})
        counts = self.file.load(connection, "listed_items", own)
        added: list[int] = []
        create_table(connection, table, wanted, self._exploded(connection, own, added))
        connection.execute("DROP TABLE listed_items")
        rows = counts.rows + sum(added)
        return Counts(
            counts.lines, counts.header, counts.blank, counts.continued, rows, sum(added), counts.long_values
        ).check(self.path)

    def _exploded(
        self, connection: Connection, own: Sequence[int], added: list[int]
    ) -> Iterator[tuple[int, list[str | None]]]:
        chosen = ", ".join(f"c{index}" for index in own)
        cursor = engine.open_cursor(connection).execute(
            f"SELECT {LINE}, {chosen} FROM listed_items ORDER BY {LINE}"
        )
        while batch := cursor.fetchmany(_ROWS_AT_ONCE):
            for line, *values in batch:
                row: list[str | None] = [None] * len(self.file.columns)
                for index, value in zip(own, values, strict=True):
                    row[index] = value
                listed = _rows(self.parse, row[self.index], self.keys)
                added.append(len(listed) - 1)
                yield from ((line, [*row, *item]) for item in listed)


def _parser_of(column: str, texts: Sequence[str]) -> Parse | None:
    """Returns what reads the lists in a column, if there are enough."""
    missed, judged = 0, _spread(texts)
    for text in judged:
        missed += not parse_items(text)
        if missed > (1 - _MOST) * len(judged):
            return plain_list_parser(column, texts)
    return parse_items if texts else None


def _spread(texts: Sequence[str]) -> Sequence[str]:
    """Returns some texts, at even distances."""
    return texts[:: len(texts) // _JUDGED + 1]


def _rows(parse: Parse, text: str | None, keys: Sequence[str]) -> list[list[str | None]]:
    """Returns the values of each product.

    A text that is no list is the name of a product, and nothing is one row of nothing.
    """
    text = (text or "").strip()
    items = parse(text) if text else []
    return [[item.get(key) for key in keys] for item in items or [{"name": text or None}]]
