"""Style of the benchmarks' pictures, readable on a light and on a dark page."""

from typing import Any

_GRAY = "#7d8590"
_COLORED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
STYLE: dict[str, Any] = {
    **dict.fromkeys(_COLORED, _GRAY),
    "font.size": 8,
    "axes.titlesize": 8,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "recommender",
}
