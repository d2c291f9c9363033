"""Draws kept results: `python -m benchmarks.serving.picture RESULT.json… --output FILE.svg`.

One result for each size of the catalog. Shows the cost of a request by the length of the history, and by the number of
products.
"""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.pictures import STYLE, save
from command_line.messages import ArgumentParser

_BY_SIZE = ("same-question", "other-question", "after-event-50", "after-event-500")


_TICKS = (0.1, 0.2, 0.5, 1, 2, 5)


def main(arguments: list[str]) -> None:
    """Reads the results and writes the picture."""
    parser = ArgumentParser(prog="python -m benchmarks.serving.picture", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULT", help="kept JSON")
    parser.add_argument("--output", type=Path, required=True, help="SVG file")
    parsed = parser.parse_args(arguments)
    results = [json.loads(file.read_text()) for file in parsed.results]
    results.sort(key=lambda result: int(result["catalog"]["products"]))
    with style.context(STYLE):
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        by_history, by_size = figure.subplots(1, 2, sharey=True)
        _draw_histories(by_history, results)
        _draw_sizes(by_size, results)
        by_history.set_yticks(_TICKS, map(str, _TICKS))
        save(figure, parsed.output)


def _draw_histories(axes: Axes, results: list[dict[str, Any]]) -> None:
    for result in results:
        costs = {
            int(name.rpartition("-")[2]): _milliseconds(result, name)
            for name in result["rows"]
            if name.startswith(("history-", "after-event-"))
        }
        label = f"{result['catalog']['products']:,} products"
        axes.loglog(sorted(costs), [costs[length] for length in sorted(costs)], marker=".", label=label)
    axes.set_xlabel("purchases of the shopper, after an event")
    axes.set_ylabel("CPU of a request, ms")
    axes.legend()


def _draw_sizes(axes: Axes, results: list[dict[str, Any]]) -> None:
    for name in _BY_SIZE:
        known = [result for result in results if name in result["rows"]]
        sizes = [result["catalog"]["products"] for result in known]
        axes.loglog(sizes, [_milliseconds(result, name) for result in known], marker=".", label=name)
    sizes = [result["catalog"]["products"] for result in results]
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.1))
    axes.set_xlabel("products")


def _milliseconds(result: dict[str, Any], name: str) -> float:
    microseconds: list[float] = result["rows"][name]["service_microseconds"]
    return median(microseconds) / 1000


if __name__ == "__main__":
    main(sys.argv[1:])
