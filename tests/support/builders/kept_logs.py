"""Restores the process's logging after code that configures it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from adapters.telemetry.logs import OWN_LOGGERS, REPETITIVE_LOGGERS


@contextmanager
def kept_root() -> Iterator[None]:
    """Restores handlers and level of the root logger after the block.

    An application of Litestar alone sets both.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


_SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access")


@contextmanager
def kept_logs() -> Iterator[None]:
    """Restores handlers, levels and structlog's configuration after the block.

    The server's loggers begin as in a new process: each `uvicorn.Config` changes them for good.
    """
    for server in map(logging.getLogger, _SERVER_LOGGERS):
        server.handlers.clear()
        server.propagate = True
        server.setLevel(logging.NOTSET)
    levels = {name: logging.getLogger(name).level for name in (*REPETITIVE_LOGGERS, *OWN_LOGGERS)}
    try:
        with kept_root():
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
