"""Recommendations by scenario: reads the profile, calls the core, builds the response."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import cast

import msgspec
import structlog
from msgspec import UNSET

from adapters.cache import CacheEntry
from adapters.telemetry import ServiceMetrics
from recommender.entities import Answer, Profile, Query
from recommender.pages.kept_states import KeptStates
from recommender.ports import StageObserver
from recommender.product_ids import short_hashes
from recommender.scenarios.additions import alternatives_of_addition, complements_of_addition
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.buy_again import buy_again
from recommender.scenarios.for_you import for_you
from recommender.scenarios.new_arrivals import new_arrivals
from recommender.scenarios.popular import popular
from recommender.scenarios.similar import similar
from recommender.scenarios.trending import trending
from service.recommendations.around_product import answer_around
from service.recommendations.names import Scenario, Strategy
from service.recommendations.paging import ListRequest, next_cursor
from service.recommendations.personal_scenarios import PersonalScenario, unseen_arrivals
from service.recommendations.responses import (
    ListResponse,
    Presentation,
    RecommendationsView,
    item_views,
    unknown_filter_views,
)
from service.recommendations.time_slices import TimeSlices
from service.recommendations.viewers import Viewer, seen_by, unknown_shopper_hiding, withheld, without_hidden
from service.shoppers.profiles.loaded_profile import Degradation, LoadedProfile
from service.shoppers.profiles.profile_reader import ProfileReader
from service.signed.cursors import Cursors
from service.signed.recommendation_ids import RecommendationIds, products_of
from service.snapshots.live import LiveSnapshot, Serving

_log = logging.getLogger("service")
_NO_PROFILE = LoadedProfile(Profile(""))
_PRODUCT_ID = attrgetter("product_id")


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Answers requests for recommendations.

    All methods raise NothingToServe before the first snapshot, and InvalidParameter or InvalidBody for a cursor of
    another list. `clock` gives epoch seconds. The entries of all batches share the time `slices`. Requests that do not
    say whether sold-out products are left out get `in_stock_by_default`.
    """

    live: LiveSnapshot
    profiles: ProfileReader
    ids: RecommendationIds
    cursors: Cursors
    stages: StageObserver
    metrics: ServiceMetrics
    clock: Callable[[], float]
    slices: TimeSlices = field(default_factory=TimeSlices)
    in_stock_by_default: bool = False

    async def personal_list(self, request: ListRequest, cached: CacheEntry | None = None) -> ListResponse:
        """Personal recommendations or repeat purchases of the shopper who is the subject.

        Args:
            request: the list.
            cached: cache entry of the profile, if it was read before.
        """
        request = request.after_cursor(self.cursors)
        return self.personal_page(request, await self.profile_of(cast("str", request.subject), cached))

    async def new_arrivals(self, query: Query, presentation: Presentation, viewer: Viewer) -> ListResponse:
        """The latest additions to the catalog, the preferred categories of a named shopper first."""
        if viewer.user_id is not None:
            request = ListRequest.of("new", viewer.user_id, query, presentation)
            return await self.personal(request, viewer, unseen_arrivals)
        return await self.shared(
            ListRequest.of("new", None, query, presentation),
            lambda serving, query: new_arrivals(serving.snapshot, serving.corrections, query, self.stages),
            viewer,
        )

    async def popular(self, query: Query, presentation: Presentation, viewer: Viewer) -> ListResponse:
        """Popular products."""
        return await self.shared(
            ListRequest.of("popular", None, query, presentation),
            lambda serving, query: popular(serving.snapshot, serving.corrections, query, self.stages),
            viewer,
        )

    async def trending(self, query: Query, presentation: Presentation, viewer: Viewer) -> ListResponse:
        """Products that sell better than usual."""
        return await self.shared(
            ListRequest.of("trending", None, query, presentation),
            lambda serving, query: trending(serving.snapshot, serving.corrections, query, self.stages),
            viewer,
        )

    async def similar(
        self, product_id: str, query: Query, presentation: Presentation, viewer: Viewer
    ) -> ListResponse:
        """Products similar to this one. Raises UnknownProduct."""
        return await self.shared(
            ListRequest.of("similar", product_id, query, presentation),
            lambda serving, query: answer_around(
                serving, product_id, query, self.stages, similar, alternatives_of_addition
            ),
            viewer,
        )

    async def bought_together(
        self, product_id: str, query: Query, presentation: Presentation, viewer: Viewer
    ) -> ListResponse:
        """Products bought together with this one. Raises UnknownProduct."""
        return await self.shared(
            ListRequest.of("bought-together", product_id, query, presentation),
            lambda serving, query: answer_around(
                serving, product_id, query, self.stages, bought_together, complements_of_addition
            ),
            viewer,
        )

    async def shared(
        self, request: ListRequest, make_answer: Callable[[Serving, Query], Answer], viewer: Viewer
    ) -> ListResponse:
        """A page of a list that belongs to no shopper.

        Equal requests get the same recommendation id until the snapshot or the products change.

        Args:
            request: the list.
            make_answer: the scenario.
            viewer: who sees it. Some products are left out for this shopper, see `seen_by`.
        """
        request = request.after_cursor(self.cursors)
        query = request.query
        loaded = await self.profile_of(viewer.shopper, viewer.cached)
        serving = self.live.serving
        answer = make_answer(serving, seen_by(viewer, query, loaded.profile))
        identity = msgspec.json.encode((request.arguments(), query.shown, query.limit))
        make_id = partial(self.ids.shared, request.scenario, serving.manifest.version, identity)
        return self._response(request, viewer, loaded, serving, answer, make_id)

    async def personal(
        self,
        request: ListRequest,
        viewer: Viewer,
        make_answer: PersonalScenario,
        take_slice: Callable[[], Awaitable[None]] | None = None,
    ) -> ListResponse:
        """A page of one shopper's list, for any scenario. `personal_list` has the usual two.

        Args:
            request: the list.
            viewer: the shopper. Without a `user_id` the page is that of an unknown shopper.
            make_answer: the scenario.
            take_slice: called when everything is read, and before the answer is made.
        """
        request = request.after_cursor(self.cursors)
        loaded = await self.profile_of(viewer.shopper, viewer.cached)
        if take_slice is not None:
            await take_slice()
        return self.personal_page(request, loaded, viewer, make_answer)

    def personal_page(
        self,
        request: ListRequest,
        loaded: LoadedProfile,
        viewer: Viewer | None = None,
        make_answer: PersonalScenario | None = None,
    ) -> ListResponse:
        """A page of one shopper's list, from a profile that was read before.

        Does not wait.

        Args:
            request: the list, after its cursor.
            loaded: the viewer's profile.
            viewer: the shopper. None: the one whose profile it is.
            make_answer: the scenario. None: personal recommendations or repeat purchases, as the request names them.
        """
        viewer = viewer or Viewer(loaded.profile.user_id)
        # Read after the profile: no other snapshot can take over before the answer is made.
        serving, profile, query = self.live.serving, loaded.profile, request.query
        if viewer.user_id is None:
            query, kept = without_hidden(query, profile), KeptStates()
            profile = unknown_shopper_hiding(profile)
        else:
            kept = serving.states_of(loaded)
        if make_answer is None:
            make_answer = for_you if request.scenario == "for-you" else partial(buy_again, now=self.clock())
        made = kept.made
        answer = make_answer(serving.snapshot, serving.corrections, profile, query, self.stages, kept=kept)
        if make_answer is for_you:  # Other lists compute no candidates to keep.
            self.metrics.shopper_state(kept=kept.made == made)
        if viewer.user_id is not None:
            self.profiles.known.measure(viewer.user_id, kept.nbytes())
        make_id = partial(self.ids.personal, request.scenario, serving.manifest.version, viewer.shopper)
        return self._response(request, viewer, loaded, serving, answer, make_id)

    async def profile_of(self, user_id: str | None, cached: CacheEntry | None = None) -> LoadedProfile:
        """The shopper's profile, an empty one without `user_id`.

        `cached` is the cache's entry of it, if it was read before.
        """
        self.live.check()  # before the catalog gets a request that would be useless
        if user_id is None:
            return _NO_PROFILE
        with self.stages.stage("read_profile"):
            return await self.profiles.read(user_id, cached)

    def count_answer(self, scenario: Scenario, strategy: str, loaded: LoadedProfile) -> list[Degradation]:
        """Counts an answer in the metrics. Returns the dependencies that were down."""
        self.metrics.answered(scenario, strategy)
        if not loaded.degraded and not self.live.feed_is_down:
            return []
        feed: set[Degradation] = {"catalog"} if self.live.feed_is_down else set()
        degraded = sorted({*loaded.degraded} | feed)
        for name in degraded:
            self.metrics.degraded(scenario, name)
        return degraded

    def _response(
        self,
        request: ListRequest,
        viewer: Viewer,
        loaded: LoadedProfile,
        serving: Serving,
        answer: Answer,
        make_id: Callable[[bytes], str],
    ) -> ListResponse:
        """The response with an answer of the core.

        Args:
            request: the request, after its cursor.
            viewer: the shopper who sees it.
            loaded: the viewer's profile.
            serving: snapshot and overlay that the answer was made from.
            answer: the items.
            make_id: makes the recommendation id for these products, see `products_of`.
        """
        hashes = short_hashes(map(_PRODUCT_ID, answer.items))
        products = products_of(hashes)
        if not loaded.hides_known:
            answer = withheld(answer)
        if _log.isEnabledFor(logging.DEBUG):
            items = len(answer.items)
            structlog.get_logger("service").debug("answered", scenario=request.scenario, items=items)
        view = RecommendationsView(
            recommendation_id=make_id(products),
            user_id=viewer.user_id,
            scenario=request.scenario,
            strategy=cast("Strategy", answer.strategy),
            degraded=self.count_answer(request.scenario, answer.strategy, loaded),
            snapshot_version=serving.manifest.version,
            items=item_views(serving, answer, request.presentation.expand),
            next_cursor=next_cursor(self.cursors, request, answer, hashes),
            missing_ids=UNSET if answer.missing_ids is None else list(answer.missing_ids),
            unknown_filters=unknown_filter_views(serving, request.query.filters),
        )
        return ListResponse(view, serving, viewer.shopper, loaded, products)
