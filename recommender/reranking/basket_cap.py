"""Caps the share of a page for the basket's own categories, to favor complements."""

from dataclasses import dataclass, replace

import numpy as np

from recommender.arrays import NO_ROWS, Mask, Rows
from recommender.entities import Scored
from recommender.snapshot import Snapshot

OWN_CATEGORY_SHARE = 1 / 3
"""Largest share of a page for the basket's own leaf categories."""


@dataclass(frozen=True, slots=True)
class BasketCategoryCap:
    """Cap on the leaf categories of a basket.

    Attributes:
        snapshot: provides each row's category.
        basket: rows of the basket's products.
        codes: capped categories, ascending. Empty: nothing is capped.
        complements: rows that are associated with any product of the basket, ascending.
        uncapped: complements of a product in its own category, such as another kind of cat food. Pasta that is bought
            together with the basket's sauce is still capped if the basket holds other pasta.
    """

    snapshot: Snapshot
    basket: Rows
    codes: Rows
    complements: Rows
    uncapped: Rows

    @classmethod
    def of(cls, snapshot: Snapshot, basket: Rows) -> "BasketCategoryCap":
        """The cap for the products in the rows `basket`."""
        if not len(basket):
            return cls.none(snapshot)
        codes = np.unique(snapshot.narrow_categories[basket])
        return cls(
            snapshot,
            basket,
            codes[codes >= 0].astype(np.int32),
            snapshot.complements.of(basket),
            _same_category_complements(snapshot, basket),
        )

    @classmethod
    def none(cls, snapshot: Snapshot) -> "BasketCategoryCap":
        """No cap: the basket is empty."""
        return cls(snapshot, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS)

    def lifted(self) -> "BasketCategoryCap":
        """The same basket without capped categories."""
        return replace(self, codes=self.codes[:0])

    def capped(self, rows: Rows) -> Mask:
        """Marks the rows that count towards the cap. Shape (len(rows),)."""
        if not len(self.codes):
            return np.zeros(len(rows), dtype=np.bool_)
        same = np.isin(self.snapshot.narrow_categories[rows], self.codes)
        return same & ~np.isin(rows, self.uncapped)

    def fits(self, rows: Rows, limit: int) -> Mask:
        """Marks the rows that a page of `limit` items can hold.

        Shape (len(rows),).
        """
        return np.ones(len(rows), dtype=np.bool_) if _places(limit) else ~self.capped(rows)

    def apply(self, ranked: Scored, limit: int, shown: Rows = NO_ROWS) -> Scored:
        """Drops capped rows of `ranked` beyond the page's places for them.

        `ranked` is best first. `shown` are rows that are already on the page.
        """
        if not len(self.codes):
            return ranked
        places = _places(limit) - int(self.capped(shown).sum())
        capped = self.capped(ranked.rows)
        keep = ~capped | (np.cumsum(capped) <= places)
        return Scored(ranked.rows[keep], ranked.scores[keep])


def _same_category_complements(snapshot: Snapshot, basket: Rows) -> Rows:
    """Complements of a basket's product within its own category, ascending."""
    codes = snapshot.narrow_categories
    found = [basket[:0]]
    for row in basket.tolist():
        rows = snapshot.complements.associated_with(row)
        found.append(rows[codes[rows] == codes[row]])
    return np.unique(np.concatenate(found))


def _places(limit: int) -> int:
    return int(limit * OWN_CATEGORY_SHARE + 1e-9)
