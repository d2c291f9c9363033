"""A page beside a basket: complements, not more of the same."""

from dataclasses import dataclass

import numpy as np

from recommender.entities import Mask, Rows, Scored
from recommender.snapshot import Snapshot

OWN_SHARE = 1 / 3
"""The basket's own leaf categories fill at most this share of a page."""


@dataclass(frozen=True, slots=True)
class OwnCategories:
    """The leaf categories of a basket, which leave most of a page to others.

    Attributes:
        snapshot: gives each row's category.
        codes: of the basket's products, ascending; none where nothing is to be capped.
        lifted: rows of products that are known to be bought along with the basket's, ascending.
        exempt: those of them that are bought along with a basket's product of their own category, such as another kind
            of cat food: no cap holds for them. What goes with the basket's sauce is more of the same all the same when
            the basket holds pasta already.
    """

    snapshot: Snapshot
    codes: Rows
    lifted: Rows
    exempt: Rows

    @classmethod
    def of(cls, snapshot: Snapshot, basket: Rows) -> "OwnCategories":
        """Those of the products in the rows `basket`."""
        own = np.unique(snapshot.columns.category_codes[basket])
        lifted = snapshot.complements.of(basket)
        return cls(
            snapshot, own[own >= 0].astype(np.int32), lifted, _bought_with_their_like(snapshot, basket)
        )

    def holds(self, rows: Rows) -> Mask:
        """Which of `rows` are more of the same; shape (len(rows),)."""
        if not len(self.codes):
            return np.zeros(len(rows), dtype=np.bool_)
        same = np.isin(self.snapshot.columns.category_codes[rows], self.codes)
        return same & ~np.isin(rows, self.exempt)

    def fit(self, rows: Rows, limit: int) -> Mask:
        """Which of `rows` a page of `limit` may hold at all; shape (len(rows),)."""
        return np.ones(len(rows), dtype=np.bool_) if _places(limit) else ~self.holds(rows)

    def capped(self, ranked: Scored, limit: int, shown: Rows) -> Scored:
        """`ranked`, best first, with no more of the same than a page of `limit`, part of which is `shown`, takes."""
        if not len(self.codes):
            return ranked
        places = _places(limit) - int(self.holds(shown).sum())
        same = self.holds(ranked.rows)
        keep = ~same | (np.cumsum(same) <= places)
        return Scored(ranked.rows[keep], ranked.scores[keep])


def _bought_with_their_like(snapshot: Snapshot, basket: Rows) -> Rows:
    """Complements of a basket's product that are of its own category; ascending, each once."""
    codes, complements = snapshot.columns.category_codes, snapshot.complements
    found = [basket[:0]]
    for row in basket.tolist():
        rows = complements.rows[complements.places(row)]
        found.append(rows[codes[rows] == codes[row]])
    return np.unique(np.concatenate(found))


def _places(limit: int) -> int:
    return int(limit * OWN_SHARE + 1e-9)
