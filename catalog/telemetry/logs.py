"""Logging with structlog and the standard library, on standard error."""

import logging
import sys

import structlog
from structlog.typing import Processor

from command_line.settings import shows_colors

_OWN_LOGGERS = ("catalog", "uvicorn.error")


def configure_logging(level: str, log_format: str) -> None:
    """Sends all logs to standard error.

    Args:
        level: applies to the catalog's own loggers. Libraries log warnings and above only.
        log_format: `json`, `console`, or `auto` for console on a terminal and JSON elsewhere.
    """
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        # Text is for a person at this machine.
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=shows_colors())]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    number = logging.getLevelNamesMapping()[level.upper()]
    # Libraries log warnings and above. At lower levels, clients log URLs and drivers log statements, with user ids.
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    # It repeats itself while a collector is down.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    for name in _OWN_LOGGERS:
        logging.getLogger(name).setLevel(number)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
