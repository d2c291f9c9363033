"""Tables with a column per month, product, shopper or day."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from command_line.plurals import counted
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.amounts import (
    are_mostly,
    are_sums,
    is_amount,
    is_money,
    is_none,
    is_nothing,
)
from purchase_files.formats.reshaped.baskets import DAY, MADE_UP
from purchase_files.formats.reshaped.converted import LOADED_LINES, ConvertedFile, Row
from purchase_files.formats.reshaped.periods import are_periods, counted_day, first_day
from purchase_files.formats.reshaped.totals import is_total, line_of_sums, without_totals
from purchase_files.formats.source import Counts, Source
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.vocabulary.names import ranks_of

_OWN_STAR = "∗"
"""Name of a table's own column that has the next name."""

COLUMN_NAMES = "*"
"""Name of the column of a turned table that holds the names of its columns of numbers."""

_MIN_MONTHS, _MIN_PRODUCTS = 2, 4
_MAX_DIFFERENT = 0.5
_FLAGS = {"true", "t", "yes", "y", "x", "✓"}
_COUNT = re.compile(r"\d{1,3}(?:\.0+)?")
_SHOPPER = re.compile(
    r"(?i)(cust|client|cliente|kunde|klant|kund|user|member|buyer|shopper|household)\D{0,8}\d"
)
_MOST = 0.6
_OWNERS = {"user_id", "order_id"}
_KEYS = {*_OWNERS, "product_id", "title", "purchased_at"}
_KINDS = {"product_id": "product", "user_id": "shopper", "purchased_at": "day"}


@dataclass(frozen=True)
class WideFile(ConvertedFile):
    """A table with a column per month, product, shopper or day. See `Source`.

    Each number other than zero becomes a row. A line without any becomes one row of quantity 0. Without a column of
    shoppers or orders, each line is an order, and without dates, all have the same made-up day.

    Attributes:
        named: what the names of the columns of numbers stand for, by their indexes.
        own: indexes of the columns that each row of a line repeats.
        has_sums: True if the numbers are sums of money, each of one piece.
        made_up: names of the made-up columns.
        kind: what each of the columns of numbers is for.
    """

    named: Mapping[int, str]
    own: tuple[int, ...]
    columns: tuple[str, ...]
    has_sums: bool
    made_up: tuple[str, ...]
    kind: str
    sample: Sequence[Sequence[str | None]] = ()
    items: str | None = None

    @property
    def format(self) -> str:
        """Name of the format."""
        return f"{self.file.format} with a column per {self.kind}"

    @classmethod
    def of(cls, file: SeparatedFile) -> "WideFile | None":
        """Returns the file if its columns are months or products."""
        fields = [set(ranks_of(name)) for name in file.columns]
        months, products = _months_of(file, fields), dict[int, str]()
        if months:
            sums = {index for index, held in enumerate(fields) if held and held <= {"quantity", "line_total"}}
            cells = ((row[index] or "").strip() for row in file.sample for index in months)
            decimal = any(is_amount(cell) and ("." in cell or "," in cell) for cell in cells)
            own = tuple(index for index in range(len(fields)) if index not in months.keys() | sums)
            return cls._with(file, months, own, "purchased_at", has_sums=decimal, kind="month")
        products = _products_of(file, fields)
        if not products:
            return None
        own = tuple(
            index
            for index, held in enumerate(fields)
            if index not in products and not (held and held <= {"price", "line_total"})  # of the whole order
        )
        return cls._with(file, products, own, "title", has_sums=False, kind="product")

    @classmethod
    def turned(cls, file: Source, numbers: Sequence[int], field: str) -> "WideFile":
        """Returns a table whose columns of numbers are named after a field.

        Args:
            file: the table.
            numbers: indexes of the columns.
            field: what their names are: products, shoppers or days.
        """
        named = {index: file.columns[index] for index in without_totals(file.columns, file.sample, numbers)}
        if field == "purchased_at":
            named = {index: first_day(name) or counted_day(name) or name for index, name in named.items()}
        cells = ((row[index] or "").strip() for row in file.sample for index in named)
        has_sums = are_sums(cells)
        # Sums of a whole row. Beside shoppers and days, the price is that of the product.
        sums = {"quantity", "line_total", *(["price"] if field == "product_id" else [])}
        own = tuple(
            index
            for index, name in enumerate(file.columns)
            if index not in numbers and not ((held := ranks_of(name).keys()) and held <= sums)
        )
        return cls._with(file, named, own, COLUMN_NAMES, has_sums=has_sums, kind=_KINDS.get(field, field))

    @classmethod
    def _with(
        cls,
        file: Source,
        named: Mapping[int, str],
        own: tuple[int, ...],
        name: str,
        *,
        has_sums: bool,
        kind: str,
    ) -> "WideFile":
        names = [_OWN_STAR if file.columns[index] == COLUMN_NAMES else file.columns[index] for index in own]
        held = {field for own_name in names for field in ranks_of(own_name)}
        made_up: tuple[str, ...] = ()
        if not held & _OWNERS and kind == "product":
            made_up += ("order_id",)
        if "purchased_at" not in held and kind in {"product", "shopper"}:
            made_up += ("purchased_at",)
        columns = (*names, name, "quantity", *(["line_total"] if has_sums else []), *made_up)
        found = cls(file, named, own, columns, has_sums, made_up, kind)
        sample = [row for line, values in enumerate(file.sample) for row in found.rows(line, values)]
        return replace(found, sample=sample)

    def label(self, index: int) -> str:
        """Returns the name of a column, or its content in words.

        Made-up columns and those of numbers have no name in the file.
        """
        name, place = self.columns[index], index - len(self.own)
        if place < 0 or name in self.made_up:
            return name if place < 0 else MADE_UP[name]
        if self.has_sums and name == "quantity":
            return "1 for each"
        return f"{'numbers' if place else 'names'} of {counted(len(self.named), 'column')}"

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        own, keys = range(len(self.file.columns)), [self.own[place] for place in self._keys]
        sums = cache(lambda: line_of_sums(connection, LOADED_LINES, tuple(self.named), keys))
        return self.load_rows(
            connection,
            table,
            wanted,
            own,
            lambda line, values: self.rows(line, values, is_sum=line == sums()),
        )

    def rows(self, line: int, values: Row, *, is_sum: bool = False) -> Sequence[Row]:
        """Returns a row per purchase of a line, at least one.

        A line of sums has none.
        """
        own = [values[index] for index in self.own]
        made_up = [str(line) if name == "order_id" else DAY for name in self.made_up]
        bought = [
            [*own, name, *self._amounts(name, text), *made_up]
            for index, name in self.named.items()
            if not is_nothing(text := (values[index] or "").strip())
        ]
        is_total = self._is_total(own)
        if bought and not is_total and not is_sum:
            return bought
        name = (
            None if (is_total or is_sum) and self.kind == "product" else next(iter(self.named.values()), None)
        )
        return [[*own, name, "0", *([None] if self.has_sums else []), *made_up]]

    def _is_total(self, own: Row) -> bool:
        """True if a key is the name of a total.

        A brand or a category may have such a name.
        """
        return any(is_total(own[place] or "") for place in self._keys)

    @cached_property
    def _keys(self) -> tuple[int, ...]:
        """Places of the keys among the own columns.

        The first one is a key if its name is unknown.
        """
        held = [ranks_of(name).keys() for name in self.columns[: len(self.own)]]
        return tuple(
            place for place, fields in enumerate(held) if fields & _KEYS or (place == 0 and not fields)
        )

    def _amounts(self, name: str, text: str) -> list[str | None]:
        if self.has_sums:
            # A text that is no sum is quoted, so that no part of it is read as a quantity.
            return ["1", text] if is_money(text) else [f"“{text}”", None]
        is_flag = text.lower() in {*_FLAGS, name.lower()} and not text.isdecimal()
        return ["1" if is_flag else text]


def _months_of(file: SeparatedFile, fields: Sequence[set[str]]) -> dict[int, str]:
    """Returns the first day by index of the columns that are months of numbers."""
    found = {
        index: day
        for index, name in enumerate(file.columns)
        if (day := first_day(name))
        and are_mostly(((row[index] or "").strip() for row in file.sample), is_amount)
    }
    held = set().union(*(fields[index] for index in range(len(fields)) if index not in found), set())
    is_wide = len(found) >= _MIN_MONTHS and len(set(found.values())) == len(found)
    return found if is_wide and held & {"product_id", "title"} and "purchased_at" not in held else {}


def are_shoppers(names: Collection[str]) -> bool:
    """True if most names are such as `Customer 1`."""
    return sum(bool(_SHOPPER.match(name)) for name in names) > _MOST * len(names)


def _products_of(file: SeparatedFile, fields: Sequence[set[str]]) -> dict[int, str]:
    """Returns the names of the columns that are products, by index.

    Their values are flags, small numbers or their own name. Some are none, and no other column holds products.
    """
    counted = [
        index
        for index, name in enumerate(file.columns)
        if not fields[index] & {*_OWNERS, "product_id", "quantity", "line_total", "price", "status", "event"}
        and _tells_bought(name.lower(), [(row[index] or "").strip().lower() for row in file.sample])
    ]
    found = {index: file.columns[index] for index in without_totals(file.columns, file.sample, counted)}
    others = [index for index in range(len(fields)) if index not in found]
    if any(fields[index] & {"product_id", "title"} for index in others):
        return {}
    if are_periods(found.values()) or are_shoppers(found.values()):
        return {}
    some_not = any(is_none((row[index] or "").strip()) for row in file.sample for index in found)
    is_wide = len(found) >= max(_MIN_PRODUCTS, 2 * len(others))
    return found if is_wide and some_not and file.layout.named else {}


def _tells_bought(name: str, values: Sequence[str]) -> bool:
    known = are_mostly(
        values,
        lambda value: is_none(value) or value in {*_FLAGS, name} or _COUNT.fullmatch(value) is not None,
    )
    # Numbers of lines or of shoppers differ nearly everywhere.
    return known and len(set(values)) <= max(2, _MAX_DIFFERENT * len(values))
