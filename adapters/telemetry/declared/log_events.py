"""Declarations of the service's log events, the source of their documentation.

A test compares them with every call of a logger in the code.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class LogEvent:
    """Declaration of one log event.

    Attributes:
        logger: name of the logger that writes it.
        level: level of the line.
        event: value of the field `event`. `%s` and `%d` stand for a variable part, in lines of libraries alone.
        fields: names of its own fields. `exception` is a traceback.
        description: what it means.
    """

    logger: str
    level: Level
    event: str
    fields: tuple[str, ...]
    description: str


COMMON_FIELDS = {
    "timestamp": "Time in UTC, RFC 3339 with microseconds.",
    "level": "Level of the line.",
    "logger": "Name of the logger.",
    "event": "What happened.",
    "request_id": "The `X-Request-Id` of the request that the line belongs to.",
    "trace_id": "Trace of that request, as in its span. Only in traced requests.",
    "span_id": "The span that was active.",
    "exception": "Traceback without values of variables.",
}
"""Fields of all events by name. The last four are in those lines alone that have one."""

SERVICE_EVENTS = (
    LogEvent("service", "warning", "unknown setting", ("reason",), "A `SERVICE_…` variable is no setting."),
    LogEvent(
        "service",
        "error",
        "database not migrated",
        ("reason",),
        "Tables of this version are missing. Run `python -m service migrate`.",
    ),
    LogEvent(
        "service",
        "info",
        "snapshot live",
        ("version", "products"),
        "Answers come from this snapshot from now on.",
    ),
    LogEvent(
        "service",
        "warning",
        "snapshot rolled back",
        ("version", "was", "by"),
        "A member of staff made an earlier snapshot the live one. `by` is the subject of the token.",
    ),
    LogEvent("service", "info", "console login", ("issuer",), "A member of staff signed in to the console."),
    LogEvent(
        "service",
        "warning",
        "console login refused",
        ("reason",),
        "A login to the console failed. The reason is the issuer's error code, or why its token was rejected.",
    ),
    LogEvent("service", "warning", "waiting for a snapshot", ("reason",), "No snapshot is published yet."),
    LogEvent(
        "service",
        "error",
        "snapshot refused",
        ("version", "serving", "reason"),
        "A published snapshot cannot be used. The one in `serving` stays.",
    ),
    LogEvent(
        "service",
        "warning",
        "snapshot storage unreachable",
        ("serving", "reason"),
        "The storage of snapshots did not answer. Logged once for an outage.",
    ),
    LogEvent(
        "service",
        "warning",
        "overlay not refreshed",
        ("reason",),
        "The catalog's change feed failed. Logged once for an outage.",
    ),
    LogEvent(
        "service",
        "info",
        "the change feed is long and is read in parts",
        (),
        "The next poll goes on where this one ended.",
    ),
    LogEvent(
        "service",
        "warning",
        "products have an updated_at in the future, which the next poll does not start from",
        ("products", "first"),
        "The catalog's clock is ahead, or products are dated wrongly. `first` names some of them.",
    ),
    LogEvent(
        "service",
        "warning",
        "skipped an invalid record of the catalog",
        ("record", "fault"),
        "Each record is logged once, at most ten in a minute.",
    ),
    LogEvent(
        "service",
        "warning",
        "profiles are not refreshed",
        ("reason",),
        "The catalog does not answer for shoppers. Logged once for an outage.",
    ),
    LogEvent(
        "service",
        "warning",
        "catalog record not stored",
        ("reason",),
        "The catalog's data of a shopper could not be written to the database.",
    ),
    LogEvent(
        "service",
        "error",
        "serving without the database",
        ("reason",),
        "Answers lack events and preferences. Logged once for an outage.",
    ),
    LogEvent(
        "service",
        "error",
        "database failed",
        ("route", "reason", "exception"),
        "A request was answered with 503. The traceback is there if the statement was rejected.",
    ),
    LogEvent(
        "service",
        "warning",
        "profiles are not invalidated yet",
        ("reason",),
        "The cache is down. Invalidations are repeated until it answers. Logged once for an outage.",
    ),
    LogEvent("service", "debug", "profile not cached", (), "The cache is down."),
    LogEvent(
        "service",
        "debug",
        "events not attributed",
        ("reason",),
        "Impressions, clicks and purchases of a batch are not counted, because the cache is down.",
    ),
    LogEvent("service", "debug", "answered", ("scenario", "items"), "A list of recommendations was made."),
    LogEvent(
        "service",
        "warning",
        "rate limits hold per pod",
        ("reason",),
        "Redis is down. Each pod counts requests by itself.",
    ),
    LogEvent("service", "warning", "rate limits are shared again", (), "Redis answers again."),
    LogEvent(
        "service",
        "warning",
        "request timed out",
        ("route", "seconds"),
        "A request reached `SERVICE_REQUEST_SECONDS` and was cancelled.",
    ),
    LogEvent(
        "service",
        "error",
        "request failed",
        ("route", "exception"),
        "An unexpected error was answered with 500. This is a defect.",
    ),
    LogEvent(
        "service",
        "error",
        "background work failed, restarting",
        ("exception",),
        "A background task ended with an unexpected error. This is a defect.",
    ),
    LogEvent(
        "service.access",
        "debug",
        "request",
        ("method", "route", "status", "milliseconds"),
        "One line for each request. `route` is the template, never the path.",
    ),
    LogEvent(
        "service.auth",
        "warning",
        "issuer keys unavailable",
        ("reason", "known_keys"),
        "An issuer's keys could not be fetched. Known keys stay valid.",
    ),
    LogEvent("service.auth", "info", "issuer keys available again", (), "A fetch succeeded after a failure."),
    LogEvent(
        "service.auth",
        "warning",
        "issuer key ignored",
        ("reason",),
        "A key cannot verify tokens, such as a weak one.",
    ),
)
"""Log events of the service, from the start to a request."""
