"""Progress of a load: bars on a terminal, a line every few seconds elsewhere."""

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

Advance = Callable[[int], None]
"""Tells that so many more rows are done."""

_SECONDS_BETWEEN_LINES = 3.0


class Progress(Protocol):
    """Shows how far a load is."""

    def stage(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """One part of the work, over about `total` rows."""
        ...

    def notice(self, sentence: str) -> None:
        """Something a person should know, and that stops nothing."""
        ...


class LineProgress:
    """Plain lines, for logs and pipes."""

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
        self._print(f"{title}: {done:,} rows in {self._monotonic() - begin:.1f} s")

    def notice(self, sentence: str) -> None:
        """See `Progress`."""
        self._print(f"notice: {sentence}")

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class TerminalProgress:
    """Bars with rate and time left."""

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

    def notice(self, sentence: str) -> None:
        """See `Progress`."""
        self._console.print(f"notice: {sentence}", markup=False, highlight=False)


def progress_on(stream: TextIO) -> Progress:
    """What suits the stream: bars on a terminal, lines otherwise."""
    if stream.isatty():
        return TerminalProgress(Console(file=stream))
    return LineProgress(stream)


def _line(title: str, done: int, total: int, seconds: float) -> str:
    rate = done / seconds
    left = (total - done) / rate if rate else 0.0
    return f"{title}: {done:,} of {total:,} rows, {rate:,.0f} rows/s, {left:.0f} s left"
