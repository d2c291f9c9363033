"""The documented metrics, and calls of promtool."""

import re
import subprocess

from tests.chart.rendering import ROOT
from tests.chart.tools import Tools

METRIC = re.compile(r"\b(?:recommender|http_server|process)_[a-z_]+")


def promtool(tools: Tools, *arguments: str) -> str:
    """Runs promtool. Returns its output, and fails with it on an error."""
    done = subprocess.run(
        [str(tools.promtool), *arguments], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def documented_metrics() -> set[str]:
    """The documented metrics, including the series of histograms."""
    page = (ROOT / "docs/reference/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)
    histograms = {
        f"{name}_{series}"
        for name, kind in rows
        if kind == "histogram"
        for series in ("bucket", "count", "sum")
    }
    return {name for name, _ in rows} | histograms
