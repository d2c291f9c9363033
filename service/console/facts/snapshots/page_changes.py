"""Differences between the pages from two snapshots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from recommender.snapshot.lookups import ResolvedIds
from service.console.facts.catalog_map import group_names
from service.console.facts.product_lines import ProductLine, product_lines
from service.console.facts.shoppers.first_pages import PAGE
from service.recommendations.names import Scenario
from service.snapshots.live import Serving

_EXAMPLES = 5
_CATEGORIES = 8

Move = Literal["new", "gone", "up", "down", "same"]
Pages = tuple[list[str], list[str]]
"""Product ids of one page from a and from b, in order."""


class ComparedItem(msgspec.Struct, frozen=True):
    """An item of a page.

    Attributes:
        product: in one line.
        place: from 1.
        other_place: its place on the other page, null if it is not there.
        move: from page a to page b. `gone` is on page a only, `new` on page b only.
    """

    product: ProductLine
    place: int
    other_place: int | None
    move: Move


class ComparedPages(msgspec.Struct, frozen=True):
    """The first page of one shopper, from both snapshots.

    Attributes:
        user_id: the shopper.
        changed: number of products on page b that are not on page a.
        a, b: the items in their order.
    """

    user_id: str
    changed: int
    a: list[ComparedItem]
    b: list[ComparedItem]


class CategoryChange(msgspec.Struct, frozen=True):
    """Items of a main category.

    Attributes:
        name: of the category, empty for products without one.
        a, b: mean number of its items on a page.
    """

    name: str
    a: float
    b: float


class ListChange(msgspec.Struct, frozen=True):
    """A list that is the same for everyone.

    Attributes:
        scenario: the list.
        changed: number of products on its first page from b that are not on the one from a.
        items: number of products on the page from b.
    """

    scenario: Scenario
    changed: int
    items: int


class ComparisonView(msgspec.Struct, frozen=True):
    """Pages of shoppers from two snapshots.

    Profiles, prices and stock are those of now.

    Attributes:
        a, b: the versions.
        page_size: number of items of each page.
        sampled: number of shoppers to compare.
        shoppers: number of those whose pages were compared. Unknown ones have none.
        complete: false if the time was over before all were compared.
        changed: mean number of products on page b that are not on page a.
        same_pages: share of shoppers whose pages are equal, null without shoppers.
        by_changes: number of shoppers with 0, 1, … `page_size` changed products.
        by_place: for each place, the share of shoppers who see another product there.
        by_category: the main categories whose number of items changes most, at most 8.
        lists: lists that are the same for everyone.
        examples: the shoppers whose pages change most, at most 5. The shopper that was asked for.
    """

    a: str
    b: str
    page_size: int
    sampled: int
    shoppers: int
    complete: bool
    changed: float
    same_pages: float | None
    by_changes: list[int]
    by_place: list[float]
    by_category: list[CategoryChange]
    lists: list[ListChange]
    examples: list[ComparedPages]


def changed_products(pages: Pages) -> int:
    """Number of products on page b that are not on page a."""
    a, b = pages
    return len(set(b) - set(a))


def by_place(pages: Sequence[Pages]) -> list[float]:
    """Share of pages with another product, for each place.

    >>> by_place([(["p", "q"], ["p", "r"]), (["p"], [])])[:3]
    [0.5, 0.5, 0.0]
    """
    differs = np.zeros((max(len(pages), 1), PAGE))
    for row, sides in enumerate(pages):
        a, b = ([*side, *[""] * (PAGE - len(side))] for side in sides)
        differs[row] = [one != other for one, other in zip(a, b, strict=True)]
    shares: list[float] = differs.mean(axis=0).round(4).tolist()
    return shares


@dataclass(frozen=True, slots=True)
class PageChanges:
    """Describes differences between pages.

    Attributes:
        a, b: the snapshots.
    """

    a: Serving
    b: Serving

    def summary(
        self, pages: Mapping[str, Pages], lists: Sequence[ListChange], sampled: int, *, complete: bool
    ) -> ComparisonView:
        """The comparison of two snapshots, from their pages for some shoppers.

        Args:
            pages: both pages of each shopper, by user id.
            lists: changes of the lists for everyone.
            sampled: number of shoppers to compare.
            complete: false if the time was over before all were compared.
        """
        changes = {user_id: changed_products(sides) for user_id, sides in pages.items()}
        same = sum(a == b for a, b in pages.values())
        most = sorted(changes, key=lambda user_id: -changes[user_id])[:_EXAMPLES]
        counted = Counter(changes.values())
        return ComparisonView(
            self.a.manifest.version,
            self.b.manifest.version,
            PAGE,
            sampled,
            len(pages),
            complete,
            round(sum(changes.values()) / max(len(pages), 1), 3),
            round(same / len(pages), 4) if pages else None,
            [counted[number] for number in range(PAGE + 1)],
            by_place(list(pages.values())),
            self._by_category(list(pages.values())),
            list(lists),
            [self._example(user_id, pages[user_id], changes[user_id]) for user_id in most],
        )

    def _by_category(self, pages: Sequence[Pages]) -> list[CategoryChange]:
        """The categories that change most."""
        counts = [
            _categories(serving, [each for sides in pages for each in sides[side]])
            for side, serving in enumerate((self.a, self.b))
        ]
        a, b = ({name: number / len(pages) for name, number in each.items()} for each in counts)
        moved = {name: abs(b.get(name, 0.0) - a.get(name, 0.0)) for name in {**a, **b}}
        most = sorted(moved, key=lambda name: (-moved[name], name))[:_CATEGORIES]
        return [CategoryChange(name, round(a.get(name, 0.0), 3), round(b.get(name, 0.0), 3)) for name in most]

    def _example(self, user_id: str, pages: Pages, changed: int) -> ComparedPages:
        a, b = pages
        places_a, places_b = _places(a), _places(b)
        lines_a, lines_b = product_lines(self.a, a), product_lines(self.b, b)
        return ComparedPages(
            user_id,
            changed,
            [
                ComparedItem(line, place, places_b.get(each), _move(place, places_b.get(each)))
                for (each, place), line in zip(places_a.items(), lines_a, strict=True)
            ],
            [
                ComparedItem(line, place, places_a.get(each), _move(places_a.get(each), place))
                for (each, place), line in zip(places_b.items(), lines_b, strict=True)
            ],
        )


def _places(page: Sequence[str]) -> dict[str, int]:
    return {product_id: place for place, product_id in enumerate(page, start=1)}


def _move(a: int | None, b: int | None) -> Move:
    """The move of a product between its places on the pages."""
    if a is None or b is None:
        return "new" if a is None else "gone"
    return "same" if a == b else "up" if b < a else "down"


def _categories(serving: Serving, product_ids: list[str]) -> Counter[str]:
    """Number of products by main category, without products that are newer than the snapshot."""
    snapshot = serving.snapshot
    rows = ResolvedIds(snapshot.lookup).find(product_ids)
    names = [*group_names(snapshot.categories.paths), ""]  # The code −1 means none.
    return Counter(names[code] for code in snapshot.columns.category_codes[rows[rows >= 0]].tolist())
