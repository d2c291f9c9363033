"""Declarations of log events that service and indexer share, and of the server's lines."""

from adapters.telemetry.declared.log_event import LogEvent

ADAPTER_EVENTS = (
    LogEvent(
        "adapters",
        "warning",
        "redis is left alone",
        ("reason",),
        "Redis failed. It is probed in the background, and requests go on without it.",
    ),
    LogEvent("adapters", "warning", "redis is used again", (), "A probe of Redis succeeded."),
    LogEvent(
        "adapters",
        "error",
        "the probe of redis failed",
        ("exception",),
        "An unexpected error. This is a defect.",
    ),
    LogEvent(
        "adapters",
        "warning",
        "invalidations are not received, so that nothing is kept in this process",
        ("reason",),
        "The subscription to Redis ended. Profiles are read from Redis in each request.",
    ),
    LogEvent(
        "adapters",
        "warning",
        "unreadable messages about invalidations are ignored",
        ("reason",),
        "Another program publishes in the channel of the service. Logged once.",
    ),
    LogEvent(
        "adapters",
        "warning",
        "invalidations are not announced",
        ("reason",),
        "The user of Redis may not publish. Other pods keep stale profiles until they expire.",
    ),
    LogEvent(
        "adapters.telemetry",
        "warning",
        "the collector does not take telemetry",
        ("signal",),
        "`spans` or `metrics` are lost. Requests go on without delay. Logged once for an outage.",
    ),
    LogEvent(
        "adapters.telemetry",
        "info",
        "the collector takes telemetry again",
        ("signal",),
        "An export succeeded after a failure.",
    ),
    LogEvent(
        "adapters.telemetry",
        "warning",
        "log lines were not read and are lost",
        ("lines",),
        "The service lost lines, because the reader of its standard error had stopped. Requests went on.",
    ),
    LogEvent(
        "adapters.snapshots",
        "info",
        "snapshot fetched",
        ("version", "bytes", "fetched_bytes"),
        "A snapshot was copied from object storage. Files that did not change are not fetched.",
    ),
    LogEvent(
        "adapters.snapshots",
        "warning",
        "build not recorded",
        ("kind", "outcome", "reason"),
        "The outcome of a build or refresh could not be written beside the snapshots.",
    ),
    LogEvent(
        "adapters.snapshots",
        "info",
        "waiting for another indexer to end",
        ("root", "at_most_seconds"),
        "Only one indexer writes at a time.",
    ),
)
"""Log events of what service and indexer share."""

SERVER_EVENTS = (
    LogEvent("uvicorn.error", "info", "Started server process [%d]", (), "The server starts."),
    LogEvent("uvicorn.error", "info", "Waiting for application startup.", (), "Background tasks start."),
    LogEvent("uvicorn.error", "info", "Application startup complete.", (), "Background tasks run."),
    LogEvent(
        "uvicorn.error", "info", "Shutting down", (), "A signal arrived. Running requests are finished."
    ),
    LogEvent(
        "uvicorn.error",
        "info",
        "Waiting for connections to close. (CTRL+C to force quit)",
        (),
        "Clients are connected.",
    ),
    LogEvent(
        "uvicorn.error",
        "info",
        "Waiting for background tasks to complete. (CTRL+C to force quit)",
        (),
        "Requests are running.",
    ),
    LogEvent(
        "uvicorn.error",
        "info",
        "Waiting for application shutdown.",
        (),
        "Background tasks and clients are closed.",
    ),
    LogEvent("uvicorn.error", "info", "Application shutdown complete.", (), "All components are closed."),
    LogEvent("uvicorn.error", "info", "Finished server process [%d]", (), "The process ends."),
)
"""Lines of the server about its start and end. Libraries log nothing else below `warning`."""
