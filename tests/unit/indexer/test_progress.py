"""Progress on a terminal and in logs."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from rich.progress import Progress
from rich.text import Text
from structlog.testing import capture_logs

from indexer import progress


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A terminal that records its output."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as caught:
        yield caught


def test_progress_is_logged_every_five_seconds_with_rate_and_time_left(
    clock: Clock, lines: list[Any]
) -> None:
    with progress.stage("Reading", 100, "products", clock) as advance:
        for _ in range(4):
            clock.now += 2
            advance(10)
        assert lines == [
            {
                "event": "progress",
                "log_level": "info",
                "stage": "Reading",
                "done": 30,
                "total": 100,
                "unit": "products",
                "per_second": 5,
                "seconds_left": 14,
            }
        ]
    assert lines[1:] == [
        {
            "event": "stage done",
            "log_level": "info",
            "stage": "Reading",
            "done": 40,
            "unit": "products",
            "seconds": 8.0,
        }
    ]


def test_unknown_total_logs_no_time_left(clock: Clock, lines: list[Any]) -> None:
    with progress.stage("Reading", None, "products", clock) as advance:
        clock.now += 6
        advance(12)
    assert lines[0]["per_second"] == 2
    assert not {"total", "seconds_left"} & lines[0].keys()


def test_zero_progress_logs_no_time_left(clock: Clock, lines: list[Any]) -> None:
    with progress.stage("Reading", 10, "products", clock) as advance:
        clock.now += 6
        advance(0)
    assert not {"total", "seconds_left"} & lines[0].keys()


def test_nested_stage_is_not_shown(clock: Clock, lines: list[Any]) -> None:
    with progress.stage("Outer", 2, "windows", clock) as outer:
        with progress.stage("Inner", 9, "products") as inner:
            clock.now += 60
            inner(9)
        outer(2)
    assert [(line["event"], line["stage"], line["done"]) for line in lines] == [
        ("progress", "Outer", 2),
        ("stage done", "Outer", 2),
    ]


def test_stage_with_nothing_to_do_is_not_shown(lines: list[Any]) -> None:
    with progress.stage("Adding", 0, "products") as advance:
        advance(0)
    assert lines == []


def test_next_stage_is_shown_after_a_failed_one(lines: list[Any]) -> None:
    with pytest.raises(KeyError), progress.stage("Failing", 2, "steps"):
        raise KeyError
    with progress.stage("Next", 1, "steps") as advance:
        advance(1)
    assert [(line["event"], line["stage"]) for line in lines] == [("stage done", "Next")]


def test_terminal_shows_a_bar_instead_of_log_lines(lines: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress.stage("Relating products", 5_000, "products") as advance:
        advance(2_000)
        advance(3_000)
    shown = screen.getvalue()
    assert "Relating products" in shown
    assert "5,000/5,000 products" in shown
    assert lines == []


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_bar_is_one_line_with_whole_parts(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    with progress.stage("Fitting item-item weights", 100_000, "products") as advance:
        advance(100_000)
    last = Text.from_ansi(screen.getvalue().split("\r")[-1]).plain.split("\n")[0].rstrip()
    assert (last.startswith("Fitting item-item weights"), "…" in last, "left" in last) == (True, False, False)
    assert "100,000/100,000 products" in last
    assert len(last) <= columns


def test_time_left_is_shown_while_it_is_known(clock: Clock) -> None:
    bars = Progress(progress.LeftColumn(), get_time=clock, disable=True)
    task = bars.add_task("Reading", total=100)
    assert progress.LeftColumn().render(bars.tasks[0]).plain == ""
    for _ in range(2):
        clock.now += 6
        bars.advance(task, 10)
    assert progress.LeftColumn().render(bars.tasks[0]).plain == "0:00:48 left"
    bars.advance(task, 80)
    assert progress.LeftColumn().render(bars.tasks[0]).plain == ""


def test_bar_without_total_is_full_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress.stage("Reading", None, "purchases") as advance:
        advance(1_234)
    assert "1,234/1,234 purchases" in screen.getvalue()
