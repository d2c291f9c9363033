"""Request bodies, strict and bounded."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from recommender.entities import Filters, Interaction, Query, SessionContext
from service.http.ids import ProductId, UserId, normalize_ids
from service.http.problems import InvalidBody
from service.recommendations.responses import Presentation

MAX_INTERACTIONS = 500
MAX_BASKET = 100
MAX_EXCLUDED = 1000
MAX_RANKED = 500
MAX_ENTRIES = 100

MAX_RECOMMENDATIONS_BYTES = 2_000_000
MAX_RANKINGS_BYTES = 1_000_000
"""Every list at its maximum fits, with three bytes per character."""

MAX_BATCH_BYTES = 5_000_000
"""100 entries of 50 kB. An entry of 500 interactions with short ids fits."""

Brand = Annotated[str, Meta(max_length=1000, examples=["Barilla"])]
Price = Annotated[float, Meta(ge=0, examples=[9.99])]
Category = Annotated[str, Meta(max_length=1000, examples=["Pantry > Pasta"])]
SessionScenario = Literal["for-you", "session", "basket"]


class InteractionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """One action of the shopper.

    Attributes:
        product_id: the product.
        kind: what the shopper did.
        at: when it happened. Absent: now. Unlike the `occurred_at` of an event it may be in the future, and then counts
            as now.
    """

    product_id: ProductId
    kind: Literal["view", "click", "cart", "purchase", "impression", "hide"] = "view"
    at: Annotated[datetime, Meta(tz=True)] | None = None

    def __post_init__(self) -> None:
        normalize_ids(self, "product_id")


class ShopperBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shopper: their id, if known, and their current actions.

    Attributes:
        user_id: the shopper, if known. A shopper's token reaches its own `sub` only.
        interactions: what the shopper did in this session.
        basket: products in the basket.
    """

    user_id: UserId | None = None
    interactions: Annotated[list[InteractionBody], Meta(max_length=MAX_INTERACTIONS)] = []
    basket: Annotated[list[ProductId], Meta(max_length=MAX_BASKET)] = []

    def __post_init__(self) -> None:
        normalize_ids(self, "user_id", "basket")

    def check(self, pointer: str = "") -> None:
        """Raises InvalidBody for an invalid id. `pointer` is the JSON pointer to this body."""
        if self.user_id is not None:
            _check_ids([self.user_id], lambda number: f"{pointer}/user_id")
        named = [interaction.product_id for interaction in self.interactions]
        _check_ids(named, lambda number: f"{pointer}/interactions/{number}/product_id")
        _check_ids(self.basket, lambda number: f"{pointer}/basket/{number}")

    def session(self, now: float) -> SessionContext:
        """The session for the core.

        Products of the basket count as put into the cart now.

        Args:
            now: seconds since the epoch.
        """
        actions = [
            Interaction(each.product_id, min(each.at.timestamp(), now) if each.at else now, each.kind)
            for each in self.interactions
        ]
        carted = [Interaction(product_id, now, "cart") for product_id in self.basket]
        return SessionContext((*actions, *carted), tuple(self.basket))


class RecommendationsBody(ShopperBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for a shopper, a session or a basket, in any combination.

    Attributes:
        scenario: Absent: a basket selects `basket`, else interactions select `session`, else `for-you`.
        limit: maximum number of items.
        cursor: `next_cursor` of the previous page. The rest of the body stays as it was, but for `limit`, `expand` and
            `explain`.
        category: only products of these categories and those below them.
        in_stock: `true` leaves sold-out products out, `false` shows them. Absent: the shop's default.
        exclude: products to leave out.
        brand: only products of these brands.
        price_min, price_max: only products in this range of prices, both inclusive.
        strict_filtering: `false` fills a short page with products outside the filters, each marked `outside_filters`.
        include_purchased: allows products that the shopper bought before.
        diversity: 0 orders by relevance alone, 1 by variety.
        explain: adds the terms and contributions of each score.
        expand: `product` adds the product to each item.
    """

    scenario: SessionScenario | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, Meta(max_length=8192)] | None = None
    category: Annotated[list[Category], Meta(max_length=100)] = []
    in_stock: bool | None = None
    exclude: Annotated[list[ProductId], Meta(max_length=MAX_EXCLUDED)] = []
    brand: Annotated[list[Brand], Meta(max_length=100)] = []
    price_min: Price | None = None
    price_max: Price | None = None
    strict_filtering: bool = True
    include_purchased: bool = False
    diversity: Annotated[float, Meta(ge=0, le=1)] = 0.0
    explain: bool = False
    expand: Literal["product"] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        normalize_ids(self, "exclude")

    def check(self, pointer: str = "") -> None:
        """Raises InvalidBody for invalid ids, blank names, missing input, or reversed prices."""
        super().check(pointer)
        _check_ids(self.exclude, lambda number: f"{pointer}/exclude/{number}")
        for field, names in (("category", self.category), ("brand", self.brand)):
            for number, name in enumerate(names):
                if not name.strip():
                    raise InvalidBody(f"{pointer}/{field}/{number}", "a name is not blank")
        given = {
            "basket": bool(self.basket),
            "session": bool(self.interactions),
            "for-you": bool(self.user_id),
        }
        input_of = {"basket": "basket", "session": "interactions", "for-you": "user_id"}
        scenario = self.effective_scenario()
        if self.scenario is not None and not given[scenario]:
            raise InvalidBody(f"{pointer}/{input_of[scenario]}", f"required by the scenario {scenario!r}")
        if not any(given.values()):
            raise InvalidBody(pointer, "requires interactions, a basket or a user_id")
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise InvalidBody(
                f"{pointer}/price_min", f"{self.price_min:g} is more than price_max, {self.price_max:g}"
            )

    def effective_scenario(self) -> SessionScenario:
        """The requested scenario, else the one that fits the given input."""
        if self.scenario is not None:
            return self.scenario
        return "basket" if self.basket else "session" if self.interactions else "for-you"

    def query(self, in_stock_by_default: bool) -> Query:
        """The query for the core.

        `in_stock_by_default` holds if the body does not say whether sold-out products are left out.
        """
        filters = Filters(
            categories=tuple(self.category),
            in_stock=in_stock_by_default if self.in_stock is None else self.in_stock,
            exclude=frozenset(self.exclude),
            brands=tuple(self.brand),
            price_min=self.price_min,
            price_max=self.price_max,
        )
        return Query(
            self.limit,
            filters,
            include_purchased=self.include_purchased,
            strict_filtering=self.strict_filtering,
            diversity=self.diversity,
            explain=self.explain,
        )

    def presentation(self, cursor_pointer: str) -> Presentation:
        """Presentation of the page. `cursor_pointer` is the JSON pointer to the body's cursor."""
        return Presentation(self.expand is not None, self.cursor, cursor_pointer)

    def subject(self) -> object:
        """Everything that the list depends on beside the query. Cursors are bound to it."""
        return (self.user_id, self.interactions, sorted(self.basket))


class RankingsBody(ShopperBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of products to rank for the shopper.

    Attributes:
        product_ids: the list. A product that is listed twice is ranked once.
    """

    product_ids: Annotated[list[ProductId], Meta(min_length=1, max_length=MAX_RANKED)]

    def __post_init__(self) -> None:
        super().__post_init__()
        normalize_ids(self, "product_ids")

    def check(self, pointer: str = "") -> None:
        """Raises InvalidBody for an invalid id."""
        super().check(pointer)
        _check_ids(self.product_ids, lambda number: f"{pointer}/product_ids/{number}")


class BatchEntry(RecommendationsBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request of a batch.

    Attributes:
        id: chosen by the caller to match results to entries.
    """

    id: Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARACTERS, examples=["newsletter-u-7"])]


_BATCH_LENGTH = Meta(min_length=1, max_length=MAX_ENTRIES)


# For the OpenAPI document. Batches are decoded as `Batch`.
class BatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of up to 100 requests.

    Attributes:
        entries: requests, which are answered independently.
    """

    entries: Annotated[list[BatchEntry], _BATCH_LENGTH]


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of undecoded requests, each of which may be invalid."""

    entries: Annotated[list[Raw], _BATCH_LENGTH]


def _check_ids(ids: Iterable[str], pointer: Callable[[int], str]) -> None:
    for number, value in enumerate(ids):
        fault = id_fault(value)
        if fault:
            raise InvalidBody(pointer(number), f"The id {_shown(value)} {fault}.")


def _shown(value: str) -> str:
    return repr(value[:50].encode(errors="replace").decode())
