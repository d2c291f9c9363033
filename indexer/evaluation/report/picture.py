"""Draws the report: a panel per task and list, a bar per recommender."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.evaluation.report.document import HEADLINES, Estimate, ListReport, Report, TaskReport, defined
from indexer.evaluation.report.sentences import tested

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OURS, _OTHERS, _INK, _FAINT = "#1f6feb", "#b8c0cc", "#24292f", "#6e7781"
_WIDTH_INCHES = 8.0
_INCHES_PER_BAR = 0.29
_INCHES_AROUND_BARS = 0.95
_INCHES_OF_TITLE = 0.65
_BARS_OF_MARGIN = 0.3
_INCHES_PER_LINE = 0.17
_TITLE_CHARACTERS, _QUESTION_CHARACTERS, _NAME_CHARACTERS = 95, 66, 28
_ROOM_FOR_NUMBERS = 1.18
_SPACE_BETWEEN_PANELS = 0.12


@dataclass(frozen=True, slots=True)
class _Panel:
    """A panel with a bar per recommender, this program's first."""

    question: str
    label: str
    names: tuple[str, ...]
    estimates: tuple[Estimate, ...]

    @classmethod
    def of_task(cls, task: TaskReport) -> _Panel:
        """The panel of a task."""
        return cls(
            _question(task),
            f"{HEADLINES[task.headline]}, 95 % interval; {task.shoppers:,} shoppers, {task.products:,} products",
            tuple(row.name for row in task.rows),
            tuple(map(task.metric, task.rows)),
        )

    @classmethod
    def of_list(cls, each: ListReport) -> _Panel:
        """The panel of a list, with its main metric."""
        main = next(iter(each.rows[0].metrics))
        return cls(
            _question(each),
            f"{main}, 95 % interval",
            tuple(row.name for row in each.rows),
            tuple(row.metrics[main] for row in each.rows),
        )


def _panels(report: Report) -> Iterator[_Panel]:
    yield from map(_Panel.of_task, report.tasks)
    yield from map(_Panel.of_list, report.lists)


def draw(report: Report, path: Path) -> None:
    """Writes the picture.

    The file's suffix selects the format: .png, .svg or others that matplotlib supports.

    Raises:
        ValueError: the format is unknown, or there is no task to draw.
        OSError: the file cannot be written.
    """
    # Imported here, as in `_figure`: every other command runs without a drawing library.
    import matplotlib as mpl

    if not report.tasks:
        raise ValueError("there is no task to draw")
    # Disables formulas, because names may contain dollar signs.
    with mpl.rc_context({"text.parse_math": False, "font.size": 9.0}):
        figure = _figure(report)
        figure.savefig(path, dpi=150)


def _figure(report: Report) -> Figure:
    from matplotlib.figure import Figure

    # Constrained layout adds titles and labels around panels of these relative heights.
    panels = list(_panels(report))
    bars = [len(panel.names) + _BARS_OF_MARGIN for panel in panels]
    height = _INCHES_OF_TITLE + _INCHES_AROUND_BARS * len(bars) + _INCHES_PER_BAR * sum(bars)
    title = textwrap.fill(report.data.name, _TITLE_CHARACTERS)
    height += _INCHES_PER_LINE * sum(
        text.count("\n") for text in (title, *(panel.question for panel in panels))
    )
    figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
    figure.suptitle(
        f"{title}\ntested on the {tested(report.split, '%Y-%m-%d on')}",
        x=0.01,
        ha="left",
        color=_INK,
        fontsize=10,
        linespacing=1.5,
    )
    grid = figure.subplots(
        len(bars), 1, squeeze=False, gridspec_kw={"height_ratios": bars, "hspace": _SPACE_BETWEEN_PANELS}
    )
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        _draw_panel(axes, panel)
    return figure


def _draw_panel(axes: Axes, panel: _Panel) -> None:
    estimate = panel.estimates
    positions = range(len(estimate))
    bars = [_drawn(value.mean) for value in estimate]
    colors = [_OURS if position == 0 else _OTHERS for position in positions]
    axes.barh(positions, bars, height=0.66, color=colors)
    for position, value in enumerate(estimate):
        _interval(axes, position, value)
    axes.set_yticks(positions, [textwrap.fill(name, _NAME_CHARACTERS) for name in panel.names])
    for label in axes.get_yticklabels()[:1]:
        label.set_fontweight("bold")
    axes.set_ylim(len(estimate) - 0.5 + _BARS_OF_MARGIN / 2, -0.5 - _BARS_OF_MARGIN / 2)
    highest = max((_drawn(value.high) for value in estimate), default=0.0)
    axes.set_xlim(0, max(highest, *bars, 0.0) * _ROOM_FOR_NUMBERS or 1.0)
    axes.set_title(panel.question, loc="left", fontsize=9.5, color=_INK)
    axes.set_xlabel(panel.label)
    _plain_frame(axes)


def _question(task: TaskReport | ListReport) -> str:
    return textwrap.fill(f"{task.name}: {task.question}", _QUESTION_CHARACTERS)


def _plain_frame(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)
    axes.tick_params(axis="y", length=0, colors=_INK)
    axes.tick_params(axis="x", colors=_FAINT)
    axes.xaxis.label.set_color(_FAINT)


def _interval(axes: Axes, position: int, value: Estimate) -> None:
    """Draws the interval as a line over the bar, and the number behind it."""
    mean, low, high = _drawn(value.mean), _drawn(value.low), _drawn(value.high)
    if high > low:
        axes.hlines(position, low, high, color=_INK, linewidth=1.1)
    axes.annotate(
        f"{mean:.4f}" if defined(value.mean) is not None else "not defined",
        (max(mean, high), position),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=_INK,
        fontweight="bold" if position == 0 else "normal",
    )


def _drawn(number: float | None) -> float:
    return defined(number) or 0.0
