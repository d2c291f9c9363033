"""Draws the report of an evaluation as SVG, for light and dark pages.

`PYTHONPATH=. python docs/images/report.py docs/images/report.json > docs/images/report.svg` draws that of Online
Retail. `evaluate` writes the same picture as `report.png`.
"""

import re
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import msgspec

from indexer.evaluation.report.document import Report
from indexer.evaluation.report.picture import draw

DARK = {"#24292f": "#e6edf3", "#6e7781": "#9198a1", "#b8c0cc": "#4c5561", "#1f6feb": "#4493f8"}
"""Colors of the picture, and those of dark pages."""


def themed(picture: str) -> str:
    """The picture without a background, in other colors on dark pages."""
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    background = '[style*="fill: #ffffff"]{fill:none!important}'
    style = f"<style>{background}@media(prefers-color-scheme:dark){{{rules}}}</style>"
    picture = re.sub(r"<metadata>.*?</metadata>", "", picture, flags=re.DOTALL)  # the time of drawing
    head, opening, rest = picture.partition("<defs>")
    return f"{head}{style}{opening}{rest}"


def main() -> None:
    """Reads the report that the command line names, and prints its picture."""
    report = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Report)
    # The same ids in each run.
    with tempfile.TemporaryDirectory() as folder, mpl.rc_context({"svg.hashsalt": "report"}):
        path = Path(folder, "report.svg")
        draw(report, path)
        sys.stdout.write(themed(path.read_text()))


if __name__ == "__main__":
    main()
