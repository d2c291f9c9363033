"""Metrics of snapshots and of the builds that made them."""

from adapters.telemetry.declared.metric import Metric

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
    "Rejected snapshots: unsigned, altered, incomplete or in another format. Each retry counts, at last one a minute.",
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
