"""Restores the process's logging after code that configures it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from adapters.telemetry.logs import OWN_LOGGERS, REPETITIVE_LOGGERS


@contextmanager
def kept_handlers() -> Iterator[None]:
    """Restores the handlers of the root logger after the block."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    try:
        yield
    finally:
        root.handlers[:] = handlers


@contextmanager
def kept_logs() -> Iterator[None]:
    """Restores handlers, levels and structlog's configuration after the block."""
    levels = {name: logging.getLogger(name).level for name in (None, *REPETITIVE_LOGGERS, *OWN_LOGGERS)}
    try:
        with kept_handlers():
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Restores logging after each test of the importing module."""
    with kept_logs():
        yield
