"""One published index, as the core sees it: arrays, usually memory-mapped, and look-ups over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, Mask, Rows
from recommender.ports import ItemIndex
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.tables import Complements, IdLookup, SparseWeights, StringTable

FloatMatrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ServingParameters:
    """How a snapshot wants to be asked; part of its manifest, so that what was measured is what is served.

    Attributes:
        half_life_days: age at which a purchase counts half.
        history_limit: how many of a shopper's latest products form the query vector.
        nearest: candidates from the item index, beside one per product of the history.
        neighbours: candidates from the history's direct neighbours.
        search_k: index nodes that an approximate search may inspect.
        popularity_days: length of the window that `recent_buyers` counts.
        repurchase_half_life_days: age at which a day of purchase counts half towards buying the product again.
        repurchase_weight: μ, how much the score counts beside the personal frequency.
    """

    half_life_days: float = 180.0
    history_limit: int = 500
    nearest: int = 200
    neighbours: int = 200
    search_k: int = 2000
    popularity_days: int = 90
    repurchase_half_life_days: float = 120.0
    repurchase_weight: float = 20.0


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """What filters, fallbacks and reasons need of every product; all of shape (n,) in row order but the last two.

    Attributes:
        category_codes: position in the category tree, −1 without a category.
        in_stock: at the time of the build; the overlay corrects it.
        variant_groups: products with the same text share a number; −1 without text.
        buyers: distinct shoppers who ever bought it.
        recent_buyers: distinct shoppers who bought it in the popularity window.
        popular_rows: all rows, most popular first.
        brand_codes: position in the list of brands, −1 without a brand.
        prices: at the time of the build; NaN without a price; the overlay corrects them.
        created_at: when the catalog got it, epoch seconds; NaN where unknown.
        usual_interval_days: median time until a shopper buys it again, in days; NaN where too little is known.
        trending: recent demand over the usual one; 0 for products that too few shoppers bought of late.
        trending_rows: rows that sell better than usual, those that gained most first; shape (t,).
        new_rows: rows whose `created_at` is known, newest first; shape (w,).
    """

    category_codes: NDArray[np.int32]
    in_stock: Mask
    variant_groups: NDArray[np.int32]
    buyers: NDArray[np.int32]
    recent_buyers: NDArray[np.int32]
    popular_rows: Rows
    brand_codes: NDArray[np.int32]
    prices: NDArray[np.float64]
    created_at: NDArray[np.float64]
    usual_interval_days: FloatVector
    trending: FloatVector
    trending_rows: Rows
    new_rows: Rows


@dataclass(frozen=True)
class Snapshot:
    """Everything that one version recommends from. Immutable.

    Attributes:
        version: the snapshot's id.
        parameters: how it wants to be asked.
        index: finds the largest inner products among the first `indexed` rows.
        warm: rows below this number were fitted from enough purchases; those from here on borrowed their vectors, or
            have too few buyers to be trusted with more than a share of the page.
        item_vectors: q_i = s_i Q_i, trend included; shape (indexed, dims).
        query_vectors: P_j; shape (indexed, dims).
        trend: s_i; shape (indexed,).
        weights: B and E over the indexed rows.
        columns: filter and fallback columns over all n rows.
        categories: the category tree that `columns.category_codes` points into.
        brands: the brands that `columns.brand_codes` points into.
        complements: what is bought together.
        lookup: product id → row.
        documents: each product as JSON, in row order.
    """

    version: str
    parameters: ServingParameters
    index: ItemIndex
    warm: int
    item_vectors: FloatMatrix
    query_vectors: FloatMatrix
    trend: FloatVector
    weights: SparseWeights
    columns: ProductColumns
    categories: CategoryTree
    brands: BrandList
    complements: Complements
    lookup: IdLookup
    documents: StringTable

    @property
    def products(self) -> int:
        """How many products the snapshot holds."""
        return len(self.lookup.ids)

    @property
    def indexed(self) -> int:
        """How many rows, from 0, have an item vector; the rest live from popularity alone."""
        return len(self.item_vectors)

    def product_id(self, row: int) -> str:
        """The id of the product in `row`."""
        return self.lookup.ids.text(row)
