"""Counts impressions and clicks of recommendations per scenario."""

from dataclasses import dataclass

from adapters.telemetry import ServiceMetrics
from service.signed.recommendation_ids import RecommendationIds


@dataclass(frozen=True, slots=True)
class Attribution:
    """Counts what shoppers saw and clicked.

    The click-through rate of a scenario is its clicks divided by its impressions.
    """

    ids: RecommendationIds
    metrics: ServiceMetrics

    def count(self, kind: str, recommendation_id: str | None) -> None:
        """Counts a stored event that shows or follows a genuine recommendation.

        Args:
            kind: kind of the event. Only `impression` and `click` are counted.
            recommendation_id: id that the client sent, possibly absent, forged or garbled.
        """
        recommended = self.ids.read(recommendation_id) if recommendation_id else None
        if recommended is None:
            return
        if kind == "impression":
            self.metrics.impression(recommended.scenario)
        elif kind == "click":
            self.metrics.click(recommended.scenario)
