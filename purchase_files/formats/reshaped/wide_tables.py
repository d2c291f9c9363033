"""Tables with a column per month or per product."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from purchase_files.columns.names import ranks_of
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.baskets import DAY
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.source import Counts
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.values.local_dates import month_of

_MIN_MONTHS, _MIN_PRODUCTS = 2, 4
_MAX_DIFFERENT = 0.5
_NONE = {"", "0", "false", "f", "no", "n", "?", "-"}
_FLAGS = {"true", "t", "yes", "y", "x", "✓"}
_COUNT = re.compile(r"\d{1,3}(?:\.0+)?")
_ZERO = re.compile(r"[-+]?0+(?:[.,]0+)?")
_AMOUNT = re.compile(r"[-+]?\d[\d.,]*")
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_MONTHS = (
    re.compile(rf"{_YEAR}[-/._ ]?(?P<month>0[1-9]|1[0-2])(?:[-/._]01)?(?: 00:00:00)?"),
    re.compile(rf"(?P<month>0?[1-9]|1[0-2])[-/._]{_YEAR}"),
    re.compile(r"(?P<word>[^\W\d_]{3,})\.?[-/._' ]*(?P<year>(?:(?:19|20)\d\d|\d\d)?)"),
    re.compile(rf"{_YEAR}[-/._ ]*(?P<word>[^\W\d_]{{3,}})\.?"),
)
_MADE_UP_YEAR = DAY[:4]
_OWNERS = {"user_id", "order_id"}


@dataclass(frozen=True)
class WideFile(ConvertedFile):
    """A table with a column per month or product. See `Source`.

    Each number above zero becomes a row. A line without any becomes one row of quantity 0. Without a column of
    shoppers or orders, each line is an order, and without dates, all have the same made-up day.
    """

    named: Mapping[int, str]
    own: tuple[int, ...]
    columns: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    made_up: tuple[str, ...]
    format: str
    items: str | None = None

    @classmethod
    def of(cls, file: SeparatedFile) -> "WideFile | None":
        """Returns the file if its columns are months or products."""
        fields = [set(ranks_of(name)) for name in file.columns]
        months, products = _months_of(file, fields), dict[int, str]()
        if months:
            sums = {index for index, held in enumerate(fields) if held and held <= {"quantity", "line_total"}}
            decimal = any(
                "." in (row[i] or "") or "," in (row[i] or "") for row in file.sample for i in months
            )
            names = ("purchased_at", "line_total" if decimal else "quantity")
            own = tuple(index for index in range(len(fields)) if index not in months.keys() | sums)
            return cls._with(file, months, own, names, (), "CSV with a column per month")
        products = _products_of(file, fields)
        if not products:
            return None
        own = tuple(
            index
            for index, held in enumerate(fields)
            if index not in products and not (held and held <= {"price", "line_total"})  # of the whole order
        )
        held = set().union(*(fields[index] for index in own))
        made_up: tuple[str, ...] = ("order_id",) if not held & _OWNERS else ()
        made_up += ("purchased_at",) if "purchased_at" not in held else ()
        return cls._with(file, products, own, ("title", "quantity"), made_up, "CSV with a column per product")

    @classmethod
    def _with(
        cls,
        file: SeparatedFile,
        named: Mapping[int, str],
        own: tuple[int, ...],
        names: tuple[str, str],
        made_up: tuple[str, ...],
        format_: str,
    ) -> "WideFile":
        columns = (*(file.columns[index] for index in own), *names, *made_up)
        found = cls(file, named, own, columns, (), made_up, format_)
        sample = [row for line, values in enumerate(file.sample) for row in found.rows(line, values)]
        return cls(file, named, own, columns, sample, made_up, format_)

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        return self.load_rows(connection, table, wanted, range(len(self.file.columns)), self.rows)

    def rows(self, line: int, values: Sequence[str | None]) -> list[list[str | None]]:
        """Returns a row per purchase of a line, at least one."""
        own = [values[index] for index in self.own]
        made_up = [str(line) if name == "order_id" else DAY for name in self.made_up]
        bought = [
            [*own, name, "1" if text.lower() in {*_FLAGS, name.lower()} else text, *made_up]
            for index, name in self.named.items()
            if not _is_none(text := (values[index] or "").strip())
        ]
        return bought or [[*own, next(iter(self.named.values())), "0", *made_up]]


def _is_none(text: str) -> bool:
    return text.lower() in _NONE or _ZERO.fullmatch(text) is not None


def _months_of(file: SeparatedFile, fields: Sequence[set[str]]) -> dict[int, str]:
    """Returns the first day by index of the columns that are months of numbers."""
    found = {
        index: day
        for index, name in enumerate(file.columns)
        if (day := first_day(name)) and all(is_amount((row[index] or "").strip()) for row in file.sample)
    }
    held = set().union(*(fields[index] for index in range(len(fields)) if index not in found), set())
    is_wide = len(found) >= _MIN_MONTHS and len(set(found.values())) == len(found)
    return found if is_wide and held & {"product_id", "title"} and "purchased_at" not in held else {}


def first_day(name: str) -> str | None:
    """Returns the first day of the month in a name.

    Such names are `2024-01` and `Jan 24`.
    """
    for form in _MONTHS:
        if found := form.fullmatch(name.strip()):
            parts = found.groupdict()
            month = month_of(parts["word"]) if "word" in parts else int(parts["month"])
            year = parts["year"] or _MADE_UP_YEAR
            if month is not None:
                return f"{year if len(year) > 2 else f'20{year}'}-{month:02}-01"
    return None


def is_amount(text: str) -> bool:
    """True for a number, or nothing."""
    return _is_none(text) or _AMOUNT.fullmatch(text) is not None


def _products_of(file: SeparatedFile, fields: Sequence[set[str]]) -> dict[int, str]:
    """Returns the names of the columns that are products, by index.

    Their values are flags, small numbers or their own name. Some are none, and no other column holds products.
    """
    found = {
        index: name
        for index, name in enumerate(file.columns)
        if not fields[index] & {*_OWNERS, "product_id", "quantity", "line_total", "price", "status", "event"}
        and _tells_bought(name.lower(), [(row[index] or "").strip().lower() for row in file.sample])
    }
    others = [index for index in range(len(fields)) if index not in found]
    if any(fields[index] & {"product_id", "title"} for index in others):
        return {}
    some_not = any(_is_none((row[index] or "").strip()) for row in file.sample for index in found)
    is_wide = len(found) >= max(_MIN_PRODUCTS, 2 * len(others))
    return found if is_wide and some_not and file.layout.named else {}


def _tells_bought(name: str, values: Sequence[str]) -> bool:
    known = all(value in {*_NONE, *_FLAGS, name} or _COUNT.fullmatch(value) for value in values)
    # Numbers of lines or of shoppers differ nearly everywhere.
    return known and len(set(values)) <= max(2, _MAX_DIFFERENT * len(values))
