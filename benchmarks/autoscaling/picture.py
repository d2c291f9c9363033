"""Draws runs: load, pods and response times."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from benchmarks.autoscaling.simulation import Course
from benchmarks.harness.pictures import BLUE, GREEN, RED, STYLE, YELLOW, save

_POINTS = 150


def draw(runs: Mapping[str, Course], limit: float, file: Path) -> None:
    """Writes an SVG with a column per run.

    Above are load and pods, below the 99th percentile of each moment.
    """
    with style.context(STYLE):
        columns = len(runs) // 2
        figure = Figure(figsize=(3.4 * columns, 7.6), layout="constrained")
        axes = figure.subplots(4, columns, sharex="col")
        for place, (name, course) in enumerate(runs.items()):
            upper, lower = axes[place // columns * 2 : place // columns * 2 + 2, place % columns]
            minutes = np.arange(len(course.load)) / 60
            every = max(1, len(minutes) // _POINTS)
            upper.set_title(name.replace(", up to", "\nup to"))
            upper.step(minutes[::every], course.pods[::every], color=BLUE, label="pods", where="post")
            load = course.load / course.load.max() * course.pods.max()
            upper.plot(minutes[::every], load[::every], color=YELLOW, label="load", linewidth=1)
            upper.set_ylim(0)
            worst = [np.nanmax(course.p99[at : at + every]) * 1000 for at in range(0, len(minutes), every)]
            lower.semilogy(minutes[::every][: len(worst)], worst, color=GREEN, linewidth=0.8)
            lower.axhline(limit * 1000, color=RED, linewidth=0.8)
            lower.set_xlabel("minutes")
        axes[0, 0].legend()
        for row in (0, 2):
            axes[row, 0].set_ylabel("pods")
            axes[row + 1, 0].set_ylabel("p99, ms")
        save(figure, file)
