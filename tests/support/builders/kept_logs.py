"""Restores the process's logging after code that configures it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from adapters.telemetry.logs import OWN_LOGGERS, REPETITIVE_LOGGERS


@contextmanager
def kept_logs() -> Iterator[None]:
    """Restores handlers, levels and structlog's configuration after the block."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in (None, *REPETITIVE_LOGGERS, *OWN_LOGGERS)}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Restores logging after each test of the importing module."""
    with kept_logs():
        yield
