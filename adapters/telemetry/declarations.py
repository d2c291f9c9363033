"""Every metric of the deployables, declared once: what is recorded, exported and documented is this."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Metric:
    """One metric: its OpenTelemetry name and unit (UCUM), its Prometheus name and labels, its meaning."""

    name: str
    prometheus_name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    description: str
    buckets: tuple[float, ...] = ()


HTTP_DURATION = Metric(
    "http.server.request.duration",
    "http_server_request_duration_seconds",
    "histogram",
    "s",
    ("http_request_method", "http_route", "http_response_status_code"),
    "Time from a request's arrival to the end of its answer, by route template, never by id.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
STAGE_DURATION = Metric(
    "recommender.stage",
    "recommender_stage_seconds",
    "histogram",
    "s",
    ("stage",),
    "Time one stage of a recommendation took.",
    (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0),
)
ANSWERS = Metric(
    "recommender.answers",
    "recommender_answers_total",
    "counter",
    "{answer}",
    ("scenario", "strategy"),
    "Recommendation answers, by what was asked for and by how it was answered.",
)
IMPRESSIONS = Metric(
    "recommender.impressions",
    "recommender_impressions_total",
    "counter",
    "{event}",
    ("scenario",),
    "Impressions that named the recommendation they came from, by what had been asked for.",
)
CLICKS = Metric(
    "recommender.clicks",
    "recommender_clicks_total",
    "counter",
    "{event}",
    ("scenario",),
    "Clicks that named the recommendation they came from; over the impressions, the click-through rate.",
)
DEGRADED = Metric(
    "recommender.degraded",
    "recommender_degraded_total",
    "counter",
    "{answer}",
    ("dependency",),
    "Answers given without a dependency that was down or too slow.",
)
SNAPSHOT_INFO = Metric(
    "recommender.snapshot.info",
    "recommender_snapshot_info",
    "gauge",
    "1",
    ("version",),
    "1 for the snapshot version that is being served; absent while there is none.",
)
SNAPSHOT_SWAPS = Metric(
    "recommender.snapshot.swaps",
    "recommender_snapshot_swaps_total",
    "counter",
    "{swap}",
    (),
    "Times that a new snapshot took over.",
)
SNAPSHOT_REFUSALS = Metric(
    "recommender.snapshot.refusals",
    "recommender_snapshot_refusals_total",
    "counter",
    "{refusal}",
    (),
    "Tries to serve a snapshot that is unsigned, altered, incomplete or of another format; one a minute.",
)
CATALOG_ERRORS = Metric(
    "recommender.catalog.errors",
    "recommender_catalog_errors_total",
    "counter",
    "{call}",
    ("operation", "error"),
    "Calls to the catalog that failed after their retries.",
)
OVERLAY_AGE = Metric(
    "recommender.overlay.age",
    "recommender_overlay_age_seconds",
    "gauge",
    "s",
    (),
    "Time since the overlay last heard from the catalog's change feed; absent before the first time.",
)
LIMITED = Metric(
    "recommender.limited",
    "recommender_limited_total",
    "counter",
    "{request}",
    ("limit",),
    "Requests refused because the `client`'s or the `shopper`'s limit was used up.",
)
SHED = Metric(
    "recommender.shed",
    "recommender_shed_total",
    "counter",
    "{request}",
    (),
    "Requests refused because as many as the pod takes at once were in flight.",
)
IN_FLIGHT = Metric(
    "recommender.in_flight",
    "recommender_in_flight",
    "gauge",
    "{request}",
    (),
    "Requests being answered, without those for health.",
)
TIMED_OUT = Metric(
    "recommender.timed_out",
    "recommender_timed_out_total",
    "counter",
    "{request}",
    (),
    "Requests given up because their answer took longer than it may.",
)
BUILD_DURATION = Metric(
    "recommender.build.duration",
    "recommender_build_duration_seconds",
    "gauge",
    "s",
    (),
    "Time the last build took.",
)
BUILD_PRODUCTS = Metric(
    "recommender.build.products",
    "recommender_build_products",
    "gauge",
    "{product}",
    (),
    "Products in the last build.",
)
BUILD_PURCHASES = Metric(
    "recommender.build.purchases",
    "recommender_build_purchases",
    "gauge",
    "{purchase}",
    (),
    "Purchases that the last build learned from.",
)
BUILD_ANN_RECALL = Metric(
    "recommender.build.ann_recall",
    "recommender_build_ann_recall",
    "gauge",
    "1",
    (),
    "Share of the exact top 20 that the last build's Annoy index finds, 0 to 1.",
)
BUILD_NDCG = Metric(
    "recommender.build.ndcg",
    "recommender_build_ndcg",
    "gauge",
    "1",
    ("of",),
    "NDCG@20 on the last build's holdout, 0 to 1: of the recommendations as served, and of popularity.",
)
BUILD_REFUSED = Metric(
    "recommender.build.refused",
    "recommender_build_refused_total",
    "counter",
    "{snapshot}",
    ("rule",),
    "Finished snapshots that the quality gate kept from being published, by its rule.",
)
BUILD_PUBLISHED = Metric(
    "recommender.build.published",
    "recommender_build_published_total",
    "counter",
    "{snapshot}",
    (),
    "Snapshots published.",
)

SERVICE_METRICS = (
    HTTP_DURATION,
    STAGE_DURATION,
    ANSWERS,
    IMPRESSIONS,
    CLICKS,
    DEGRADED,
    SNAPSHOT_INFO,
    SNAPSHOT_SWAPS,
    SNAPSHOT_REFUSALS,
    CATALOG_ERRORS,
    OVERLAY_AGE,
    LIMITED,
    SHED,
    IN_FLIGHT,
    TIMED_OUT,
)
"""What the service exports, in the order of the reference."""

INDEXER_METRICS = (
    BUILD_DURATION,
    BUILD_PRODUCTS,
    BUILD_PURCHASES,
    BUILD_ANN_RECALL,
    BUILD_NDCG,
    BUILD_PUBLISHED,
    BUILD_REFUSED,
)
"""What the indexer exports, in the order of the reference."""
