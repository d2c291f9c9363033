"""Draws the report of an evaluation as SVG, for light and dark pages.

`PYTHONPATH=. python docs/images/report.py docs/images/report.json > docs/images/report.svg` draws that of Online
Retail. `evaluate` writes the same picture as `report.png`.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import msgspec

from benchmarks.harness.pictures import themed
from indexer.evaluation.report.document import Report
from indexer.evaluation.report.picture import draw


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
