"""The scenarios, from request to answer: a profile is the only IO, the core decides the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import structlog
from msgspec import UNSET, UnsetType

from adapters.telemetry import ServiceMetrics
from recommender.entities import Answer, Profile, Query
from recommender.pages import pipeline
from recommender.ports import StageObserver
from recommender.scenarios import item_lists
from recommender.snapshot.tables import short_hash
from service.http.refusals import InvalidBody, InvalidParameter, UnknownProduct
from service.recommendations.responses import Presentation, RecommendationsView, Scenario, item_views
from service.shoppers.profiles import LoadedProfile, ProfileReader
from service.signed.cursors import DEEPEST, CursorFault, Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.snapshots.live import LiveSnapshot, Serving


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of one list.

    Attributes:
        scenario: what is asked for.
        arguments: what the list is of; cursors are bound to it.
        query: for the core, with what earlier pages showed.
        presentation: how the page is shown.
    """

    scenario: Scenario
    arguments: bytes
    query: Query
    presentation: Presentation


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Answers requests for recommendations.

    Attributes:
        live: the snapshot that is served.
        profiles: where shoppers' profiles come from.
        ids: makes recommendation ids.
        cursors: makes and reads cursors.
        stages: told of every stage.
        metrics: counts strategies and degradations.
        clock: epoch seconds.
    """

    live: LiveSnapshot
    profiles: ProfileReader
    ids: RecommendationIds
    cursors: Cursors
    stages: StageObserver
    metrics: ServiceMetrics
    clock: Callable[[], float]

    async def for_you(self, user_id: str, query: Query, presentation: Presentation) -> RecommendationsView:
        """Personal recommendations; raises NothingToServe before the first snapshot."""
        listing = self.listing("for-you", user_id, query, presentation)
        loaded = await self.profile_of(user_id)
        # Taken after the wait: the view is used without another one, so it is live when the answer is made.
        serving = self.live.serving
        answer = pipeline.recommend(
            serving.snapshot, serving.corrections, loaded.profile, listing.query, self.stages
        )
        return self.personal(serving, answer, listing, user_id, {*loaded.degraded})

    def similar(self, product_id: str, query: Query, presentation: Presentation) -> RecommendationsView:
        """Products like this one; raises UnknownProduct, and NothingToServe before the first snapshot."""
        listing = self.listing("similar", product_id, query, presentation)
        serving = self.live.serving
        row = _row_of(serving, product_id)
        answer = pipeline.similar(serving.snapshot, serving.corrections, row, listing.query, self.stages)
        return self.shared(serving, answer, listing)

    def bought_together(
        self, product_id: str, query: Query, presentation: Presentation
    ) -> RecommendationsView:
        """What goes with this product; raises UnknownProduct, and NothingToServe before the first snapshot."""
        listing = self.listing("bought-together", product_id, query, presentation)
        serving = self.live.serving
        row = _row_of(serving, product_id)
        answer = item_lists.bought_together(
            serving.snapshot, serving.corrections, row, listing.query, self.stages
        )
        return self.shared(serving, answer, listing)

    async def buy_again(self, user_id: str, query: Query, presentation: Presentation) -> RecommendationsView:
        """Repeat purchases that are due; raises NothingToServe before the first snapshot."""
        listing = self.listing("buy-again", user_id, query, presentation)
        loaded = await self.profile_of(user_id)
        serving, now = self.live.serving, self.clock()
        answer = item_lists.buy_again(
            serving.snapshot, serving.corrections, loaded.profile, listing.query, now, self.stages
        )
        return self.personal(serving, answer, listing, user_id, {*loaded.degraded})

    def trending(self, query: Query, presentation: Presentation) -> RecommendationsView:
        """What sells better than usual; raises NothingToServe before the first snapshot."""
        listing = self.listing("trending", None, query, presentation)
        serving = self.live.serving
        answer = item_lists.trending(serving.snapshot, serving.corrections, listing.query, self.stages)
        return self.shared(serving, answer, listing)

    def new_arrivals(self, query: Query, presentation: Presentation) -> RecommendationsView:
        """The latest additions to the catalogue; raises NothingToServe before the first snapshot."""
        listing = self.listing("new", None, query, presentation)
        serving = self.live.serving
        answer = item_lists.new_arrivals(serving.snapshot, serving.corrections, listing.query, self.stages)
        return self.shared(serving, answer, listing)

    async def new_arrivals_for(
        self, user_id: str, query: Query, presentation: Presentation
    ) -> RecommendationsView:
        """The latest additions, the shopper's preferred categories first; raises NothingToServe before any snapshot."""
        listing = self.listing("new", user_id, query, presentation)
        loaded = await self.profile_of(user_id)
        serving = self.live.serving
        answer = item_lists.new_arrivals(
            serving.snapshot, serving.corrections, listing.query, self.stages, loaded.profile
        )
        return self.personal(serving, answer, listing, user_id, {*loaded.degraded})

    def popular(self, query: Query, presentation: Presentation) -> RecommendationsView:
        """What most shoppers bought of late; raises NothingToServe before the first snapshot."""
        listing = self.listing("popular", None, query, presentation)
        serving = self.live.serving
        answer = pipeline.popular(serving.snapshot, serving.corrections, listing.query, self.stages)
        return self.shared(serving, answer, listing)

    async def profile_of(self, user_id: str | None) -> LoadedProfile:
        """The shopper's profile, an empty one of nobody; raises NothingToServe before the first snapshot."""
        self.live.check()  # before the catalog is asked in vain
        if user_id is None:
            return LoadedProfile(Profile(""))
        with self.stages.stage("read_profile"):
            return await self.profiles.read(user_id)

    def listing(
        self, scenario: Scenario, subject: object, query: Query, presentation: Presentation
    ) -> Listing:
        """The page that is asked for; `subject` is what the list is of beside the query.

        Raises:
            InvalidParameter, InvalidBody: the cursor is not one of this list.
        """
        arguments = msgspec.json.encode(
            (scenario, subject, replace(query, limit=0, shown=(), explain=False)), order="deterministic"
        )
        if presentation.cursor is None:
            return Listing(scenario, arguments, query, presentation)
        try:
            shown = self.cursors.shown(arguments, presentation.cursor)
        except CursorFault as fault:
            if presentation.cursor_pointer is not None:
                raise InvalidBody(presentation.cursor_pointer, str(fault)) from fault
            raise InvalidParameter("cursor", str(fault)) from fault
        resumed = replace(query, shown=shown, limit=max(0, min(query.limit, DEEPEST - len(shown))))
        return Listing(scenario, arguments, resumed, presentation)

    def shared(self, serving: Serving, answer: Answer, listing: Listing) -> RecommendationsView:
        """The page of a list that everyone gets alike."""
        identity = msgspec.json.encode((listing.arguments, listing.query.shown, listing.query.limit)).decode()
        recommendation_id = self.ids.shared(listing.scenario, serving.manifest.version, identity)
        return self._view(serving, answer, listing, recommendation_id, None, set())

    def personal(
        self, serving: Serving, answer: Answer, listing: Listing, user_id: str | None, degraded: set[str]
    ) -> RecommendationsView:
        """The page of one shopper's list; `degraded` is what was down while it was made."""
        recommendation_id = self.personal_id(listing.scenario, serving)
        return self._view(serving, answer, listing, recommendation_id, user_id, degraded)

    def personal_id(self, scenario: Scenario, serving: Serving) -> str:
        """The id of an answer made now, for one shopper."""
        return self.ids.personal(scenario, serving.manifest.version, int(self.clock() * 1000))

    def account(self, scenario: Scenario, strategy: str, degraded: set[str]) -> list[str]:
        """Counts an answer; returns all that was down while it was made."""
        missing = sorted(degraded | ({"catalog"} if self.live.feed_is_down else set()))
        for name in missing:
            self.metrics.degraded(name)
        self.metrics.answered(scenario, strategy)
        return missing

    def _view(
        self,
        serving: Serving,
        answer: Answer,
        listing: Listing,
        recommendation_id: str,
        user_id: str | None,
        degraded: set[str],
    ) -> RecommendationsView:
        missing = self.account(listing.scenario, answer.strategy, degraded)
        structlog.get_logger("service").debug("answered", scenario=listing.scenario, items=len(answer.items))
        return RecommendationsView(
            recommendation_id=recommendation_id,
            user_id=user_id,
            scenario=listing.scenario,
            strategy=answer.strategy,
            degraded=missing,
            snapshot_version=serving.manifest.version,
            items=item_views(serving, answer, listing.presentation.expand),
            next_cursor=self._next_cursor(answer, listing),
        )

    def _next_cursor(self, answer: Answer, listing: Listing) -> str | UnsetType:
        earlier = listing.query.shown
        if not answer.more or len(earlier) + len(answer.items) >= DEEPEST:
            return UNSET
        shown = [short_hash(item.product_id) for item in answer.items]
        return self.cursors.after(listing.arguments, [*earlier, *shown])


def _row_of(serving: Serving, product_id: str) -> int:
    """The product's row; raises UnknownProduct where there is none, or the product was deleted since."""
    row = serving.snapshot.lookup.row(product_id)
    change = serving.corrections.overlay.changes.get(product_id)
    if row < 0 or (change is not None and change.deleted):
        raise UnknownProduct(product_id)
    return row
