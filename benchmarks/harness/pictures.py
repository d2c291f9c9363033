"""Style of pictures, and their form for dark pages."""

import io
import re
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

_GRAY = "#57606a"
_COLORED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
BLUE, YELLOW, GREEN, RED, PURPLE = "#1f6feb", "#9a6700", "#1a7f37", "#cf222e", "#8250df"
STYLE: dict[str, Any] = {
    **dict.fromkeys(_COLORED, _GRAY),
    "axes.prop_cycle": cycler(color=(BLUE, YELLOW, GREEN, RED, PURPLE)),
    "font.size": 8,
    "axes.titlesize": 8,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "recommender",
}
ON_DARK_PAGES = {
    "#24292f": "#e6edf3",
    "#6e7781": "#9198a1",
    "#b8c0cc": "#4c5561",
    _GRAY: "#9da7b3",
    BLUE: "#4493f8",
    YELLOW: "#d29922",
    GREEN: "#3fb950",
    RED: "#f85149",
    PURPLE: "#ab7df8",
}
"""Colors of pictures, and those that replace them on dark pages."""


def themed(picture: str) -> str:
    """An SVG of Matplotlib without a background, in other colors on dark pages.

    A page shows the form of its own theme: a picture follows the `color-scheme` of the page around it.
    """
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in ON_DARK_PAGES.items()
        for kind in ("fill", "stroke")
        if f"{kind}: {light}" in picture
    )
    background = '[style*="fill: #ffffff"]{fill:none!important}'
    style = f"<style>{background}@media(prefers-color-scheme:dark){{{rules}}}</style>"
    picture = re.sub(r"<metadata>.*?</metadata>", "", picture, flags=re.DOTALL)  # the time of drawing
    head, opening, rest = picture.partition("<defs>")
    return f"{head}{style}{opening}{rest}"


def save(figure: Figure, file: Path) -> None:
    """Writes a figure as SVG, for light and dark pages."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    file.write_text(themed(drawn.getvalue()))
