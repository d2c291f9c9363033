"""Orders whose products are in numbered columns, such as `Item 1 Name`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from purchase_files.engine import Connection
from purchase_files.formats.nested_items import is_list_of_products
from purchase_files.formats.reshaped.amounts import are_mostly, is_amount
from purchase_files.formats.reshaped.baskets import DAY, MADE_UP
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.source import Counts
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.vocabulary.names import plain, ranks_of

_NUMBERED = re.compile(r"(?P<stem>.*?\D)?[\s_.#(\[-]*(?P<number>\d{1,3})[\s_.)\]-]*(?P<rest>\D.*)?")
_ITEMS = "item"
_MIN_NUMBERS, _MIN_AMOUNTS, _MAX_DIGITS = 2, 5, 3

Groups = dict[int, dict[str, int]]
"""Index of the column by its name without the number, by number."""


@dataclass(frozen=True)
class NumberedColumnsFile(ConvertedFile):
    """A file with a row per order, as a row per product. See `Source`.

    Without a column of orders, each line is an order. Without one of dates, all have the same made-up day.
    """

    groups: Groups
    fields: tuple[str, ...]
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    made_up: tuple[str, ...]
    blanks: frozenset[str]
    items: str = _ITEMS
    format: str = "CSV with numbered columns"

    @classmethod
    def of(cls, file: SeparatedFile) -> "NumberedColumnsFile | None":
        """Returns the file with a row per product, if its columns are numbered."""
        groups = find_groups(file.columns)
        if not groups or _are_amounts(file, groups):
            return None
        fields = tuple(dict.fromkeys(field for group in groups.values() for field in group))
        numbered = {index for group in groups.values() for index in group.values()}
        own = [name for index, name in enumerate(file.columns) if index not in numbered]
        held = {field for name in own for field in ranks_of(name)}
        made_up: tuple[str, ...] = ()
        if not held & {"user_id", "order_id"}:
            made_up = ("order_id",) if "purchased_at" in held else ("order_id", "purchased_at")
        columns = (*file.columns, *(f"{_ITEMS}.{field}" for field in fields), *made_up)
        cells = (
            [row[index] or "" for group in groups.values() for index in group.values()] for row in file.sample
        )
        blanks = frozenset({"", "0"} if len(fields) == 1 and all(map(_is_padded, cells)) else {""})
        found = cls(file, groups, fields, columns, (), made_up, blanks)
        sample = [row for line, values in enumerate(file.sample) for row in found.rows(line, values)]
        return replace(found, sample=sample)

    def label(self, index: int) -> str:
        """Returns the name of a column.

        That of numbered ones is the first.
        """
        name, field = self.columns[index], index - len(self.file.columns)
        if not 0 <= field < len(self.fields):
            return MADE_UP[name] if field > 0 else name
        first = next(iter(self.groups.values()))[self.fields[field]]
        return f"{self.file.columns[first]} …"

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        return self.load_rows(connection, table, wanted, range(len(self.file.columns)), self.rows)

    def rows(self, line: int, values: Sequence[str | None]) -> list[list[str | None]]:
        """Returns a row per product of a line, at least one."""
        made_up = [str(line), DAY][: len(self.made_up)]
        items = [
            [values[group[field]] if field in group else None for field in self.fields]
            for group in self.groups.values()
            if any((values[index] or "").strip() not in self.blanks for index in group.values())
        ]
        named = [item for item in items if self._has_product(item)]
        return [[*values, *item, *made_up] for item in named or items[:1] or [[None] * len(self.fields)]]

    def _has_product(self, item: Sequence[str | None]) -> bool:
        return any(
            (value or "").strip() not in self.blanks and is_list_of_products([field])
            for field, value in zip(self.fields, item, strict=True)
        )


def _without_bare(columns: Sequence[str], group: Mapping[str, int]) -> dict[str, int]:
    """Returns a group without names that end with their number.

    All of them, if no other names its product.
    """
    rest = {field: index for field, index in group.items() if not columns[index].rstrip(" )]")[-1:].isdigit()}
    return rest if is_list_of_products(rest) else dict(group)


def _are_amounts(file: SeparatedFile, groups: Groups) -> bool:
    """True if `SKU001`, `SKU002` … are products themselves, above numbers of pieces or sums."""
    columns = [index for group in groups.values() for index in group.values()]
    values = [(row[index] or "").strip() for row in file.sample for index in columns]
    if not _MIN_AMOUNTS <= len(columns) <= len(groups) or not are_mostly(values, is_amount):
        return False
    values = [value for value in values if is_amount(value)]
    counted = all(len(value) <= _MAX_DIGITS for value in values) and "0" in values
    if counted and all(_is_padded([row[index] or "" for index in columns]) for row in file.sample):
        return False
    return counted or any("." in value or "," in value for value in values)


def _is_padded(cells: Sequence[str]) -> bool:
    """True for different ids with zeros after the last one."""
    ids = [value for cell in cells if (value := cell.strip()) not in {"", "0"}]
    return len(set(ids)) == len(ids) and [cell.strip() for cell in cells[: len(ids)]] == ids


def find_groups(columns: Sequence[str]) -> Groups:
    """Returns the numbered columns of products, if there are several."""
    groups: Groups = {}
    for index, column in enumerate(columns):
        found = _NUMBERED.fullmatch(column.strip())
        if not found:
            continue
        stem, rest = plain(found["stem"] or ""), (found["rest"] or "").strip()
        if stem and is_list_of_products([stem]):
            groups.setdefault(int(found["number"]), {}).setdefault(rest or found["stem"] or "", index)
    if any(len(group) > 1 for group in groups.values()):
        # WooCommerce's `line_item_1` repeats what `Product Item 1 Name` and others say.
        groups = {number: _without_bare(columns, group) for number, group in groups.items()}
    named = {number: group for number, group in groups.items() if is_list_of_products(group)}
    numbers = sorted(named)
    is_counted = len(numbers) >= _MIN_NUMBERS and numbers == list(
        range(numbers[0], numbers[0] + len(numbers))
    )
    return named if is_counted and len({frozenset(group) for group in named.values()}) == 1 else {}
