"""One shopper: actions, preferences and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import msgspec
import numpy as np

from recommender.entities import NO_PREFERENCES, Profile, Query
from recommender.interactions import IMPRESSION, KINDS, Interactions, Kind
from service.console.facts.lists import WITH_PRODUCTS, ConsoleList, session_list, shared_list
from service.console.facts.product_lines import ProductLine, product_lines
from service.http.problems import ProblemException
from service.recommendations.names import Scenario
from service.recommendations.paging import ListRequest
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer
from service.shoppers.preferences import PreferencesView
from service.shoppers.profiles.loaded_profile import Degradation, LoadedProfile
from service.snapshots.live import Serving

MAX_TIMELINE = 200
_PERSONAL: tuple[Scenario, ...] = ("for-you", "buy-again")


class UnknownShopper(ProblemException):
    """A shopper of whom nothing is known, or who was erased."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            404,
            "unknown-shopper",
            "Unknown shopper",
            f"Neither the catalog nor this service knows a shopper {user_id!r}.",
        )


class TimelineEntry(msgspec.Struct, frozen=True):
    """An action of the shopper, as recommendations count it.

    Attributes:
        at: when it happened.
        kind: what the shopper did.
        product: with which product.
    """

    at: datetime
    kind: Kind
    product: ProductLine


class ShopperView(msgspec.Struct, frozen=True):
    """A shopper in the console.

    Attributes:
        user_id: the shopper.
        degraded: dependencies that were down. Something may be missing then.
        interactions: number of actions that recommendations know, impressions left out.
        impressions: number of impressions that they know.
        timeline: the latest actions, newest first, without impressions.
        preferences: those in effect: the shopper's own, and those of the catalog. Hidden products are among them.
        lists: everything that the shopper is offered without naming a product, and with `and_bought`, what completes a
            basket of these products.
        missing_ids: products of `and_bought` that the catalog does not have. Their purchase changes nothing.
    """

    user_id: str
    degraded: list[Degradation]
    interactions: int
    impressions: int
    timeline: list[TimelineEntry]
    preferences: PreferencesView
    lists: list[ConsoleList]
    missing_ids: list[str]


@dataclass(frozen=True, slots=True)
class ShopperFacts:
    """Answers questions about one shopper. Nothing is stored, and no answer counts as shown.

    Attributes:
        recommendations: answers like those of the API, without its metrics.
    """

    recommendations: Recommendations

    async def read(self, user_id: str, query: Query, and_bought: Sequence[str] = ()) -> ShopperView:
        """The shopper now, and with further purchases.

        Args:
            user_id: the shopper.
            query: parameters of each list.
            and_bought: products that the shopper would buy now.

        Raises:
            UnknownShopper: nothing is known of the shopper, and everything could be read.
            NothingToServe: no snapshot is loaded yet.
        """
        loaded = await self.recommendations.profile_of(user_id)
        profile = loaded.profile
        if not (loaded.degraded or is_known(loaded)):
            raise UnknownShopper(user_id)
        basket_lists = (
            [await session_list(self.recommendations, "basket", query, and_bought, Viewer(user_id))]
            if and_bought
            else []
        )
        lists = [
            *await self._personal(loaded, query, list(and_bought)),
            *basket_lists,
            *await self._shared(user_id, query),
        ]
        serving = self.recommendations.live.serving
        impressions = int((profile.interactions.kinds == IMPRESSION).sum())
        return ShopperView(
            user_id,
            sorted({*loaded.degraded} | ({"catalog"} if self.recommendations.live.feed_is_down else set())),
            len(profile.interactions) - impressions,
            impressions,
            timeline(serving, profile.interactions),
            PreferencesView.of(profile.preferences),
            lists,
            list(serving.unknown(and_bought)),
        )

    async def _personal(
        self, loaded: LoadedProfile, query: Query, and_bought: list[str]
    ) -> list[ConsoleList]:
        """The lists from the profile, each in a time slice of its own."""
        after = self._with_purchases(loaded, and_bought) if and_bought else None
        found = []
        for scenario in _PERSONAL:
            request = ListRequest.of(scenario, loaded.profile.user_id, query, WITH_PRODUCTS)
            await self.recommendations.slices.take()
            now = self.recommendations.personal_page(request, loaded)
            later = self.recommendations.personal_page(request, after) if after else None
            found.append(ConsoleList.of(now, later))
        return found

    async def _shared(self, user_id: str, query: Query) -> list[ConsoleList]:
        """The lists for everyone, without what this shopper does not get to see."""
        answers = self.recommendations
        return [
            await shared_list(answers, ask, query, Viewer(user_id))
            for ask in (answers.new_arrivals, answers.trending, answers.popular)
        ]

    def _with_purchases(self, loaded: LoadedProfile, product_ids: list[str]) -> LoadedProfile:
        """The profile as it would be once events of these purchases were accepted."""
        now, profile = self.recommendations.clock(), loaded.profile
        bought = profile.interactions.followed_by([(each, now, "purchase") for each in product_ids])
        return LoadedProfile(
            Profile(profile.user_id, bought, profile.preferences), loaded.degraded, loaded.hides_known
        )


def is_known(loaded: LoadedProfile) -> bool:
    """True if anything is known of the shopper."""
    profile = loaded.profile
    return len(profile.interactions) > 0 or profile.preferences != NO_PREFERENCES


def timeline(serving: Serving, interactions: Interactions) -> list[TimelineEntry]:
    """The latest interactions, newest first, without impressions."""
    places = np.flatnonzero(interactions.kinds != IMPRESSION)
    latest = places[np.argsort(-interactions.times[places], kind="stable")][:MAX_TIMELINE]
    lines = product_lines(serving, interactions.lookup.ids.texts(interactions.products[latest]))
    columns = zip(
        interactions.times[latest].tolist(), interactions.kinds[latest].tolist(), lines, strict=True
    )
    return [
        TimelineEntry(datetime.fromtimestamp(at, UTC), cast("Kind", KINDS[code]), product)
        for at, code, product in columns
    ]
