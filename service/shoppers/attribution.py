"""Impressions and clicks that echo the recommendation they came from, counted per scenario."""

from dataclasses import dataclass

from adapters.telemetry import ServiceMetrics
from service.signed.recommendation_ids import RecommendationIds, Recommended


@dataclass(frozen=True, slots=True)
class Attribution:
    """Counts what shoppers saw and clicked; the click-through rate per scenario is the ratio of the two.

    Attributes:
        ids: tells genuine recommendation ids from others.
        metrics: has the counters.
    """

    ids: RecommendationIds
    metrics: ServiceMetrics

    def attribute(self, kind: str, recommendation_id: str | None) -> Recommended | None:
        """Counts one stored event, if it is an impression or a click of a recommendation of ours.

        Args:
            kind: of the event; any other than `impression` and `click` is not counted.
            recommendation_id: what the event says it came from; it may be absent, forged or garbled.

        Returns:
            What the recommendation was, None where the id is not genuine.
        """
        recommended = self.ids.read(recommendation_id) if recommendation_id else None
        if recommended is not None:
            if kind == "impression":
                self.metrics.impression(recommended.scenario)
            elif kind == "click":
                self.metrics.click(recommended.scenario)
        return recommended
