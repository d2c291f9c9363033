"""Declarations of metrics about the process and the content of answers."""

from adapters.telemetry.declared.metrics import Metric

PURCHASES = Metric(
    "recommender.purchases",
    "recommender_purchases_total",
    "counter",
    "{event}",
    ("scenario",),
    "Purchases that name the recommendation they follow, counted alike. Divided by clicks, they give the conversion.",
)
SHOPPER_STATES = Metric(
    "recommender.shopper_states",
    "recommender_shopper_states_total",
    "counter",
    "{answer}",
    ("state",),
    "Personal lists by their candidates: `kept` from an earlier request or `made`. Lists that are sent again are not"
    " in it.",
)
PROFILE_AGE = Metric(
    "recommender.profile.age",
    "recommender_profile_age_seconds",
    "histogram",
    "s",
    ("source",),
    "Time since the catalog was read for a profile that is used: `kept` in the process, `cached`, or just `read`.",
    (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0),
)
EVENT_LOOP_LAG = Metric(
    "recommender.event_loop.lag",
    "recommender_event_loop_lag_seconds",
    "histogram",
    "s",
    (),
    "Delay of a timer that runs four times a second: how long requests wait for others in the process.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
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
PROCESS_METRICS = (
    Metric(
        "process.cpu.time",
        "process_cpu_seconds_total",
        "counter",
        "s",
        (),
        "CPU time of the process, in all modes.",
    ),
    Metric(
        "process.memory.virtual", "process_virtual_memory_bytes", "gauge", "By", (), "Size of virtual memory."
    ),
    Metric(
        "process.memory.usage", "process_resident_memory_bytes", "gauge", "By", (), "Size of resident memory."
    ),
    Metric(
        "process.start.time",
        "process_start_time_seconds",
        "gauge",
        "s",
        (),
        "Start of the process, in seconds since the epoch.",
    ),
    Metric(
        "process.open_file_descriptors",
        "process_open_fds",
        "gauge",
        "{descriptor}",
        (),
        "Open files and sockets.",
    ),
    Metric(
        "process.max_file_descriptors", "process_max_fds", "gauge", "{descriptor}", (), "Limit of open files."
    ),
)
"""Of prometheus-client's collector, on the metrics endpoint alone."""
