"""Declarations of the indexer's metrics."""

from adapters.telemetry.declared.metric import Metric

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
