"""One published snapshot: arrays, usually memory-mapped, and lookups over them."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatMatrix, FloatVector, Mask, Rows
from recommender.kernels.candidates import Model
from recommender.ports import ItemIndex
from recommender.product_ids import IdLookup, StringTable
from recommender.snapshot.alternatives import Alternatives
from recommender.snapshot.brands import BrandList
from recommender.snapshot.catalog_map import CatalogMap
from recommender.snapshot.categories import CategoryTree, distinguishing_categories, narrow_categories
from recommender.snapshot.tables import Companions, Complements, SparseWeights
from recommender.snapshot.windows import TREND_DAYS, WINDOW_DAYS, DemandWindows, Popularity, Trend, Window

SHORT_HISTORY = 3
"""Maximum number of products of a short history: one product, or a guest's few views."""


@dataclass(frozen=True, slots=True)
class ServingParameters:
    """Serving parameters of a snapshot, part of its manifest.

    Evaluation and service use the same parameters, so that the service performs as measured.

    Attributes:
        half_life_days: age at which the weight of a purchase halves.
        history_limit: maximum number of a shopper's latest products in the query vector.
        nearest: candidates from the item index, plus one per product of the history.
        neighbours: candidates from the history's direct neighbours.
        search_k: maximum number of index nodes that an approximate search inspects.
        second_neighbours: candidates from the neighbours of the best candidates. 0: none, which saves a pass.
        short_search_k, short_second_neighbours: the same for histories of at most `SHORT_HISTORY` products. None: as
            for longer ones.
        popularity_days: length of the window of `recent_buyers`.
        repurchase_half_life_days: age at which a day of purchase counts half as evidence of repurchase.
        repurchase_weight: μ, weight of the score beside the personal frequency.
        repurchase_rate_exponent: e, by which the repeat rate of a product enters the personal frequency.
        bought_once: 1 if shoppers buy no product again, such as films. Lists that may repeat purchases do not then.
        buy_again_half_life_days: age at which a day of purchase counts half in the order of buy-again.
        text_cap: maximum number of products with one text on a page, while others have candidates.
        model_cap: maximum number of texts of one model, which are its colors, on a page, while others have candidates.
        twin_share: largest share of a page for products with the text of a bought one. They look like a mistake, even
            if right.
        category_share: largest share of a page for one category.
        basket_text_share: largest share of a list that completes a basket for products with one text, unless
            `text_cap` allows more.
        basket_category_share: largest share of such a list for one category, unless `category_share` allows more.
        basket_popularity: weight of popularity in lists that complete a basket.
        basket_own_weight: weight of the shopper's own purchases in them.
        popularity_dimensions: number of dimensions at the end of the vectors, 0 or 1, that add popularity.
    """

    half_life_days: float = 180.0
    history_limit: int = 500
    nearest: int = 200
    neighbours: int = 200
    search_k: int = 2000
    second_neighbours: int = 0
    short_search_k: int | None = None
    short_second_neighbours: int | None = None
    popularity_days: int = 90
    repurchase_half_life_days: float = 120.0
    repurchase_weight: float = 20.0
    repurchase_rate_exponent: float = 0.0
    bought_once: int = 0
    buy_again_half_life_days: float = 60.0
    text_cap: int = 1
    model_cap: int = 2
    twin_share: float = 0.3
    category_share: float = 0.3
    basket_text_share: float = 0.0
    basket_category_share: float = 0.0
    basket_popularity: float = 0.0
    basket_own_weight: float = 0.15
    popularity_dimensions: int = 0

    def search_k_for(self, products: int) -> int:
        """`search_k` for a history of so many products.

        A short history has few direct neighbours, so more of its page comes from the index.
        """
        if self.short_search_k is None or products > SHORT_HISTORY:
            return self.search_k
        return self.short_search_k

    def second_neighbours_for(self, products: int) -> int:
        """`second_neighbours` for a history of so many products."""
        if self.short_second_neighbours is None or products > SHORT_HISTORY:
            return self.second_neighbours
        return self.short_second_neighbours


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """Columns over all products, read by filters, fallbacks and reasons.

    All have shape (n,), in row order, except the last two.

    Attributes:
        category_codes: position in the category tree, −1 without a category.
        in_stock: at the time of the build. The overlay corrects it.
        variant_groups: products with the same text share a number. −1 without a title of their own.
        models: products whose titles differ at most in a color share a number. −1 without a title of their own.
        buyers: distinct shoppers who ever bought it.
        recent_buyers: distinct shoppers who bought it in the popularity window.
        popular_rows: all rows, most popular first.
        brand_codes: position in the list of brands, −1 without a brand.
        prices: at the time of the build, NaN without a price. The overlay corrects them.
        created_at: time of addition to the catalog, epoch seconds. NaN if unknown.
        usual_interval_days: median time until a shopper buys it again, in days. NaN if unknown.
        repeat_rates: ρ, share of its buyers who bought it again on another day, shrunk to the shop's. In (0, 1) where
            anybody buys again.
        trending: ratio of recent to usual demand. 0 for products with too few recent buyers.
        trending_rows: rows that sell better than usual, largest gain first; shape (t,).
        new_rows: rows with a known `created_at`, newest first; shape (w,).
    """

    category_codes: NDArray[np.int32]
    in_stock: Mask
    variant_groups: NDArray[np.int32]
    models: NDArray[np.int32]
    buyers: NDArray[np.int32]
    recent_buyers: NDArray[np.int32]
    popular_rows: Rows
    brand_codes: NDArray[np.int32]
    prices: NDArray[np.float64]
    created_at: NDArray[np.float64]
    usual_interval_days: FloatVector
    repeat_rates: FloatVector
    trending: FloatVector
    trending_rows: Rows
    new_rows: Rows


@dataclass(frozen=True)
class Snapshot:
    """All data of one version. Immutable.

    Attributes:
        index: finds the largest inner products among the first `indexed` rows.
        warm: rows below this number were fitted from enough purchases. Rows from here on are cold: they borrowed
            their vectors, or have too few buyers to be trusted with more than a share of the page.
        item_vectors: q_i = s_i Q_i, trend included; shape (indexed, dims).
        query_vectors: P_j; shape (indexed, dims).
        trend: s_i; shape (indexed,).
        weights: B and E over the indexed rows.
        columns: filter and fallback columns over all n rows.
        categories: the tree that `columns.category_codes` refers to.
        brands: the list that `columns.brand_codes` refers to.
        complements: products bought together.
        alternatives: products that a shopper would take instead.
        companions: products that complete baskets.
        lookup: product id → row.
        windows: demand in other windows than those of `columns`.
        documents: each product as JSON, in row order.
        catalog_map: where the products lie on the map, None in a snapshot of an earlier release.
        weekly_purchases: purchases in each week up to the latest purchase, oldest first, at most 65,535; shape
            (n, WEEKS). None in a snapshot of an earlier release.
        titles: those read from documents, by row. Parsing one takes longer than the rest of a reason.
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
    alternatives: Alternatives
    windows: DemandWindows
    companions: Companions
    lookup: IdLookup
    documents: StringTable
    catalog_map: CatalogMap | None = None
    weekly_purchases: NDArray[np.uint16] | None = None
    titles: dict[int, str] = field(default_factory=dict, compare=False)

    @property
    def products(self) -> int:
        """Number of products in the snapshot."""
        return len(self.lookup.ids)

    @property
    def indexed(self) -> int:
        """Number of rows, from 0, with an item vector.

        The other products are recommended by popularity alone.
        """
        return len(self.item_vectors)

    @cached_property
    def model(self) -> Model:
        """The arrays that scores come from, for compiled loops."""
        return Model(self.item_vectors, self.query_vectors, self.trend, *self.weights.arrays(), self.warm)

    @cached_property
    def buyers_of_all(self) -> int:
        """Buyers of all products, at least 1. A shopper counts once for each product."""
        return max(int(self.columns.buyers.sum()), 1)

    @cached_property
    def rows_by_category(self) -> tuple[Rows, NDArray[np.int64]]:
        """All rows by category, and the place at which each code begins.

        Those of code c are at starts[c]:starts[c + 1]. Rows without a category come last.
        """
        codes = self.columns.category_codes
        count = len(self.categories.paths)
        order = np.argsort(np.where(codes < 0, count, codes), kind="stable").astype(np.int32)
        sizes = np.bincount(codes[codes >= 0], minlength=count)
        return order, np.concatenate([[0], np.cumsum(sizes)])

    @cached_property
    def distinguishing_categories(self) -> NDArray[np.int32]:
        """Category codes without a category that nearly all products share.

        −1 for products of that category, and for those without one; shape (n,).
        """
        return distinguishing_categories(self.columns.category_codes)

    @cached_property
    def narrow_categories(self) -> NDArray[np.int32]:
        """Category codes without broad categories, see `categories.narrow_categories`."""
        return narrow_categories(self.columns.category_codes)

    def popularity(self, window: Window | None = None) -> Popularity:
        """Popularity in a window. None: the popularity window of the snapshot."""
        columns, windows = self.columns, self.windows
        if window is None:
            return Popularity(self.parameters.popularity_days, columns.recent_buyers, columns.popular_rows)
        if window == "all":
            return Popularity(None, columns.buyers, windows.popular_rows_all)
        if window == "7d":
            return Popularity(WINDOW_DAYS[window], windows.buyers_7d, windows.popular_rows_7d)
        return Popularity(WINDOW_DAYS[window], windows.buyers_30d, windows.popular_rows_30d)

    def trends(self, window: Window | None = None) -> Trend:
        """Demand in a window relative to usual demand. None: in 14 days."""
        if window is None:
            return Trend(TREND_DAYS, self.columns.trending, self.columns.trending_rows)
        if window == "7d":
            return Trend(WINDOW_DAYS["7d"], self.windows.trending_7d, self.windows.trending_rows_7d)
        return Trend(WINDOW_DAYS["30d"], self.windows.trending_30d, self.windows.trending_rows_30d)

    def product_id(self, row: int) -> str:
        """The id of the product in `row`."""
        return self.lookup.ids.text(row)
