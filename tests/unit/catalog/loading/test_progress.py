from io import StringIO

from rich.console import Console

from catalog.loading.progress import LineProgress, Progress, TerminalProgress, progress_on


def test_line_progress_prints_rate_and_time_left_every_few_seconds() -> None:
    stream, times = StringIO(), iter([0.0, 1.0, 4.0, 5.0, 8.0, 10.0])
    progress = LineProgress(stream, lambda: next(times))
    with progress.stage("Reading", 1000) as advance:
        for _ in range(4):
            advance(100)
    progress.notice("mind the gap")
    progress.notice("word " * 30)
    assert stream.getvalue().splitlines() == [
        "Reading: 200 of 1,000 rows, 50 rows/s, 16 s left",
        "Reading: 400 of 1,000 rows, 50 rows/s, 12 s left",
        "Reading: 400 rows in 10.0 s",
        "notice: mind the gap",
        f"notice: {' '.join(['word'] * 14)}",
        " ".join(["word"] * 16),
    ]


def test_terminal_progress_shows_rate_and_count() -> None:
    stream = StringIO()
    progress: Progress = TerminalProgress(Console(file=stream, force_terminal=True, width=120))
    with progress.stage("Reading", 10) as advance:
        advance(4)
        advance(6)
    progress.notice("[brackets] stay")
    assert "10/10" in stream.getvalue()
    assert "rows/s" in stream.getvalue()
    assert "notice: [brackets] stay" in stream.getvalue()


def test_pipe_gets_line_progress() -> None:
    assert isinstance(progress_on(StringIO()), LineProgress)
