"""Declarations of the service's metrics, the source of instruments and documentation."""

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
    "Duration of one stage of a recommendation or a build.",
    (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0),
)
CANDIDATES = Metric(
    "recommender.candidates",
    "recommender_candidates_total",
    "counter",
    "{candidate}",
    ("stage",),
    "Candidates that `candidate_generation`, `filtering` or `reranking` left. Divide by the number of the stage's runs."
    " Candidates that are kept are not generated again.",
)
ITEMS = Metric(
    "recommender.items",
    "recommender_items_total",
    "counter",
    "{item}",
    ("kind",),
    "Recommended items: `all`, `cold` products, which have too few purchases of their own, and `explored` ones, the"
    " cold products on pages that reserve places for them.",
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
SNAPSHOT_AGE = Metric(
    "recommender.snapshot.age",
    "recommender_snapshot_age_seconds",
    "gauge",
    "s",
    (),
    "Time since the build that the snapshot in use comes from. A refresh does not renew it.",
)
SNAPSHOT_PURCHASES_AGE = Metric(
    "recommender.snapshot.purchases_age",
    "recommender_snapshot_purchases_age_seconds",
    "gauge",
    "s",
    (),
    "Time since the latest purchase that the snapshot in use was trained with.",
)
SNAPSHOT_QUALITY = Metric(
    "recommender.snapshot.quality",
    "recommender_snapshot_quality",
    "gauge",
    "1",
    ("measure",),
    "Measurements in the manifest of the snapshot in use, such as `ndcg_at_20` and `recall_at_20` on the holdout.",
)
BUILDS = Metric(
    "recommender.builds",
    "recommender_builds_total",
    "counter",
    "{build}",
    ("kind", "outcome"),
    "Builds and refreshes (`kind`) that were `started`, `published`, `refused` by the quality gate or `failed`, and"
    " refreshes that found the products `unchanged` or were `skipped` while a build was running or missing. Recorded"
    " beside the snapshots, so that each pod reports the same numbers.",
)
BUILD_TIME = Metric(
    "recommender.build.timestamp",
    "recommender_build_timestamp_seconds",
    "gauge",
    "s",
    ("kind", "outcome"),
    "Time of the latest build or refresh with this outcome in seconds since the epoch, as recorded beside the"
    " snapshots.",
)
BUILD_SIZE = Metric(
    "recommender.build.last",
    "recommender_build_last",
    "gauge",
    "1",
    ("measure",),
    "Numbers of the latest published build, as recorded on the volume: `seconds`, `products`, `purchases`,"
    " `rejected_products` and `rejected_purchases`.",
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
SNAPSHOT_OUTAGES = Metric(
    "recommender.snapshot.outages",
    "recommender_snapshot_outages_total",
    "counter",
    "{poll}",
    (),
    "Polls for a new snapshot that failed because the object storage could not be reached.",
)
SNAPSHOT_LOADING = Metric(
    "recommender.snapshot.loading",
    "recommender_snapshot_loading_seconds",
    "histogram",
    "s",
    ("step",),
    "Time to load a new snapshot: `fetch` from object storage, and `verify`, which also maps and warms it.",
    (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0),
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
    "Time since the last successful poll of the catalog's change feed, and before the first one, since a snapshot was"
    " loaded.",
)
DATABASE_ERRORS = Metric(
    "recommender.database.errors",
    "recommender_database_errors_total",
    "counter",
    "{request}",
    (),
    "Requests that failed because the database did.",
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
