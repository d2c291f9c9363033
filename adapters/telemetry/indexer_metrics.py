"""Instruments of the indexer."""

from collections.abc import Mapping

from opentelemetry.metrics import Meter
from opentelemetry.metrics import _Gauge as Gauge

from adapters.telemetry.declared.indexer_metrics import (
    BUILD_ANN_RECALL,
    BUILD_DURATION,
    BUILD_NDCG,
    BUILD_PRODUCTS,
    BUILD_PUBLISHED,
    BUILD_PURCHASES,
    BUILD_REFUSED,
    BUILD_REJECTED,
)
from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.instruments import Counter


class IndexerMetrics:
    """Instruments of the indexer."""

    def __init__(self, meter: Meter) -> None:
        self._duration = _gauge(meter, BUILD_DURATION)
        self._products = _gauge(meter, BUILD_PRODUCTS)
        self._purchases = _gauge(meter, BUILD_PURCHASES)
        self._rejected = _gauge(meter, BUILD_REJECTED)
        self._recall = _gauge(meter, BUILD_ANN_RECALL)
        self._ndcg = _gauge(meter, BUILD_NDCG)
        self._published = Counter(meter, BUILD_PUBLISHED)
        self._refused = Counter(meter, BUILD_REFUSED)

    def built(self, seconds: float, products: int, purchases: int, measured: Mapping[str, float]) -> None:
        """Records a finished build. `measured` holds the metrics of its manifest."""
        self._duration.set(seconds)
        self._products.set(products)
        self._purchases.set(purchases)
        self._recall.set(measured["ann_recall_at_20"])
        for of, name in (("served", "ndcg_at_20"), ("popularity", "popularity_ndcg_at_20")):
            if name in measured:
                self._ndcg.set(measured[name], {"of": of})

    def rejected(self, record: str, count: int) -> None:
        """Records how many records of one kind, such as `product`, a build skipped."""
        self._rejected.set(count, {"record": record})

    def refused(self, rule: str) -> None:
        """Counts a snapshot rejected by a rule of the quality gate."""
        self._refused.add(1, {"rule": rule})

    def published(self) -> None:
        """Counts a published snapshot."""
        self._published.add(1)


def _gauge(meter: Meter, metric: Metric) -> Gauge:
    return meter.create_gauge(metric.name, unit=metric.unit, description=metric.description)
