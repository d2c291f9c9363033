"""Progress of a load, as bars on a terminal and as lines elsewhere."""

import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from command_line.plurals import counted
from purchase_files.rendering import WIDTH

Advance = Callable[[int], None]
"""Adds a number of rows to the completed ones."""

_SECONDS_BETWEEN_LINES = 3.0


class Progress(Protocol):
    """Display of a load's progress."""

    def stage(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """Shows the progress of one stage with about `total` rows."""
        ...

    def step(self, title: str) -> None:
        """Shows the beginning of a step of unknown length."""
        ...

    def notice(self, message: str) -> None:
        """Prints a notice that does not stop the load."""
        ...


class LineProgress:
    """Progress as plain lines for logs and pipes, one every few seconds."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._monotonic = monotonic

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Advance]:
        """See `Progress`."""
        begin = last = self._monotonic()
        done = 0

        def advance(rows: int) -> None:
            nonlocal done, last
            done += rows
            now = self._monotonic()
            if now - last >= _SECONDS_BETWEEN_LINES:
                last = now
                self._print(_line(title, done, max(total, done), now - begin))

        yield advance
        self._print(f"{title}: {counted(done, 'row')} in {self._monotonic() - begin:.1f} s")

    def step(self, title: str) -> None:
        """See `Progress`."""
        self._print(f"{title} …")

    def notice(self, message: str) -> None:
        """See `Progress`."""
        self._print(textwrap.fill(f"notice: {message}", WIDTH))

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class TerminalProgress:
    """Progress as bars with rate and remaining time."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Advance]:
        """See `Progress`."""
        rate = TextColumn("{task.fields[rate]}")
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            rate,
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(title, total=total, rate="")

            def advance(rows: int) -> None:
                bars.update(task, advance=rows)
                speed = bars.tasks[0].speed
                bars.update(task, rate=f"{speed:,.0f} rows/s" if speed else "")

            yield advance
            bars.update(task, total=bars.tasks[0].completed)

    def step(self, title: str) -> None:
        """See `Progress`."""
        self._console.print(f"{title} …", markup=False, highlight=False)

    def notice(self, message: str) -> None:
        """See `Progress`."""
        self._console.print(f"notice: {message}", markup=False, highlight=False)


def progress_on(stream: TextIO) -> Progress:
    """Returns bars for a terminal and lines for other streams."""
    if stream.isatty():
        return TerminalProgress(Console(file=stream))
    return LineProgress(stream)


def _line(title: str, done: int, total: int, seconds: float) -> str:
    rate = done / seconds
    left = (total - done) / rate if rate else 0.0
    return f"{title}: {done:,} of {total:,} rows, {rate:,.0f} rows/s, {left:.0f} s left"
