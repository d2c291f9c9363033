"""Standard error as a handler of logs."""

import io
import logging
import os
import select
import sys
from typing import TextIO

import structlog

_WAIT_MILLISECONDS = 100


class StandardError(logging.StreamHandler[TextIO]):
    """Looks up `sys.stderr` for each record, so that replacing it takes effect.

    Whoever reads a pipe may stop, as a container runtime whose disk is full. The next write would then stop a server
    for as long. A handler that is `lossy` waits once, for a moment, and loses lines until they are read again.
    """

    def __init__(self, *, lossy: bool = False) -> None:
        super().__init__()
        self._lossy, self._lost, self._torn = lossy, 0, False

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record, or loses it."""
        self.stream = sys.stderr
        try:
            number = self.stream.fileno() if self._lossy else None
        except (AttributeError, ValueError, io.UnsupportedOperation):  # none, closed, or replaced
            number = None
        if number is None:
            super().emit(record)
            return
        try:
            self._write(number, self.format(record))
        except Exception:  # noqa: BLE001 - as in the library, no line ends a request
            self.handleError(record)

    def _write(self, number: int, text: str) -> None:
        wait = 0 if self._lost else _WAIT_MILLISECONDS
        if not _takes(number, wait):
            self._lost += 1
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            structlog.get_logger("adapters.telemetry").warning(
                "log lines were not read and are lost", lines=lost
            )
        line = "\n" * self._torn + text + self.terminator
        rest = line.encode(errors="backslashreplace")
        self._torn = False
        # A pipe that takes something takes so many bytes at once.
        while rest:
            if not _takes(number, _WAIT_MILLISECONDS):
                self._lost, self._torn = self._lost + 1, True
                return
            rest = rest[os.write(number, rest[: select.PIPE_BUF]) :]


def _takes(number: int, milliseconds: int) -> bool:
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return bool(poll.poll(milliseconds))
