"""Logging with structlog and the standard library: one format for both, on standard error."""

import logging
import re
import socket
import ssl
import sys
from typing import Any, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from adapters.telemetry.config import LogFormat
from adapters.telemetry.errors import TelemetryError
from adapters.telemetry.standard_error import StandardError
from adapters.urls import without_secrets
from command_line.settings import shows_colors

_LEVELS = ("debug", "info", "warning", "error", "critical")
OWN_LOGGERS = ("adapters", "catalog", "indexer", "recommender", "service", "uvicorn.error")
"""Loggers, with all below them, that follow the configured level. uvicorn.error reports the server's start and end."""

REPETITIVE_LOGGERS = ("opentelemetry", "stamina")
"""Loggers of libraries that log every attempt."""

_REDACTED = "[redacted]"
_SECRET_KEY = re.compile(
    r"(^|[_\-.])(authorization|cookie|password|secret|token|api[_\-]?key|signing[_\-]?key|private[_\-]?key)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    # At least 20 characters, so that "bearer authentication" in prose is kept.
    r"\b(?:bearer|basic)\s+[\w\-.~+/]{20,}=*|\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*",
    re.IGNORECASE,
)


def configure_logs(level: str, log_format: LogFormat, *, lossy: bool = False) -> None:
    """Sends all logs of the process to standard error in one format.

    `level` applies to our own loggers. Other libraries log warnings and above only, whatever the level.
    `lossy` loses lines that nobody reads, instead of waiting.
    A repeated call replaces our handler and leaves other handlers of the root logger alone.

    Raises:
        TelemetryError: unknown level.
    """
    if level.lower() not in _LEVELS:
        raise TelemetryError(f"Unknown log level {level!r}. Use one of {', '.join(_LEVELS)}.")
    number = logging.getLevelNamesMapping()[level.upper()]
    is_text = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared = _shared_processors(is_text)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    handler = StandardError(lossy=lossy)
    handler.setFormatter(_formatter(shared, is_text))
    _install(handler, number)


def adopt_loggers() -> None:
    """Makes loggers with handlers of their own use ours.

    A server configures its loggers so, and a library such as torch does when it is imported. Call this afterwards.
    """
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and (logger.handlers or not logger.propagate):
            logger.handlers.clear()
            logger.propagate = True
            if not logger.name.startswith(OWN_LOGGERS):
                logger.setLevel(logging.NOTSET)


def _redact_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """structlog processor: replaces tokens, secrets in URLs, and values of keys that name secrets."""
    return cast("EventDict", _redacted(event))


def _add_trace_ids(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """structlog processor: adds `trace_id` and `span_id` in hexadecimal while a span is active."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _shared_processors(is_text: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        # Text is for a person at this machine.
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_text else "iso", utc=not is_text),
        _add_trace_ids,
        # Before the redaction and without local variables, so that a traceback shows no token.
        structlog.processors.format_exc_info,
        _redact_secrets,
    ]


def _formatter(shared: list[Processor], is_text: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor
    if is_text:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=shows_colors(), exception_formatter=plain)
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _install(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    for earlier in [kept for kept in root.handlers if isinstance(kept, StandardError)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    # Libraries log warnings and above. At lower levels, clients log URLs and drivers log statements, with user ids.
    root.setLevel(max(level, logging.WARNING))
    adopt_loggers()
    # They repeat themselves while a collector or the catalog is down. Our own code logs such an outage once.
    for name in REPETITIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("asyncio").addFilter(_is_no_late_failure)


def _is_no_late_failure(record: logging.LogRecord) -> bool:
    """False for a failure of a connection that was given up before.

    uvloop leaves lookups and TLS handshakes alone, so that each attempt in an outage would leave a traceback. They are
    futures. A task that fails is one of ours.
    """
    error, message = record.exc_info[1] if record.exc_info else None, record.getMessage()
    if message.startswith("Fatal error on SSL protocol"):
        return not isinstance(error, OSError)
    return not (isinstance(error, socket.gaierror | ssl.SSLError) and message.startswith("Future exception"))


def _redacted(value: Any) -> Any:  # noqa: ANN401 - any value of a log line
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_REDACTED, without_secrets(value))
    if isinstance(value, bytes):
        return _redacted(value.decode(errors="replace"))
    if isinstance(value, dict):
        return {key: _REDACTED if _is_secret(key) else _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value


def _is_secret(key: object) -> bool:
    text = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
    return _SECRET_KEY.search(text) is not None
