"""Declarations of all metrics, the source of instruments and documentation."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Metric:
    """Declaration of one metric.

    Attributes:
        name: OpenTelemetry name.
        prometheus_name: name in Prometheus.
        kind: type of the instrument.
        unit: unit in UCUM notation.
        labels: names of the Prometheus labels.
        description: help text.
        buckets: bucket boundaries of a histogram.
    """

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
    "Duration of HTTP requests from arrival to the end of the response.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
STAGE_DURATION = Metric(
    "recommender.stage",
    "recommender_stage_seconds",
    "histogram",
    "s",
    ("stage",),
    "Duration of one stage of a recommendation.",
    (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0),
)
ANSWERS = Metric(
    "recommender.answers",
    "recommender_answers_total",
    "counter",
    "{answer}",
    ("scenario", "strategy"),
    "Recommendation responses by scenario and strategy.",
)
REPEATED = Metric(
    "recommender.repeated",
    "recommender_repeated_total",
    "counter",
    "{answer}",
    ("scenario",),
    "Recommendation responses that were sent again, because nothing that they are made from had changed.",
)
IMPRESSIONS = Metric(
    "recommender.impressions",
    "recommender_impressions_total",
    "counter",
    "{event}",
    ("scenario",),
    "Impressions of recommendations, once for a shopper, recommendation and product.",
)
CLICKS = Metric(
    "recommender.clicks",
    "recommender_clicks_total",
    "counter",
    "{event}",
    ("scenario",),
    "Clicks on recommendations, counted alike. Divided by impressions, they give the click-through rate.",
)
DEGRADED = Metric(
    "recommender.degraded",
    "recommender_degraded_total",
    "counter",
    "{answer}",
    ("dependency",),
    "Responses without data from a dependency that was unavailable or too slow.",
)
SNAPSHOT_INFO = Metric(
    "recommender.snapshot.info",
    "recommender_snapshot_info",
    "gauge",
    "1",
    ("version",),
    "1 for the snapshot version in use. Absent while no snapshot is loaded.",
)
SNAPSHOT_SWAPS = Metric(
    "recommender.snapshot.swaps",
    "recommender_snapshot_swaps_total",
    "counter",
    "{swap}",
    (),
    "Switches to a new snapshot.",
)
SNAPSHOT_REFUSALS = Metric(
    "recommender.snapshot.refusals",
    "recommender_snapshot_refusals_total",
    "counter",
    "{refusal}",
    (),
    "Rejected snapshots: unsigned, altered, incomplete or in another format. Each is tried once a minute.",
)
CATALOG_ERRORS = Metric(
    "recommender.catalog.errors",
    "recommender_catalog_errors_total",
    "counter",
    "{call}",
    ("operation", "error"),
    "Catalog calls that failed after all retries.",
)
CATALOG_FAULTS = Metric(
    "recommender.catalog.faults",
    "recommender_catalog_faults_total",
    "counter",
    "{record}",
    ("record", "fault"),
    "Records of the catalog that were skipped because they are `invalid`, and changes of products that are dated in the"
    " `future`. A record that is read again counts again.",
)
OVERLAY_AGE = Metric(
    "recommender.overlay.age",
    "recommender_overlay_age_seconds",
    "gauge",
    "s",
    (),
    "Time since the last successful poll of the catalog's change feed. Absent before the first.",
)
LIMITED = Metric(
    "recommender.limited",
    "recommender_limited_total",
    "counter",
    "{request}",
    ("limit",),
    "Requests rejected by the rate limit of the `client` or the `shopper`.",
)
SHED = Metric(
    "recommender.shed",
    "recommender_shed_total",
    "counter",
    "{request}",
    (),
    "Requests rejected because the pod was at its limit of concurrent requests or of memory for bodies.",
)
IN_FLIGHT = Metric(
    "recommender.in_flight",
    "recommender_in_flight",
    "gauge",
    "{request}",
    (),
    "Requests in progress, without health checks.",
)
TIMED_OUT = Metric(
    "recommender.timed_out",
    "recommender_timed_out_total",
    "counter",
    "{request}",
    (),
    "Requests cancelled by the time limit for responses.",
)
BUILD_DURATION = Metric(
    "recommender.build.duration",
    "recommender_build_duration_seconds",
    "gauge",
    "s",
    (),
    "Duration of the last build.",
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
    "Purchases in the training data of the last build.",
)
BUILD_REJECTED = Metric(
    "recommender.build.rejected_records",
    "recommender_build_rejected_records",
    "gauge",
    "{record}",
    ("record",),
    "Invalid records of the catalog that the last build skipped.",
)
BUILD_ANN_RECALL = Metric(
    "recommender.build.ann_recall",
    "recommender_build_ann_recall",
    "gauge",
    "1",
    (),
    "Recall at 20 of the last build's Annoy index alone against exact search, 0 to 1.",
)
BUILD_NDCG = Metric(
    "recommender.build.ndcg",
    "recommender_build_ndcg",
    "gauge",
    "1",
    ("of",),
    "NDCG@20 on the holdout of the last build, 0 to 1, of the served recommendations and of the popularity baseline.",
)
BUILD_REFUSED = Metric(
    "recommender.build.refused",
    "recommender_build_refused_total",
    "counter",
    "{snapshot}",
    ("rule",),
    "Snapshots rejected by the quality gate, by rule.",
)
BUILD_PUBLISHED = Metric(
    "recommender.build.published",
    "recommender_build_published_total",
    "counter",
    "{snapshot}",
    (),
    "Published snapshots.",
)

SERVICE_METRICS = (
    HTTP_DURATION,
    STAGE_DURATION,
    ANSWERS,
    REPEATED,
    IMPRESSIONS,
    CLICKS,
    DEGRADED,
    SNAPSHOT_INFO,
    SNAPSHOT_SWAPS,
    SNAPSHOT_REFUSALS,
    CATALOG_ERRORS,
    CATALOG_FAULTS,
    OVERLAY_AGE,
    LIMITED,
    SHED,
    IN_FLIGHT,
    TIMED_OUT,
)
"""Metrics of the service, in the order of the reference."""

INDEXER_METRICS = (
    BUILD_DURATION,
    BUILD_PRODUCTS,
    BUILD_PURCHASES,
    BUILD_REJECTED,
    BUILD_ANN_RECALL,
    BUILD_NDCG,
    BUILD_PUBLISHED,
    BUILD_REFUSED,
)
"""Metrics of the indexer, in the order of the reference."""
