"""Tables with a column per product, shopper or day."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from purchase_files.columns.guesses import guess, is_unnamed
from purchase_files.columns.recognition import Recognized, recognize
from purchase_files.columns.summaries import facts_of_keys
from purchase_files.errors import RefusedFile
from purchase_files.formats.reshaped.amounts import are_mostly, is_money, is_nothing
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.reshaped.periods import are_periods, is_date
from purchase_files.formats.reshaped.totals import is_total
from purchase_files.formats.reshaped.wide_tables import COLUMN_NAMES, WideFile, are_shoppers
from purchase_files.formats.text.layout import count_rows
from purchase_files.options import Role
from purchase_files.vocabulary.facts import FACTS, is_fact
from purchase_files.vocabulary.names import plain, ranks_of

_MIN_COLUMNS, _MIN_SHARE = 5, 0.6
_MIN_TURNED = 2
_MANY_FACTS, _MOST, _SPARSE = 0.5, 0.6, 0.3
_GIVE_PURCHASES = "Give the purchases themselves, with a shopper, a product and a date in each row"
_MADE_UP = re.compile(r"(?i)row$|column \d+$|unnamed|index$|__index")
"""Names that programs give to the numbers of rows."""

Kind = Literal["product", "shopper", "day or month"]

_FIELDS: dict[Kind, tuple[str, str]] = {
    "product": ("product_id", "products"),
    "shopper": ("user_id", "shoppers"),
    "day or month": ("purchased_at", "days"),
}
"""The field that the names of the columns are, and its values in words."""


def turned(table: Recognized, mapping: Mapping[str, str], role: Role | None) -> Recognized:
    """Returns a table with a row per number, if a mapping asks for it.

    Args:
        table: the table.
        mapping: column by field, where `*` stands for the names of the columns of numbers, or for a column of this
            name in a table without such columns.
        role: what the table lists, if it is known.
    """
    field = next((field for field, column in mapping.items() if column == COLUMN_NAMES), None)
    if field is None:
        return table
    source = table.source
    if isinstance(source, ConvertedFile):
        source = source.file
        table = recognize(source, mapping, role)
    if COLUMN_NAMES in source.columns:
        others = {each: column for each, column in mapping.items() if each != field}
        unmapped = recognize(source, others, role)
        table = unmapped if matrix_of(unmapped) else table
    numbers = _numbers(table)
    if field in table.fields or source.items is not None or len(numbers) < _MIN_TURNED or is_unnamed(table):
        return table
    return recognize(WideFile.turned(source, _without_facts(table, numbers), field), mapping, role)


def check_matrices(recognized: Sequence[Recognized], missing: Sequence[str]) -> None:
    """Checks that no table has a column of numbers per product, shopper or day.

    Args:
        recognized: the tables.
        missing: required fields that no column holds.

    Raises:
        RefusedFile: the message has the option that turns the table.
    """
    for table in recognized:
        if kind := matrix_of(table):
            raise _refusal(table, kind, missing)
        if facts := facts_of_keys(table, _numbers(table)):
            raise RefusedFile(
                f"{table.source.path}: it has one row per {facts[0]} with {', '.join(facts[1:])} …, and not what was "
                f"bought. {_GIVE_PURCHASES}"
            )


def matrix_of(table: Recognized) -> Kind | None:
    """Returns what a table has a column of numbers for, or None."""
    numbers = _numbers(table)
    names = [table.source.columns[index] for index in numbers]
    lacks_days = _has_owner(table) and _has_products(table) and "purchased_at" not in table.fields
    if lacks_days and len(names) >= _MIN_TURNED and all(map(is_date, names)):
        return "day or month"
    if len(numbers) < max(_MIN_COLUMNS, _MIN_SHARE * len(table.source.columns)) or is_unnamed(table):
        return None
    if are_periods(names):
        return "day or month"
    if sum(map(is_fact, names)) >= _MANY_FACTS * len(names):
        return None
    if not _has_products(table):
        return "shopper" if are_shoppers(names) and not _has_owner(table) else "product"
    return "shopper" if not _has_owner(table) and _are_shoppers(table, numbers) else None


def _are_shoppers(table: Recognized, numbers: Sequence[int]) -> bool:
    """True if columns beside products look like shoppers.

    Their names then differ in a number, or most products have none of many of them. Other numbers describe products.
    """
    names = [table.source.columns[index] for index in numbers]
    stems = [re.sub(r"\d+", "0", name) for name in names]
    if max(map(stems.count, set(stems))) >= _MOST * len(names):
        return True
    cells = [(row[index] or "").strip() for row in table.source.sample for index in numbers]
    return sum(map(is_nothing, cells)) >= _SPARSE * len(cells)


def _has_owner(table: Recognized) -> bool:
    return bool({"user_id", "order_id"} & table.fields.keys())


def _has_products(table: Recognized) -> bool:
    return bool({"product_id", "title"} & table.fields.keys())


def _numbers(table: Recognized) -> list[int]:
    """Returns the columns of numbers whose names are unknown."""
    return [
        index
        for index in table.unused
        if not ranks_of(table.source.columns[index])
        and are_mostly(((row[index] or "").strip() for row in table.source.sample), is_money)
        and not _counts_rows(table, index)
    ]


def _counts_rows(table: Recognized, index: int) -> bool:
    return count_rows(row[index] or "" for row in table.source.sample)


def _without_facts(table: Recognized, numbers: Sequence[int]) -> list[int]:
    """Returns columns without those named by a fact alone, such as `Region`."""
    return [index for index in numbers if plain(table.source.columns[index]) not in FACTS]


def _refusal(table: Recognized, kind: Kind, missing: Sequence[str]) -> RefusedFile:
    """Returns the refusal of a table that can be turned."""
    columns, numbers = table.source.columns, _without_facts(table, _numbers(table))
    shown = ", ".join([columns[index] for index in numbers if not is_total(columns[index])][:2])
    said = f"{table.source.path}: it looks like a table with a column per {kind} ({shown} …)"
    if kind == "day or month":
        lacking = [
            what
            for what, fields in (
                ("shoppers or orders", {"user_id", "order_id"}),
                ("products", {"product_id", "title"}),
            )
            if not fields & table.fields.keys()
        ]
        if lacking:
            return RefusedFile(f"{said}, and without {' and '.join(lacking)}. {_GIVE_PURCHASES}")
    field, meant = _FIELDS[kind]
    return RefusedFile(
        f"{said}. {field}={COLUMN_NAMES} takes their names for {meant}, and each number for a purchase. "
        "If a column is something else, name it: --map FIELD=COLUMN",
        tuple(
            ("--map", f"{each}={column}") for each, column in _mapping(table, numbers, field, missing).items()
        ),
    )


def _mapping(table: Recognized, numbers: Sequence[int], field: str, missing: Sequence[str]) -> dict[str, str]:
    """Returns the columns of a table to be turned.

    A table without shoppers or days needs none.
    """
    columns = table.source.columns
    found = {field: COLUMN_NAMES}
    for other in missing:
        taken = [*found.values(), *(columns[index] for index in numbers)]
        if other != field and (column := guess([table], other, taken)):
            found[other] = column
    other = "user_id" if field == "product_id" else "product_id"
    has_other = _has_owner(table) if field == "product_id" else _has_products(table)
    if field != "purchased_at" and not has_other and other not in found:
        key = _key(
            table, [*numbers, *(columns.index(column) for column in found.values() if column in columns)]
        )
        if key is not None and all(is_date(row[key] or "") for row in table.source.sample):
            found["purchased_at"] = columns[key]
        elif key is not None:
            found[other] = columns[key]
    return found


def _key(table: Recognized, others: Sequence[int]) -> int | None:
    """Returns the first column if each of its values names one row.

    A column that counts the rows does not.
    """
    columns = table.source.columns
    first = int(_MADE_UP.match(columns[0]) is not None and _counts_rows(table, 0))
    is_free = (first in table.unused or table.fields.get("purchase_id") == first) and first not in others
    if not is_free:
        return None
    values = [row[first] for row in table.source.sample if not is_total(row[first] or "")]
    return first if all(values) and len(set(values)) == len(values) else None
