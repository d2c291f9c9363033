"""Declarations of the catalog's log events, the source of their documentation."""

from typing import Literal, NamedTuple


class LogEvent(NamedTuple):
    """Declaration of one log event.

    Its level, its name, the names of its own fields and what it means.
    """

    level: Literal["warning", "error"]
    event: str
    fields: tuple[str, ...]
    description: str


CATALOG_EVENTS = (
    LogEvent(
        "warning",
        "issuer keys unavailable",
        ("url", "reason"),
        "The keys of the token issuer could not be fetched. Known keys stay valid.",
    ),
    LogEvent("warning", "request refused", ("route", "reason"), "A request was answered with 503."),
    LogEvent(
        "warning", "unknown setting", ("reason",), "A variable with the prefix `CATALOG_` that is no setting."
    ),
    LogEvent("error", "request failed", ("route", "exception"), "An unexpected error was answered with 500."),
)
"""Log events of the reference catalog."""
