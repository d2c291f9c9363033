"""Product changes newer than the snapshot, as corrections to its columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Mask, Rows
from recommender.snapshot.additions import Additions
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Overlay
from recommender.snapshot.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Corrections:
    """An overlay in the rows of one snapshot.

    Attributes:
        rows: changed products, ascending; shape (c,).
        in_stock, deleted, prices: their newest state, NaN without a price; shape (c,).
        category_codes, brand_codes: positions in the overlay's own `categories` and `brands`, which may be newer than
            the snapshot's; −1 without one; shape (c,).
        overlay: holds the documents, without those of additions that the snapshot has.
        additions: products that the snapshot lacks.
    """

    rows: Rows
    in_stock: Mask
    deleted: Mask
    prices: NDArray[np.float64]
    category_codes: NDArray[np.int32]
    categories: CategoryTree
    brand_codes: NDArray[np.int32]
    brands: BrandList
    overlay: Overlay
    additions: Additions

    @classmethod
    def of(cls, overlay: Overlay, snapshot: Snapshot) -> "Corrections":
        """Translates product ids to rows.

        Changes to products that the snapshot lacks are omitted, and so are additions that it has.
        """
        rows = snapshot.lookup.find(list(overlay.changes))
        order = np.argsort(rows, kind="stable")
        order = order[rows[order] >= 0]
        listed = list(overlay.changes.values())
        changes = [listed[position] for position in order]
        paths = {change.category for change in changes}
        names = {change.brand for change in changes}
        categories = CategoryTree(CategoryTree.sorted_paths(path or "" for path in paths))
        brands = BrandList(BrandList.sorted_names(name or "" for name in names))
        category_of = {path: categories.code(path) for path in paths}
        brand_of = {name: brands.code(name) for name in names}
        new = (snapshot.lookup.find(list(overlay.additions)) < 0).tolist()
        additions = dict(compress(overlay.additions.items(), new))
        prices = [np.nan if change.price is None else change.price for change in changes]
        return cls(
            rows=rows[order],
            in_stock=np.array([change.in_stock for change in changes], dtype=np.bool_),
            deleted=np.array([change.deleted for change in changes], dtype=np.bool_),
            prices=np.array(prices, dtype=np.float64),
            category_codes=np.array([category_of[change.category] for change in changes], dtype=np.int32),
            categories=categories,
            brand_codes=np.array([brand_of[change.brand] for change in changes], dtype=np.int32),
            brands=brands,
            overlay=Overlay(overlay.changes, additions),
            additions=Additions.of(additions.items()),
        )

    def apply(self, rows: Rows, column: Mask, newest: Mask) -> Mask:
        """`column` with the values of changed products replaced by `newest`.

        `column` has one value per entry of `rows`.
        """
        if not len(self.rows):
            return column
        position = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        changed = self.rows[position] == rows
        return np.where(changed, newest[position], column)

    def missing(self, product_ids: Iterable[str], ids: ResolvedIds) -> tuple[str, ...]:
        """Those of `product_ids` that the snapshot lacks or that were deleted.

        Each once, in order.
        """
        distinct = list(dict.fromkeys(product_ids))
        rows = ids.find(distinct)
        gone = self.apply(rows, rows < 0, self.deleted)
        return tuple(compress(distinct, gone.tolist()))
