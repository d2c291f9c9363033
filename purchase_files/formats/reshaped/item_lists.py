"""Lists of an order's products in one column of a text file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files.engine import Connection
from purchase_files.formats.nested_items import NO_PRODUCTS
from purchase_files.formats.reshaped.converted import ConvertedFile, Row
from purchase_files.formats.reshaped.item_texts import Parse, parse_items, plain_list_parser
from purchase_files.formats.reshaped.numbered_columns import find_groups
from purchase_files.formats.source import Counts
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.vocabulary.names import plain, ranks_of

_MOST = 0.8
_NUMBERED = re.compile(r"(?P<stem>.*\D)\d{1,3}")
_PRODUCTS = {"product_id", "title"}
_JUDGED = 100
"""Texts of a column by which it is told whether they are lists."""


@dataclass(frozen=True)
class ItemListFile(ConvertedFile):
    """A file with a row per order, which becomes a row per product.

    See `Source`. WooCommerce exports such files.
    """

    indexes: tuple[int, ...]
    parse: Parse
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    items: str
    format: str = "CSV with lists of products"

    @classmethod
    def of(cls, file: SeparatedFile) -> "ItemListFile | None":
        """Returns the file with a row per product, if a column lists products."""
        if any(len(group) > 1 for group in find_groups(file.columns).values()):
            return None  # columns such as `Item 1 Name`, `Item 1 Quantity` tell the same
        for indexes in _numbered_alike(file.columns):
            column = file.columns[indexes[0]]
            if plain(column) in NO_PRODUCTS:
                continue
            texts = [value for row in file.sample for at in indexes if (value := (row[at] or "").strip())]
            parse = _parser_of(column, texts)
            if parse is None or _names_lines(file, parse, texts):
                continue
            keys = tuple(dict.fromkeys(key for text in texts for item in parse(text) for key in item))
            columns = (*file.columns, *(f"{column}.{key}" for key in keys))
            sample = [
                [*row, *values]
                for row in file.sample
                for values in _rows(parse, [row[at] for at in indexes], keys)
            ]
            return cls(file, indexes, parse, keys, columns, sample, column)
        return None

    def label(self, index: int) -> str:
        """Returns the name of a column.

        Fields of the list have none of their own in the file.
        """
        name, field = self.columns[index], index - len(self.file.columns)
        return name if field < 0 else f"{self.keys[field]} in {self.items}"

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        own = sorted({index for index in wanted if index < len(self.file.columns)} | {*self.indexes})

        def rows_of(_line: int, values: Row) -> list[Row]:
            row: list[str | None] = [None] * len(self.file.columns)
            for index, value in zip(own, values, strict=True):
                row[index] = value
            texts = [row[index] for index in self.indexes]
            return [[*row, *item] for item in _rows(self.parse, texts, self.keys)]

        return self.load_rows(connection, table, wanted, own, rows_of)


def _parser_of(column: str, texts: Sequence[str]) -> Parse | None:
    """Returns the parser of a column, if enough of its values are lists."""
    missed, judged = 0, _spread(texts)
    for text in judged:
        missed += not parse_items(text)
        if len(judged) - missed < _MOST * len(judged):
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


def _numbered_alike(columns: Sequence[str]) -> list[tuple[int, ...]]:
    """Returns the columns together that differ in their number only, such as `line_item_1`."""
    groups: dict[str | int, list[int]] = {}
    for index, column in enumerate(columns):
        found = _NUMBERED.fullmatch(column)
        groups.setdefault(found["stem"] if found else index, []).append(index)
    return [tuple(group) for group in groups.values()]


def _rows(parse: Parse, texts: Sequence[str | None], keys: Sequence[str]) -> list[list[str | None]]:
    """Returns the values of each product.

    A text that is no list is the name of a product. A missing text becomes one row without values.
    """
    filled = [text for each in texts if (text := (each or "").strip())]
    items = [item for text in filled for item in parse(text) or [{"name": text}]]
    return [[item.get(key) for key in keys] for item in items or [{"name": None}]]
