"""The declaration of a log event, the source of its documentation.

A test compares all declared events with every call of a logger in the code.
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
