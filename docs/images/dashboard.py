"""Draws the first panels of a dashboard, for light and dark pages.

`collect URL SECONDS` asks a Prometheus that scrapes services for the latest seconds. `draw FILE` draws its answers
where the dashboard has its panels:

    PYTHONPATH=. python docs/images/dashboard.py collect http://127.0.0.1:9090 300 > docs/images/dashboard.json
    PYTHONPATH=. python docs/images/dashboard.py draw docs/images/dashboard.json > docs/images/dashboard.svg
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from benchmarks.harness.pictures import BLUE, GREEN, PURPLE, RED, YELLOW, themed

PANELS = 8
POINTS = 60
COLUMNS = 2
INK, MUTED, LINES = "#24292f", "#6e7781", "#b8c0cc"
COLORS = (BLUE, YELLOW, GREEN, RED, PURPLE, "#1b9e9e", "#e377c2", MUTED)
UNITS = {"s": "{:.3g} s", "percentunit": "{:.1%}", "reqps": "{:.3g}/s", "ops": "{:.3g}/s"}
DASHBOARD = Path(__file__).parents[2] / "charts/recommender/dashboards/service.json"


class Line(msgspec.Struct, frozen=True):
    """One series of a panel.

    Attributes:
        name: in the legend.
        seconds: since the first point, shape (points,).
        values: of each point, shape (points,).
    """

    name: str
    seconds: list[float]
    values: list[float]


class Panel(msgspec.Struct, frozen=True):
    """One panel with its series."""

    title: str
    unit: str
    lines: list[Line]


def collect(url: str, seconds: float) -> list[Panel]:
    """The answers of a Prometheus to the queries of the first panels."""
    end = time.time()
    with httpx.Client(base_url=url, trust_env=False) as client:
        return [
            Panel(
                panel["title"],
                panel["fieldConfig"]["defaults"]["unit"],
                [line for target in panel["targets"] for line in _lines(client, target, end - seconds, end)],
            )
            for panel in json.loads(DASHBOARD.read_text())["panels"][:PANELS]
        ]


def _lines(client: httpx.Client, target: dict[str, Any], start: float, end: float) -> Iterator[Line]:
    query = (
        target["expr"].replace("$__rate_interval", "20s").replace("$namespace", ".*").replace("$job", ".*")
    )
    period = {"query": query, "start": start, "end": end, "step": (end - start) / POINTS}
    answer = client.get("/api/v1/query_range", params=period).raise_for_status().json()
    for series in answer["data"]["result"]:
        name = target["legendFormat"]
        for label, value in series["metric"].items():
            name = name.replace("{{" + label + "}}", value)
        points = [(round(at - start, 1), float(value)) for at, value in series["values"] if value != "NaN"]
        if points:
            seconds, values = zip(*points, strict=True)
            yield Line(name, list(seconds), [float(f"{value:.3g}") for value in values])


def draw(panels: list[Panel], path: Path) -> None:
    """Writes the picture."""
    rows = -(-len(panels) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(11, 2.9 * rows), squeeze=False, layout="constrained")
    for panel, axis in zip(panels, axes.flat, strict=True):
        _draw_panel(panel, axis)
    last = max(line.seconds[-1] for panel in panels for line in panel.lines)
    for axis in axes.flat:
        axis.set_xlim(0, last)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _draw_panel(panel: Panel, axis: Axes) -> None:
    for line, color in zip(panel.lines, COLORS * len(panel.lines), strict=False):
        axis.plot(line.seconds, line.values, label=line.name, color=color, linewidth=1.4)
    axis.set_title(panel.title, loc="left", fontsize=10, color=INK)
    text = UNITS.get(panel.unit, "{:.3g}")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: text.format(value)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 60:.0f} min"))
    axis.set_ylim(bottom=0)
    axis.xaxis.set_major_locator(mpl.ticker.MultipleLocator(60))
    axis.tick_params(colors=MUTED, labelsize=8, color=LINES)
    axis.grid(color=LINES, linewidth=0.5, alpha=0.5)
    for side, spine in axis.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINES)
    if panel.lines:
        axis.legend(
            fontsize=7, frameon=False, labelcolor=MUTED, ncols=2, loc="upper left", bbox_to_anchor=(0, -0.1)
        )
    else:
        axis.text(
            0.5, 0.5, "nothing of this kind", color=MUTED, fontsize=9, ha="center", transform=axis.transAxes
        )


def main() -> None:
    """Collects or draws, as the command line says."""
    match sys.argv[1:]:
        case ["collect", url, seconds]:
            sys.stdout.buffer.write(msgspec.json.encode(collect(url, float(seconds))))
        case ["draw", answers]:
            panels = msgspec.json.decode(Path(answers).read_bytes(), type=list[Panel])
            with tempfile.TemporaryDirectory() as folder, mpl.rc_context({"svg.hashsalt": "dashboard"}):
                path = Path(folder, "dashboard.svg")
                draw(panels, path)
                sys.stdout.write(themed(path.read_text()))
        case _:
            sys.exit("error: expected dashboard.py collect URL SECONDS | draw FILE")


if __name__ == "__main__":
    main()
