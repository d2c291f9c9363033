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
class Filters:
    """What an item must fulfil; filters always hold, in fallbacks too.

    Attributes:
        categories: paths such as `Pantry > Pasta`; an item is in one of them or below. Empty: any.
        in_stock: only products in stock.
        exclude: product ids never to be shown.
    """

    categories: tuple[str, ...] = ()
    in_stock: bool = False
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """One request for recommendations.

    Attributes:
        limit: how many items at most.
        filters: what each of them must fulfil.
        include_purchased: whether products that the shopper bought before may be among them.
    """

    limit: int
    filters: Filters = field(default_factory=Filters)
    include_purchased: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is shown: a code for programs, a sentence for shoppers, the products that caused it."""

    code: str
    text: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item of an answer."""

    product_id: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """Items, best first, and the rung of the fallback ladder that produced the first of them."""

    strategy: str
    items: tuple[Recommendation, ...]


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
