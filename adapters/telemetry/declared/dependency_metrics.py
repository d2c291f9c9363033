"""Metrics of catalog, database and token issuers, as the service sees them."""

from adapters.telemetry.declared.metric import Metric

CATALOG_CALLS = Metric(
    "recommender.catalog.call",
    "recommender_catalog_call_seconds",
    "histogram",
    "s",
    ("operation",),
    "Duration of one attempt of a call to the catalog, whatever came of it.",
    (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
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
ISSUER_KEYS = Metric(
    "recommender.issuer_keys.available",
    "recommender_issuer_keys_available",
    "gauge",
    "1",
    ("issuer",),
    "1 while the latest fetch of a token issuer's keys succeeded, 0 after a failed one. Keys that were fetched before"
    " stay in use.",
)
