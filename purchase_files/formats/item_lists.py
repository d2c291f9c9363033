"""Lists of an order's products in one column of a text file."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.converted import ConvertedFile
from purchase_files.formats.documents import is_list_of_products
from purchase_files.formats.separated import SeparatedFile
from purchase_files.formats.source import LINE, Counts, create_table

_MOST = 0.8
_ROWS_AT_ONCE = 10_000
_COUNTED = re.compile(r"\s*(\d+)\s*[×x]\s+(.+?)(?:,(?=\s*\d+\s*[×x]\s)|$)", re.DOTALL)
_NEXT = re.compile(r"[;\n](?=\s*(?:id|name|product_id|sku|quantity)\s*:)")

Item = Mapping[str, str | None]


@dataclass(frozen=True)
class ItemListFile(ConvertedFile):
    """A file with a row per order, which becomes a row per product.

    See `Source`. WooCommerce exports such files.
    """

    index: int
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
            found = _lists_in(texts)
            if not found:
                continue
            keys = tuple(dict.fromkeys(key for items in found for item in items for key in item))
            columns = (*file.columns, *(f"{column}.{key}" for key in keys))
            sample = [[*row, *values] for row in file.sample for values in _rows(row[index], keys)]
            return cls(file, index, keys, columns, sample, column)
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
                listed = _rows(row[self.index], self.keys)
                added.append(len(listed) - 1)
                yield from ((line, [*row, *item]) for item in listed)


def _lists_in(texts: Sequence[str]) -> list[list[Item]]:
    """Returns the lists of products in the texts.

    There are none if too few texts are lists.
    """
    found: list[list[Item]] = []
    for number, text in enumerate(texts, start=1):
        if items := parse_items(text):
            found.append(items)
        elif number - len(found) > (1 - _MOST) * len(texts):
            return []
    return found


def parse_items(text: str) -> list[Item]:
    """Returns the products in a text, empty if it is no list of products.

    Forms: `name:Mug|quantity:2;name:Cup|quantity:1`, `2× Mug, 1× Cup`, and JSON.
    """
    text = text.strip()
    if text[:1] in {"[", "{"}:
        return _known(_from_json(text))
    counted = [(found[1], found[2].strip()) for found in _COUNTED.finditer(text)]
    if counted and _COUNTED.match(text):
        return [{"name": name, "quantity": count} for count, name in counted]
    if "|" not in text or ":" not in text:
        return []
    parts = [
        [field.partition(":") for field in part.split("|")] for part in _NEXT.split(text) if part.strip()
    ]
    return _known([{key.strip(): value.strip() for key, colon, value in part if colon} for part in parts])


def _from_json(text: str) -> list[Item]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return []
    entries = found if isinstance(found, list) else [found]
    return [
        {key: _text(value) for key, value in entry.items()} if isinstance(entry, dict) else {}
        for entry in entries
    ]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _known(items: Iterable[Item]) -> list[Item]:
    """Returns the items if each names its product."""
    listed = list(items)
    return listed if all(is_list_of_products(item) for item in listed) else []


def _rows(text: str | None, keys: Sequence[str]) -> list[list[str | None]]:
    """Returns the values of each product, with one row of nothing for none."""
    return [[item.get(key) for key in keys] for item in parse_items(text or "") or [{}]]
