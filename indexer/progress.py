"""Shows the progress of long stages: a bar on a terminal, else log lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

Advance = Callable[[int], None]
"""Reports how many units were done since the last call."""

_LINE_EVERY_SECONDS = 5.0
_WIDE = 110
"""Columns of a terminal from which a bar shows all of its parts in one line."""

_running = False


class RateColumn(ProgressColumn):
    """Shows done units, total units and units per second."""

    def render(self, task: Task) -> Text:
        """Returns the text of the column for `task`."""
        done = f"{task.completed:,.0f}"
        total = f"/{task.total:,.0f}" if task.total else ""
        wide = task.fields.get("wide", True)
        rate = f", {task.completed / task.elapsed:,.0f}/s" if task.elapsed and wide else ""
        return Text(f"{done}{total} {task.fields['unit']}{rate}")


class LeftColumn(TimeRemainingColumn):
    """Shows the estimated time left. Empty before it is known, and at the end."""

    def render(self, task: Task) -> Text:
        """Returns the text of the column for `task`."""
        left = task.time_remaining
        return Text() if task.finished or left is None else super().render(task).append(" left")


@contextmanager
def stage(
    name: str, total: int | None, unit: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Advance]:
    """Shows the progress of a stage while the context lasts.

    Nested stages are not shown, and neither are those with nothing to do.

    Args:
        name: readable name of the stage.
        total: number of units, or None if it is unknown.
        unit: name of the units, in the plural.
        clock: monotonic time in seconds.
    """
    global _running
    if _running or total == 0:
        yield lambda count: None
        return
    _running = True
    try:
        with _bar(name, total, unit) if sys.stderr.isatty() else _lines(name, total, unit, clock) as advance:
            yield advance
    finally:
        _running = False


@contextmanager
def _bar(name: str, total: int | None, unit: str) -> Iterator[Advance]:
    console = Console(stderr=True)
    wide = console.width >= _WIDE
    one_line = Column(no_wrap=True)
    columns = (
        TextColumn("{task.description:<26}"),
        # The only part that a narrow terminal shortens.
        BarColumn(bar_width=24 if wide else 8),
        RateColumn(table_column=one_line),
        *((TimeElapsedColumn(),) if wide else ()),
        LeftColumn(table_column=one_line),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=total, unit=unit, wide=wide)
        yield lambda count: progress.advance(task, count)
        if total is None:
            progress.update(task, total=progress.tasks[0].completed)


@contextmanager
def _lines(name: str, total: int | None, unit: str, clock: Callable[[], float]) -> Iterator[Advance]:
    log = structlog.get_logger("indexer")
    started = last_line = clock()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, last_line
        done += count
        now = clock()
        if now - last_line >= _LINE_EVERY_SECONDS:
            last_line = now
            rate = done / (now - started)
            if total and rate:
                log.info(
                    "progress",
                    stage=name,
                    done=done,
                    total=total,
                    unit=unit,
                    per_second=round(rate),
                    seconds_left=round((total - done) / rate),
                )
            else:
                log.info("progress", stage=name, done=done, unit=unit, per_second=round(rate))

    yield advance
    log.info("stage done", stage=name, done=done, unit=unit, seconds=round(clock() - started, 1))
