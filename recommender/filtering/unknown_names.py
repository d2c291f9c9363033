"""Finds categories and brands in filters that no product has."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from recommender.entities import Filters
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.corrections import Corrections

MAX_UNKNOWN = 10
_MAX_COMPARED = 2

Parameter = Literal["category", "brand"]


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name in a filter that neither the snapshot nor a newer change has.

    Attributes:
        parameter: `category` or `brand`.
        close_matches: known names that resemble it, closest first.
    """

    parameter: Parameter
    name: str
    close_matches: tuple[str, ...]


def unknown_names(snapshot: Snapshot, corrections: Corrections, filters: Filters) -> list[UnknownName]:
    """The first `MAX_UNKNOWN` unknown names of `filters`.

    Only the first `_MAX_COMPARED` have close matches.
    """
    if not (filters.categories or filters.brands):
        return []
    found = list(islice(_unknown(snapshot, corrections, filters), MAX_UNKNOWN))
    close = {"category": snapshot.categories.close, "brand": snapshot.brands.close}
    return [
        UnknownName(parameter, name, close[parameter](name) if number < _MAX_COMPARED else ())
        for number, (parameter, name) in enumerate(found)
    ]


def _unknown(
    snapshot: Snapshot, corrections: Corrections, filters: Filters
) -> Iterator[tuple[Parameter, str]]:
    for path in dict.fromkeys(filters.categories):
        if not (_is_known(snapshot.categories, path) or _is_known(corrections.categories, path)):
            yield "category", path
    for name in dict.fromkeys(filters.brands):
        if snapshot.brands.code(name) < 0 and corrections.brands.code(name) < 0:
            yield "brand", name


def _is_known(tree: CategoryTree, path: str) -> bool:
    low, high = tree.range(path)
    return low < high
