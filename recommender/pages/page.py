"""A page as arrays of rows and scores, and its specification."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender import candidate_generation, profiles
from recommender.arrays import NO_ROWS, Mask, Rows
from recommender.entities import Query, Scored
from recommender.filtering import ItemFilter, RowMask
from recommender.reranking import BasketCategoryCap
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds


class Source:
    """Source of an item. It determines the explanation.

    Plain numbers, because each access to a member of an enumeration takes longer than the rest of a step.
    """

    HISTORY = 0
    POPULAR = 1
    PRODUCT = 2
    COMPLEMENT = 3
    DUE = 4
    TREND = 5
    NEW = 6
    RELATED = 7
    CATEGORY = 8
    BASKET = 9
    PREFERRED = 16
    """Added to the source of an item that a preference moved up."""


@dataclass(frozen=True, slots=True)
class PageSpec:
    """Specification of one page.

    Attributes:
        snapshot: the snapshot to recommend from.
        limit: maximum number of items.
        item_filter: accepts the rows that may be shown.
        earlier: rows on earlier pages, ascending.
        diversity: weight of dissimilarity, 0 to 1.
        cap: caps the categories of a basket.
    """

    snapshot: Snapshot
    limit: int
    item_filter: ItemFilter
    earlier: Rows
    diversity: float
    cap: BasketCategoryCap

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        corrections: Corrections,
        query: Query,
        ids: ResolvedIds,
        *banned: Rows,
        cap: BasketCategoryCap | None = None,
        never_candidates: Iterable[Rows] = (),
    ) -> "PageSpec":
        """The page that `query` requests.

        Rows that the query excludes, or that its viewer does not get to see, are left out, and so are `banned` and
        `never_candidates` (see `ItemFilter`), which are ascending parts.
        """
        earlier = snapshot.lookup.with_hashes(query.shown) if query.shown else NO_ROWS
        excluded = ids.known(query.filters.exclude) if query.filters.exclude else NO_ROWS
        left_out = NO_ROWS
        if query.viewer is not None:
            left_out = profiles.left_out_rows(query.viewer, ids, include_purchased=query.include_purchased)
        item_filter = ItemFilter.of(
            snapshot, corrections, query.filters, (earlier, excluded, left_out, *banned), never_candidates
        )
        cap = cap or BasketCategoryCap.none(snapshot)
        return cls(snapshot, query.limit, item_filter, earlier, query.diversity, cap)

    def resized(self, limit: int) -> "PageSpec":
        """The same page with `limit` items."""
        return replace(self, limit=limit)

    def without(self, rows: Rows) -> "PageSpec":
        """The same page without `rows`."""
        if not len(rows):
            return self
        return replace(self, item_filter=self.item_filter.without(rows))

    def rest(self, rows: Rows) -> "PageSpec":
        """The specification of the places that `rows` leave free, for other products."""
        return self.without(rows).resized(self.limit - len(rows))

    def narrowed(self, mask: RowMask) -> "PageSpec":
        """The same page with only the rows that `mask` marks."""
        return replace(self, item_filter=self.item_filter.narrowed(mask))

    def without_conditions(self) -> "PageSpec":
        """The same page without the query's filters. Bans and deletions still hold."""
        return replace(self, item_filter=self.item_filter.without_conditions())

    def first_allowed(self, ordered: Rows) -> Rows:
        """The first `limit` of `ordered` that may be shown."""
        taken = [ordered[:0]]
        for block in candidate_generation.blocks_of(ordered):
            taken.append(block[self.item_filter.allows(block)])
            if sum(map(len, taken)) >= self.limit:
                break
        return np.concatenate(taken)[: self.limit]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a page, best first. All arrays have shape (k,).

    Attributes:
        strategy: rung of the fallback ladder that produced the first row.
        rows: products.
        scores: their scores, comparable within one source.
        sources: `Source` of each row.
        outside: marks rows that do not fulfill the query's filters.
        more: true if a next page would hold a row.
    """

    strategy: str
    rows: Rows
    scores: NDArray[np.float64]
    sources: NDArray[np.int8]
    outside: Mask
    more: bool = False

    @classmethod
    def of(cls, strategy: str, rows: Rows, scores: NDArray[np.floating], source: int) -> "Page":
        """A page whose rows have one source."""
        return cls(
            strategy,
            rows,
            scores.astype(np.float64),
            np.full(len(rows), source, dtype=np.int8),
            np.zeros(len(rows), dtype=np.bool_),
        )

    @classmethod
    def empty(cls, strategy: str) -> "Page":
        """A page without rows."""
        return cls.of(strategy, np.empty(0, np.int32), np.empty(0, np.float64), Source.POPULAR)

    @classmethod
    def scored(cls, strategy: str, scored: Scored, source: int) -> "Page":
        """A page of `scored` rows."""
        return cls.of(strategy, scored.rows, scored.scores, source)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: slice | Mask | list[int]) -> "Page":
        """The rows at `places`, in that order."""
        return replace(
            self,
            rows=self.rows[places],
            scores=self.scores[places],
            sources=self.sources[places],
            outside=self.outside[places],
        )

    def followed_by(self, other: "Page") -> "Page":
        """This page's rows, then those of `other`.

        An empty page takes the strategy of `other`.
        """
        if not len(other) and len(self):
            return self if self.more == other.more else replace(self, more=other.more)
        return replace(
            self if len(self) else other,
            rows=np.concatenate([self.rows, other.rows]),
            scores=np.concatenate([self.scores, other.scores]),
            sources=np.concatenate([self.sources, other.sources]),
            outside=np.concatenate([self.outside, other.outside]),
            more=other.more,
        )

    def cut(self, limit: int) -> "Page":
        """The first `limit` rows. `more` is true if any row is left over."""
        return replace(self.take(slice(limit)), more=len(self) > limit)


def cold_items(snapshot: Snapshot, rows: Rows) -> int:
    """Number of cold products among the rows of a page."""
    return sum(snapshot.warm <= row < snapshot.indexed for row in rows.tolist())
