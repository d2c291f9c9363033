"""What the core speaks of: shoppers' profiles, requests and answers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float32]
Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing a shopper did with one product.

    Attributes:
        product_id: the catalog's id; never a row, so that a profile outlives any snapshot.
        at: when, in seconds since the epoch (UTC).
        kind: `purchase`, `view`, `cart`, `impression`, `click` or `hide`.
    """

    product_id: str
    at: float
    kind: str = "purchase"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a shopper, or the shop in their name, said they like and dislike.

    Attributes:
        liked_categories, disliked_categories: paths; each stands for all below it too.
        liked_brands, disliked_brands: as the catalog spells them.
        price_min, price_max: in the shop's currency; None: no bound.
        hidden_products: never shown to this shopper.
    """

    liked_categories: tuple[str, ...] = ()
    disliked_categories: tuple[str, ...] = ()
    liked_brands: tuple[str, ...] = ()
    disliked_brands: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    hidden_products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one shopper."""

    user_id: str
    interactions: tuple[Interaction, ...] = ()
    preferences: Preferences = Preferences()


@dataclass(frozen=True, slots=True)
class Present:
    """What a shopper does right now, told with the request; known or not, nothing of it is kept.

    Attributes:
        interactions: of the session, those with the basket's products among them.
        basket: product ids in the basket: the page is to go with them.
    """

    interactions: tuple[Interaction, ...] = ()
    basket: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What an item must fulfil; filters always hold, in fallbacks too.

    Attributes:
        categories: paths such as `Pantry > Pasta`; an item is in one of them or below. Empty: any.
        in_stock: only products in stock.
        exclude: product ids never to be shown.
        brands: an item is of one of them, in any case of letters. Empty: any.
        price_min, price_max: both inclusive; an item without a price is in no range. None: no bound.
    """

    categories: tuple[str, ...] = ()
    in_stock: bool = False
    exclude: frozenset[str] = frozenset()
    brands: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One request for recommendations.

    Attributes:
        limit: how many items at most.
        filters: what each of them must fulfil.
        include_purchased: whether products that the shopper bought before may be among them.
        strict_filtering: whether a page stays short when too few products fulfil the filters; otherwise others, marked
            as such, fill it up, but never excluded, deleted or already bought ones.
        diversity: 0 to 1: how much unlikeness to the items above counts beside relevance.
        explain: whether the items carry the terms of their scores.
        shown: hashes (`snapshot.tables.short_hash`) of the products on earlier pages, which never come again.
    """

    limit: int
    filters: Filters = field(default_factory=Filters)
    include_purchased: bool = False
    strict_filtering: bool = True
    diversity: float = 0.0
    explain: bool = False
    shown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is shown: a code for programs, a sentence for shoppers, the products that caused it."""

    code: str
    text: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a score; `product_id` names the product that it comes from, where it comes from one."""

    name: str
    value: float
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item of an answer; with the terms that its score is the sum of, where the query asks for them."""

    product_id: str
    score: float
    reason: Reason
    outside_filters: bool = False
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Items, best first, and the rung of the fallback ladder that produced the first of them.

    Attributes:
        strategy: the rung.
        items: at most as many as were asked for.
        more: whether another page would hold anything.
    """

    strategy: str
    items: tuple[Recommendation, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A profile in the terms of one snapshot.

    Attributes:
        rows: products of the profile that the snapshot knows, each once; shape (m,).
        weights: ŵ_j = w_j / √Σw, w the weight by recency and kind; shape (m,).
        known_rows: every product of the profile that was bought and that the snapshot knows, ascending, those beyond
            the history's cap too: what was bought is never offered again as a discovery.
    """

    rows: Rows
    weights: FloatVector
    known_rows: Rows


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often, and how lately, a shopper bought each product.

    Attributes:
        rows: products of the profile that the snapshot knows, ascending, each once; shape (m,).
        days: distinct days on which the product was bought; shape (m,).
        values: f_i = Σ over these days of 0.5^(age / half-life); shape (m,).
    """

    rows: Rows
    days: Rows
    values: FloatVector


@dataclass(frozen=True, slots=True)
class Due:
    """Products that a shopper is about to buy again, most overdue first; all of shape (m,).

    Attributes:
        rows: the products.
        elapsed_days: since the last purchase.
        interval_days: usual time between two purchases.
        personal: whether the interval is the shopper's own; otherwise it is the product's median.
    """

    rows: Rows
    elapsed_days: NDArray[np.float64]
    interval_days: NDArray[np.float64]
    personal: Mask


@dataclass(frozen=True, slots=True)
class NeighbourSums:
    """The history's direct neighbours in the item-item weights, summed over the history.

    Attributes:
        rows: neighbours, ascending, each once; shape (t,).
        weight: Σ_j ŵ_j B_ji; shape (t,).
        residual: Σ_j ŵ_j E_ji, with E = B − P Qᵀ; shape (t,).
    """

    rows: Rows
    weight: FloatVector
    residual: FloatVector


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows with their scores; both of shape (k,), in the same order."""

    rows: Rows
    scores: FloatVector
