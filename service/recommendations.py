"""The scenarios, from request to answer: a profile is the only IO, the core decides the rest."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog

from adapters.telemetry import ServiceMetrics
from recommender import item_lists, pipeline
from recommender.entities import Answer, Query
from recommender.ports import StageObserver
from service.answers import RecommendationsView, Scenario, item_views
from service.profiles import ProfileReader
from service.recommendation_ids import RecommendationIds
from service.refusals import UnknownProduct
from service.serving import LiveSnapshot, Serving


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Answers requests for recommendations.

    Attributes:
        live: the snapshot that is served.
        profiles: where shoppers' profiles come from.
        ids: makes recommendation ids.
        stages: told of every stage.
        metrics: counts strategies and degradations.
        clock: epoch seconds.
    """

    live: LiveSnapshot
    profiles: ProfileReader
    ids: RecommendationIds
    stages: StageObserver
    metrics: ServiceMetrics
    clock: Callable[[], float]

    async def for_you(self, user_id: str, query: Query, expand: bool) -> RecommendationsView:
        """Personal recommendations; raises NothingToServe before the first snapshot."""
        self.live.serving  # noqa: B018  fails before the catalog is asked for a profile in vain
        with self.stages.stage("read_profile"):
            loaded = await self.profiles.read(user_id)
        # Taken after the wait: the view is used without another one, so it is live when the answer is made.
        serving = self.live.serving
        answer = pipeline.recommend(serving.snapshot, serving.corrections, loaded.profile, query, self.stages)
        version = serving.manifest.version
        return self._view(
            serving,
            answer,
            "for-you",
            recommendation_id=self.ids.personal("for-you", version, int(self.clock() * 1000)),
            user_id=user_id,
            degraded={*loaded.degraded},
            expand=expand,
        )

    def similar(self, product_id: str, query: Query, expand: bool) -> RecommendationsView:
        """Products like this one; raises UnknownProduct, and NothingToServe before the first snapshot."""
        serving = self.live.serving
        row = _row_of(serving, product_id)
        answer = pipeline.similar(serving.snapshot, serving.corrections, row, query, self.stages)
        return self._shared(serving, answer, "similar", (product_id, query), expand)

    def bought_together(self, product_id: str, query: Query, expand: bool) -> RecommendationsView:
        """What goes with this product; raises UnknownProduct, and NothingToServe before the first snapshot."""
        serving = self.live.serving
        row = _row_of(serving, product_id)
        answer = item_lists.bought_together(serving.snapshot, serving.corrections, row, query, self.stages)
        return self._shared(serving, answer, "bought-together", (product_id, query), expand)

    async def buy_again(self, user_id: str, query: Query, expand: bool) -> RecommendationsView:
        """Repeat purchases that are due; raises NothingToServe before the first snapshot."""
        self.live.serving  # noqa: B018  as in `for_you`
        with self.stages.stage("read_profile"):
            loaded = await self.profiles.read(user_id)
        serving, now = self.live.serving, self.clock()
        answer = item_lists.buy_again(
            serving.snapshot, serving.corrections, loaded.profile, query, now, self.stages
        )
        return self._view(
            serving,
            answer,
            "buy-again",
            recommendation_id=self.ids.personal("buy-again", serving.manifest.version, int(now * 1000)),
            user_id=user_id,
            degraded={*loaded.degraded},
            expand=expand,
        )

    def trending(self, query: Query, expand: bool) -> RecommendationsView:
        """What sells better than usual; raises NothingToServe before the first snapshot."""
        serving = self.live.serving
        answer = item_lists.trending(serving.snapshot, serving.corrections, query, self.stages)
        return self._shared(serving, answer, "trending", query, expand)

    def new_arrivals(self, query: Query, expand: bool) -> RecommendationsView:
        """The latest additions to the catalogue; raises NothingToServe before the first snapshot."""
        serving = self.live.serving
        answer = item_lists.new_arrivals(serving.snapshot, serving.corrections, query, self.stages)
        return self._shared(serving, answer, "new", query, expand)

    def popular(self, query: Query, expand: bool) -> RecommendationsView:
        """What most shoppers bought of late; raises NothingToServe before the first snapshot."""
        serving = self.live.serving
        answer = pipeline.popular(serving.snapshot, serving.corrections, query, self.stages)
        return self._shared(serving, answer, "popular", query, expand)

    def _shared(
        self, serving: Serving, answer: Answer, scenario: Scenario, arguments: object, expand: bool
    ) -> RecommendationsView:
        identity = msgspec.json.encode(arguments, order="deterministic").decode()
        return self._view(
            serving,
            answer,
            scenario,
            recommendation_id=self.ids.shared(scenario, serving.manifest.version, identity),
            user_id=None,
            degraded=set(),
            expand=expand,
        )

    def _view(
        self,
        serving: Serving,
        answer: Answer,
        scenario: Scenario,
        *,
        recommendation_id: str,
        user_id: str | None,
        degraded: set[str],
        expand: bool,
    ) -> RecommendationsView:
        missing = sorted(degraded | ({"catalog"} if self.live.feed_is_down else set()))
        for name in missing:
            self.metrics.degraded(name)
        self.metrics.answered(scenario, answer.strategy)
        structlog.get_logger("service").debug("answered", scenario=scenario, items=len(answer.items))
        return RecommendationsView(
            recommendation_id=recommendation_id,
            user_id=user_id,
            scenario=scenario,
            strategy=answer.strategy,
            degraded=missing,
            snapshot_version=serving.manifest.version,
            items=item_views(serving, answer, expand),
        )


def _row_of(serving: Serving, product_id: str) -> int:
    """The product's row; raises UnknownProduct where there is none, or the product was deleted since."""
    row = serving.snapshot.lookup.row(product_id)
    change = serving.corrections.overlay.changes.get(product_id)
    if row < 0 or (change is not None and change.deleted):
        raise UnknownProduct(product_id)
    return row
