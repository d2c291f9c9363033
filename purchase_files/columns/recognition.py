"""Recognition of the fields that columns hold, and of what a table lists."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from purchase_files.columns.presets import preset_of
from purchase_files.columns.ranks import FIELDS_OF_ROLE, ORDER, lines_of_parents, rank_of
from purchase_files.columns.sampled import (
    are_clocks,
    are_order_numbers,
    are_products,
    empty_columns,
    may_be_title,
    placeholder_columns,
)
from purchase_files.formats.source import Source
from purchase_files.options import Role
from purchase_files.vocabulary.languages import BARE_NAMES, BIRTHS, FAMILY_NAMES, PRODUCT_WORDS
from purchase_files.vocabulary.names import EMPTY_RANK, plain, ranks_of, tier_of

_REQUIRED = ("user_id", "product_id", "purchased_at")
_BY_NUMBERS = 4_000
"""Rank of a name whose values tell that it is that of an order, after those of other names."""
_PRODUCTS = frozenset(map(plain, PRODUCT_WORDS))


@dataclass(frozen=True)
class Recognized:
    """A table whose columns are known.

    Attributes:
        source: the table.
        role: what it lists.
        fields: index of the column by field.
        why: reason for the choice, by field.
        rivals: other columns that fit a required field as well, by field.
    """

    source: Source
    role: Role
    fields: dict[str, int]
    why: dict[str, str]
    rivals: dict[str, tuple[str, ...]]

    @property
    def is_known(self) -> bool:
        """True if a column was recognized that makes the table useful."""
        if self.role == "categories":
            return True
        if self.role == "orders":
            return bool({"user_id", "purchased_at", "status", "cancelled_at", "voided"} & self.fields.keys())
        return bool({"user_id", "product_id", "title"} & self.fields.keys())

    @property
    def has_split_time(self) -> bool:
        """True if the date and the time of day are in two columns."""
        date, time = self.fields.get("purchased_at"), self.fields.get("time_of_day")
        if date is None or time is None:
            return False
        dates = [row[date] or "" for row in self.source.sample]
        return are_clocks(self.source, time) and not any(":" in value for value in dates)

    @property
    def unused(self) -> list[int]:
        """Indexes of the columns that hold no field."""
        return [index for index in range(len(self.source.columns)) if index not in self.fields.values()]


def recognize(source: Source, mapping: Mapping[str, str], role: Role | None = None) -> Recognized:
    """Finds what a table lists and which columns it uses."""
    columns = [plain(column) for column in source.columns]
    ranks = [ranks_of(column) for column in source.columns]
    empty = empty_columns(source)
    mapped = {
        field: index
        for field, column in mapping.items()
        if column and (index := find_column(source, column)) is not None
    }
    preset = preset_of(columns)
    given = dict(mapped)
    if preset is not None:
        for field, name in preset.fields.items():
            if field not in given and name in columns and columns.index(name) not in given.values():
                given[field] = columns.index(name)
    candidates = {
        index: ranks[index]
        for index, column in enumerate(columns)
        if index not in given.values() and (preset is None or column not in preset.ignored)
    }
    if _has_persons(source):
        candidates = {
            index: {field: rank for field, rank in found.items() if field != "title"}
            if columns[index] in BARE_NAMES
            else found
            for index, found in candidates.items()
        }
    candidates = {
        index: {"order_id": _BY_NUMBERS}
        if columns[index] == "name" and are_order_numbers(source, index)
        else found
        for index, found in candidates.items()
    }
    empty |= placeholder_columns(source, candidates)
    for index in empty & candidates.keys():
        candidates[index] = {field: rank + EMPTY_RANK for field, rank in candidates[index].items()}
    role = role or _role(given, candidates, columns)
    fields, rivals = dict(given), dict[str, tuple[str, ...]]()
    _assign(source, role, candidates, fields, rivals)
    for field in (field for field, column in mapping.items() if not column):
        fields.pop(field, None)
        rivals.pop(field, None)
    why = {
        field: "--map" if field in mapped else f"{preset.name}" if preset and field in given else "name"
        for field in fields
    }
    return Recognized(source, role, fields, why, rivals)


def find_column(source: Source, name: str) -> int | None:
    """Returns the index of a column by its name, exactly or without case."""
    if name in source.columns:
        return source.columns.index(name)
    alike = [index for index, column in enumerate(source.columns) if plain(column) == plain(name)]
    return alike[0] if plain(name) and len(alike) == 1 else None


def _role(
    given: Mapping[str, int], candidates: Mapping[int, Mapping[str, int]], columns: Sequence[str]
) -> Role:
    possible = set(given) | {field for ranks in candidates.values() for field in ranks}
    bought = {"product_id", "title"} & possible
    if bought and {"user_id", "order_id"} & possible:
        return "purchases"
    if {"order_id"} & possible:
        return "orders"
    if bought and not {"purchased_at"} & (possible - _only_created(candidates, columns)):
        return "products"
    if bought:
        return "purchases"
    if "user_id" in possible or "preferences" in possible:
        return "users"
    return "products" if "id" in columns and bought else "purchases"


def _only_created(candidates: Mapping[int, Mapping[str, int]], columns: Sequence[str]) -> set[str]:
    """Returns `purchased_at` if its only columns are times of creation."""
    named = {columns[index] for index, ranks in candidates.items() if "purchased_at" in ranks}
    return (
        {"purchased_at"}
        if named <= {"createdat", "createdon", "created", "datecreated", "dateadded"}
        else set()
    )


def _assign(
    source: Source,
    role: Role,
    candidates: Mapping[int, Mapping[str, int]],
    fields: dict[str, int],
    rivals: dict[str, tuple[str, ...]],
) -> None:
    for field in ORDER:
        if field in fields or field not in FIELDS_OF_ROLE[role]:
            continue
        taken = set(fields.values())
        free = {index: ranks for index, ranks in candidates.items() if index not in taken}
        found = ((rank_of(source, index, ranks, field, role), index) for index, ranks in free.items())
        ranked = sorted((rank, index) for rank, index in found if rank is not None)
        if field == "line_id":
            ranked = [(0, index) for index in lines_of_parents(source, fields.get("parent_line"))]
        if field == "title" and "product_id" in fields:
            ranked = [(rank, index) for rank, index in ranked if may_be_title(source, index)]
        if not ranked:
            continue
        best, index = ranked[0]
        equal = [other for rank, other in ranked if tier_of(rank) == tier_of(best)]
        if tier_of(best):
            equal = _most_specific(source, equal)
            index = equal[0]
        fields[field] = index
        if field in _REQUIRED and tier_of(best) and not (field == "purchased_at" and tier_of(best) == 1):
            rivals[field] = tuple(
                source.columns[other] for other in equal[1:] if _differ(source, index, other)
            )
        if field in _REQUIRED and (twins := _twins(source, index)):
            rivals[field] = tuple(dict.fromkeys((*rivals.get(field, ()), *twins)))
    _split_amounts(source, candidates, fields)
    _prefer_titles(source, role, candidates, fields)
    time = fields.get("time_of_day")
    if (
        time is not None
        and "purchased_at" in FIELDS_OF_ROLE[role] - fields.keys()
        and not are_clocks(source, time)
    ):
        fields["purchased_at"] = fields.pop("time_of_day")


def _split_amounts(
    source: Source, candidates: Mapping[int, Mapping[str, int]], fields: dict[str, int]
) -> None:
    """Takes a sum for the price if another is its product with the quantity."""
    price, quantity = fields.get("line_total"), fields.get("quantity")
    if price is None or quantity is None or "price" in fields:
        return
    for index, ranks in candidates.items():
        is_free = index not in fields.values() and "line_total" in ranks
        if is_free and are_products(source, price, quantity, index):
            fields["price"], fields["line_total"] = price, index
            return


def _twins(source: Source, index: int) -> list[str]:
    """Returns other columns of the same name whose values differ."""
    name = source.columns[index]
    return [
        other
        for at, other in enumerate(source.columns)
        if at != index
        and (plain(other) == plain(name) or re.fullmatch(rf"{re.escape(name)} \(\d+\)", other))
        and _differ(source, index, at)
    ]


def _differ(source: Source, index: int, other: int) -> bool:
    return not source.sample or any(
        row[other] and row[index] and row[other] != row[index] for row in source.sample
    )


def _most_specific(source: Source, columns: Sequence[int]) -> list[int]:
    """Returns the columns whose names are not a part of another's.

    Of `Customer` and `Customer ID`, it is the second.
    """
    names = {index: plain(source.columns[index]) for index in columns}
    return [
        index
        for index, name in names.items()
        if not any(
            name != other and (other.startswith(name) or other.endswith(name)) for other in names.values()
        )
    ]


def _prefer_titles(
    source: Source, role: Role, candidates: Mapping[int, Mapping[str, int]], fields: dict[str, int]
) -> None:
    """Takes `Produit` for the id of a product if another column is its title."""
    if "title" not in fields or "product_id" in fields or "product_id" not in FIELDS_OF_ROLE[role]:
        return
    title = fields["title"]
    others = sorted(
        (ranks["title"], index)
        for index, ranks in candidates.items()
        if "title" in ranks and index not in fields.values()
    )
    if others and plain(source.columns[title]) in _PRODUCTS:
        fields["product_id"], fields["title"] = title, others[0][1]
    else:
        words = [index for _, index in others if plain(source.columns[index]) in _PRODUCTS]
        if words:
            fields["product_id"] = words[0]


def _has_persons(source: Source) -> bool:
    """True if columns name persons, and a bare `Name` is one of them.

    Lines of an order may have the birthday of its shopper.
    """
    names = [*map(plain, source.columns)]
    has_lines = any("quantity" in ranks_of(column) for column in source.columns)
    return any(name in FAMILY_NAMES or (name in BIRTHS and not has_lines) for name in names)
