"""Lists of an order's products in one column of a text file."""

from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files.columns.names import ranks_of
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.converted import ConvertedFile, Row
from purchase_files.formats.reshaped.item_texts import Parse, parse_items, plain_list_parser
from purchase_files.formats.source import Counts
from purchase_files.formats.text.separated import SeparatedFile

_MOST = 0.8
_PRODUCTS = {"product_id", "title"}
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
            if parse is None or _names_lines(file, parse, texts):
                continue
            keys = tuple(dict.fromkeys(key for text in texts for item in parse(text) for key in item))
            columns = (*file.columns, *(f"{column}.{key}" for key in keys))
            sample = [[*row, *values] for row in file.sample for values in _rows(parse, row[index], keys)]
            return cls(file, index, parse, keys, columns, sample, column)
        return None

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        own = sorted({index for index in wanted if index < len(self.file.columns)} | {self.index})

        def rows_of(_line: int, values: Row) -> list[Row]:
            row: list[str | None] = [None] * len(self.file.columns)
            for index, value in zip(own, values, strict=True):
                row[index] = value
            return [[*row, *item] for item in _rows(self.parse, row[self.index], self.keys)]

        return self.load_rows(connection, table, wanted, own, rows_of)


def _parser_of(column: str, texts: Sequence[str]) -> Parse | None:
    """Returns the parser of a column, if enough of its values are lists."""
    missed, judged = 0, _spread(texts)
    for text in judged:
        missed += not parse_items(text)
        if missed > (1 - _MOST) * len(judged):
            return plain_list_parser(column, texts)
    return parse_items if texts else None


def _names_lines(file: SeparatedFile, parse: Parse, texts: Sequence[str]) -> bool:
    """True if rows are lines of an order already.

    A name such as `SHORT 3X4` only looks counted then.
    """
    fields = set[str]().union(*map(ranks_of, file.columns))
    has_lines = "quantity" in fields and bool(_PRODUCTS & fields)
    return has_lines and all(text[0] not in "[{" and len(parse(text)) < 2 for text in _spread(texts))


def _spread(texts: Sequence[str]) -> Sequence[str]:
    """Returns some texts, at even distances."""
    return texts[:: len(texts) // _JUDGED + 1]


def _rows(parse: Parse, text: str | None, keys: Sequence[str]) -> list[list[str | None]]:
    """Returns the values of each product.

    A text that is no list is the name of a product. A missing text becomes one row without values.
    """
    text = (text or "").strip()
    items = parse(text) if text else []
    return [[item.get(key) for key in keys] for item in items or [{"name": text or None}]]
