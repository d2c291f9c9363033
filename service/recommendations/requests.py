"""What callers send: bodies of requests for recommendations, strict and bounded."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from recommender.entities import Filters, Interaction, Present, Query
from service.http.ids import ProductId, UserId
from service.http.refusals import InvalidBody
from service.recommendations.responses import Presentation

MOST_INTERACTIONS = 500
MOST_IN_BASKET = 100
MOST_EXCLUDED = 1000
MOST_RANKED = 500
MOST_IN_BATCH = 100

Brand = Annotated[str, Meta(max_length=1000, examples=["Barilla"])]
Price = Annotated[float, Meta(ge=0, examples=[9.99])]
Category = Annotated[str, Meta(max_length=1000, examples=["Pantry > Pasta"])]
PresentScenario = Literal["for-you", "session", "basket"]


class InteractionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the shopper did; just now, unless `at` says when. Times in the future count as now."""

    product_id: ProductId
    kind: Literal["view", "click", "cart", "purchase", "impression", "hide"] = "view"
    at: Annotated[datetime, Meta(tz=True)] | None = None


class ShopperBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is asked for: what they do now, and who they are, where that is known."""

    user_id: UserId | None = None
    interactions: Annotated[list[InteractionBody], Meta(max_length=MOST_INTERACTIONS)] = []
    basket: Annotated[list[ProductId], Meta(max_length=MOST_IN_BASKET)] = []

    def check(self, place: str = "") -> None:
        """Raises InvalidBody for an id that cannot be one; `place` is the pointer to this body."""
        if self.user_id is not None:
            _check_ids([self.user_id], lambda number: f"{place}/user_id")
        named = [interaction.product_id for interaction in self.interactions]
        _check_ids(named, lambda number: f"{place}/interactions/{number}/product_id")
        _check_ids(self.basket, lambda number: f"{place}/basket/{number}")

    def named(self) -> list[str]:
        """Every product that is named, each once, in order."""
        named = [interaction.product_id for interaction in self.interactions]
        return list(dict.fromkeys([*named, *self.basket]))

    def present(self, now: float) -> Present:
        """For the core; `now` in seconds since the epoch. A basket's products count as put into the cart just now."""
        done = [
            Interaction(each.product_id, min(each.at.timestamp(), now) if each.at else now, each.kind)
            for each in self.interactions
        ]
        carted = [Interaction(product_id, now, "cart") for product_id in self.basket]
        return Present((*done, *carted), tuple(self.basket))


class RecommendationsBody(ShopperBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for recommendations: for a guest, a session, a basket, a known shopper, or several of them at once.

    `scenario` follows from what is given: `basket`, else `session`, else `for-you`.
    """

    scenario: PresentScenario | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, Meta(max_length=8192)] | None = None
    category: Annotated[list[Category], Meta(max_length=100)] = []
    in_stock: bool = False
    exclude: Annotated[list[ProductId], Meta(max_length=MOST_EXCLUDED)] = []
    brand: Annotated[list[Brand], Meta(max_length=100)] = []
    price_min: Price | None = None
    price_max: Price | None = None
    strict_filtering: bool = True
    include_purchased: bool = False
    diversity: Annotated[float, Meta(ge=0, le=1)] = 0.0
    explain: bool = False
    expand: Literal["product"] | None = None

    def check(self, place: str = "") -> None:
        """Raises InvalidBody where ids cannot be ids, or the scenario lacks what it is about."""
        super().check(place)
        _check_ids(self.exclude, lambda number: f"{place}/exclude/{number}")
        needed = {
            "basket": bool(self.basket),
            "session": bool(self.interactions),
            "for-you": bool(self.user_id),
        }
        lacking = {"basket": "basket", "session": "interactions", "for-you": "user_id"}
        asked = self.asked_scenario()
        if self.scenario is not None and not needed[asked]:
            raise InvalidBody(f"{place}/{lacking[asked]}", f"the scenario {asked!r} needs it")
        if not any(needed.values()):
            raise InvalidBody(place, "give interactions, a basket or a user_id")
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise InvalidBody(
                f"{place}/price_min", f"{self.price_min:g} is more than price_max, {self.price_max:g}"
            )

    def asked_scenario(self) -> PresentScenario:
        """The scenario that is named, else the one that fits what is given."""
        if self.scenario is not None:
            return self.scenario
        return "basket" if self.basket else "session" if self.interactions else "for-you"

    def query(self) -> Query:
        """For the core."""
        filters = Filters(
            tuple(self.category),
            self.in_stock,
            frozenset(self.exclude),
            tuple(self.brand),
            self.price_min,
            self.price_max,
        )
        return Query(
            self.limit,
            filters,
            self.include_purchased,
            strict_filtering=self.strict_filtering,
            diversity=self.diversity,
            explain=self.explain,
        )

    def presentation(self, cursor_pointer: str) -> Presentation:
        """How the page is shown; `cursor_pointer` points at the body's cursor."""
        return Presentation(self.expand is not None, self.cursor, cursor_pointer)

    def subject(self) -> object:
        """What the list is of, beside its query: cursors are bound to it."""
        return (self.user_id, self.interactions, sorted(self.basket))


class RankingsBody(ShopperBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of products to be put in order for the shopper."""

    product_ids: Annotated[list[ProductId], Meta(min_length=1, max_length=MOST_RANKED)]

    def check(self, place: str = "") -> None:
        """Raises InvalidBody for an id that cannot be one."""
        super().check(place)
        _check_ids(self.product_ids, lambda number: f"{place}/product_ids/{number}")


class BatchEntry(RecommendationsBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request of a batch; `id` is the caller's, to tell the answers apart."""

    id: Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARACTERS, examples=["newsletter-u-7"])]


class BatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 100 requests at once."""

    entries: Annotated[list[BatchEntry], Meta(min_length=1, max_length=MOST_IN_BATCH)]

    def check(self) -> None:
        """Raises InvalidBody where two entries have one id."""
        seen: set[str] = set()
        for number, entry in enumerate(self.entries):
            if entry.id in seen:
                raise InvalidBody(
                    f"/entries/{number}/id", f"{entry.id[:50]!r} names an earlier entry already"
                )
            seen.add(entry.id)


def _check_ids(ids: Iterable[str], pointer: Callable[[int], str]) -> None:
    for number, value in enumerate(ids):
        fault = id_fault(value)
        if fault:
            raise InvalidBody(pointer(number), f"{_shown(value)}: {fault}")


def _shown(value: str) -> str:
    return repr(value[:50].encode(errors="replace").decode())
