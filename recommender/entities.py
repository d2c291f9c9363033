"""Entities of the core: shoppers' profiles, queries, and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal, NamedTuple

import numpy as np

from recommender.arrays import NO_ROWS, FloatVector, Rows
from recommender.interactions import NO_INTERACTIONS, Interactions
from recommender.interactions import Interaction as Interaction

Window = Literal["7d", "30d", "all"]

ReasonCode = Literal[
    "because_you_bought",
    "because_you_looked_at",
    "goes_with_your_basket",
    "bought_before",
    "due_again",
    "similar_to",
    "same_category",
    "bought_instead",
    "closest_to",
    "same_shoppers",
    "bought_together",
    "preferred_category",
    "preferred_brand",
    "trending",
    "new",
    "popular",
    "in_the_catalog",
]
"""Kinds of reasons. `service/openapi/vocabulary.py` describes them, and all other names of answers."""

TermName = Literal[
    "factors",
    "neighbour",
    "frequency",
    "trend",
    "popularity",
    "similarity",
    "bought_together",
    "basket",
    "due",
    "created_at",
    "preferred_category",
]

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """Likes and dislikes that a shopper stated, or the shop on their behalf.

    Attributes:
        liked_categories, disliked_categories: paths. Each includes its subcategories.
        liked_brands, disliked_brands: names as in the catalog.
        price_min, price_max: in the shop's currency. None: no bound.
        hidden_products: ids that are never shown to this shopper.
    """

    liked_categories: tuple[str, ...] = ()
    disliked_categories: tuple[str, ...] = ()
    liked_brands: tuple[str, ...] = ()
    disliked_brands: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    hidden_products: tuple[str, ...] = ()


NO_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True, init=False)
class Profile:
    """Interactions and preferences of one shopper."""

    user_id: str
    interactions: Interactions
    preferences: Preferences

    def __init__(
        self,
        user_id: str,
        interactions: Iterable[Interaction] = NO_INTERACTIONS,
        preferences: Preferences = NO_PREFERENCES,
    ) -> None:
        object.__setattr__(self, "user_id", user_id)
        object.__setattr__(self, "interactions", Interactions.of(interactions))
        object.__setattr__(self, "preferences", preferences)


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Current actions of a shopper, sent with the request and not stored.

    Attributes:
        interactions: those of the session, including a `cart` interaction per product of the basket.
        basket: ids of the products in the basket.
    """

    interactions: tuple[Interaction, ...] = ()
    basket: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that every item must fulfill, backfilled items included.

    Attributes:
        categories: paths such as `Pantry > Pasta`. An item belongs to one of them or to a subcategory. Empty: any.
        in_stock: only products in stock.
        exclude: ids of products that must not be shown.
        brands: an item is of one of them; case is ignored. Empty: any.
        price_min, price_max: both inclusive. An item without a price is in no range. None: no bound.
    """

    categories: tuple[str, ...] = ()
    in_stock: bool = False
    exclude: frozenset[str] = frozenset()
    brands: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None

    @property
    def prices(self) -> tuple[float, float] | None:
        """The lowest and the highest price, None if neither is bounded."""
        if self.price_min is None and self.price_max is None:
            return None
        return self.price_min or 0.0, inf if self.price_max is None else self.price_max


@dataclass(frozen=True, slots=True)
class Query:
    """Parameters of one request for recommendations.

    Attributes:
        limit: maximum number of items.
        include_purchased: allows products that the shopper bought before.
        strict_filtering: keeps a page short when too few products fulfill the filters. Otherwise other products fill
            it up and are marked. Excluded, deleted and already bought products are never used.
        diversity: weight of dissimilarity to the items above, beside relevance; 0 to 1.
        explain: adds the terms of each score.
        shown: hashes (`product_ids.short_hash`) of the products on earlier pages, which are not repeated.
        window: days in which demand counts, on lists of popular and trending products: `7d`, `30d` or `all`. None: as
            the snapshot says.
        viewer: the shopper who sees a list that is not made from a profile. What this shopper bought, hid or ignored
            repeatedly is left out. None: nobody in particular.
    """

    limit: int
    filters: Filters = field(default_factory=Filters)
    include_purchased: bool = False
    strict_filtering: bool = True
    diversity: float = 0.0
    explain: bool = False
    shown: tuple[int, ...] = ()
    window: Window | None = None
    viewer: Profile | None = None


class Reason(NamedTuple):
    """Explanation of an item. A tuple like `Recommendation`.

    Attributes:
        code: for programs.
        text: a sentence for shoppers.
        because: ids of the products that caused the item.
        values: numbers, dates and names of its text.
    """

    code: ReasonCode
    text: str
    because: tuple[str, ...] = ()
    values: Mapping[str, float | str] | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a score.

    Attributes:
        name: kind of summand.
        product_id: the product that contributed it, if any.
    """

    name: TermName
    value: float
    product_id: str | None = None


class Contribution(NamedTuple):
    """Part of a score that comes from one product, trend included.

    Attributes:
        product_id: the product. None: all products that have no contribution of their own.
    """

    product_id: str | None
    value: float


class Recommendation(NamedTuple):
    """One item of an answer. A tuple, because these are made by the hundred.

    Attributes:
        product_id: the catalog's id.
        score: comparable within one answer and one kind of reason.
        outside_filters: true if the item does not fulfill the query's filters.
        terms: summands of the score. Empty unless the query asks for them.
        contributions: the same score by product. Empty likewise, and for a score that comes from no product.
    """

    product_id: str
    score: float
    reason: Reason
    outside_filters: bool = False
    terms: tuple[Term, ...] = ()
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Items, best first.

    Attributes:
        strategy: rung of the fallback ladder that produced the first item.
        items: at most as many as the query's limit.
        more: true if a next page would hold an item.
        missing_ids: ids of the session that the snapshot lacks or that were deleted. None without a session.
    """

    strategy: str
    items: tuple[Recommendation, ...]
    more: bool = False
    missing_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A profile in the rows of one snapshot.

    Attributes:
        rows: products of the profile that the snapshot holds, each once; shape (m,).
        weights: ŵ_j = w_j / √Σw, w the weight by recency and kind; shape (m,).
        known_rows: products that are not recommended as new, ascending: bought ones, beyond the history's limit too,
            and those of the session.
    """

    rows: Rows
    weights: FloatVector
    known_rows: Rows


@dataclass(frozen=True, slots=True)
class Frequency:
    """Time-decayed purchase counts of one shopper.

    Attributes:
        rows: bought products that the snapshot holds, ascending, each once; shape (m,).
        days: distinct days on which the product was bought; shape (m,).
        values: f_i, see `recommender.profiles.personal_frequency`; shape (m,).
    """

    rows: Rows
    days: Rows
    values: FloatVector


NO_FREQUENCY = Frequency(NO_ROWS, NO_ROWS, np.empty(0, np.float32))
"""The frequency of an answer without products bought before."""


class Candidates(NamedTuple):
    """Candidates with the item-item weights between them and a history, summed over the history.

    Attributes:
        rows: ascending, each once; shape (k,).
        weight: Σ_j ŵ_j B_ji, NaN for a row that is no direct neighbour; shape (k,).
        residual: Σ_j ŵ_j E_ji, with E = B − P Qᵀ, NaN likewise; shape (k,).
    """

    rows: Rows
    weight: FloatVector
    residual: FloatVector


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows with their scores, both of shape (k,)."""

    rows: Rows
    scores: FloatVector
