"""Logs: structlog and the standard library's logging, one renderer, on standard error."""

import logging
import re
import sys
from typing import Any, TextIO, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from adapters.telemetry.config import LogFormat
from adapters.telemetry.errors import TelemetryError

_LEVELS = ("debug", "info", "warning", "error", "critical")
_NOISY = (
    *("httpx", "httpcore", "sentence_transformers", "urllib3", "uvicorn.access"),
    # Drivers: below warnings they tell statements with their values, which are people's ids.
    *("aiosqlite", "asyncpg", "redis", "sqlalchemy"),
)
_OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "litestar")

_REDACTED = "[redacted]"
_SECRET_KEY = re.compile(
    r"(^|[_\-.])(authorization|cookie|password|secret|token|api[_\-]?key|signing[_\-]?key|private[_\-]?key)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    # Twenty characters and more: "bearer authentication" is prose, not a credential.
    r"\b(?:bearer|basic)\s+[\w\-.~+/]{20,}=*|\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*",
    re.IGNORECASE,
)


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Send all logs of the process to standard error, rendered alike.

    Replaces what an earlier call installed; handlers of others on the root logger stay.

    Raises:
        TelemetryError: the level does not exist.
    """
    if level.lower() not in _LEVELS:
        raise TelemetryError(f"There is no log level {level!r}; use one of {', '.join(_LEVELS)}.")
    number = logging.getLevelNamesMapping()[level.upper()]
    shared = _shared_processors()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(_formatter(shared, log_format))
    _install(handler, number)


def redact_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """structlog processor: replaces values of secret-sounding keys and tokens inside texts."""
    return cast("EventDict", _redacted(event))


def add_trace_ids(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """structlog processor: adds `trace_id` and `span_id` (hexadecimal) while a span is active."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


class _StandardError(logging.StreamHandler[TextIO]):
    """Looks `sys.stderr` up at every record: who replaces it later still gets the logs."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace_ids,
        # Before the redaction, and without local variables: a traceback must not carry a token.
        structlog.processors.format_exc_info,
        redact_secrets,
    ]


def _formatter(shared: list[Processor], log_format: LogFormat) -> structlog.stdlib.ProcessorFormatter:
    terminal = sys.stderr.isatty()
    renderer: Processor
    if log_format == "console" or (log_format == "auto" and terminal):
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=plain)
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _install(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    for earlier in [kept for kept in root.handlers if isinstance(kept, _StandardError)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _redacted(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_REDACTED, value)
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
