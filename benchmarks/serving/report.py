"""Prints rows, and keeps them as JSON for each commit."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.serving.measuring import Cost, Measured
from benchmarks.serving.rows import Row

HEADER = (
    f"{'row':<16}{'baseline, µs':>24}{'service, µs':>24}{'stores, µs':>11}{'ratio':>24}{'limit':>7}{'aim':>6}"
)


def line(name: str, row: Row, measured: Measured) -> str:
    """One row: medians, with the lowest and the highest round in parentheses."""
    baseline, service = (_spread(_microseconds(each)) for each in (measured.baseline, measured.service))
    stores = median(_stores(measured.service))
    ratio = _spread(measured.ratios, ".3f")
    limits = f"{_limit(row.limit):>7}{_limit(row.aim):>6}{'  MISSED' if missed(row, measured) else ''}"
    return f"{name:<16}{baseline:>24}{service:>24}{stores:>11,.0f}{ratio:>24}{limits}"


def missed(row: Row, measured: Measured) -> bool:
    """True if the ratio is below the limit."""
    return row.limit is not None and measured.ratio < row.limit


def keep(folder: Path, catalog: dict[str, Any], rows: dict[str, tuple[Row, Measured]]) -> Path:
    """Adds rows to the file of this commit and catalog, or replaces them."""
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{commit}-{catalog['products']}.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(
        json.dumps(
            {
                "commit": commit,
                "changed_since": bool(_git("status", "--porcelain", "--untracked-files=no")),
                "catalog": catalog,
                "rows": kept.get("rows", {}) | {name: _content(*found) for name, found in rows.items()},
            },
            indent=2,
        )
        + "\n"
    )
    return file


def _content(row: Row, measured: Measured) -> dict[str, Any]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "limit": row.limit,
        "aim": row.aim,
        "ratio": round(measured.ratio, 4),
        "ratios": [round(ratio, 4) for ratio in measured.ratios],
        "baseline_microseconds": _microseconds(measured.baseline),
        "baseline_stores_microseconds": _stores(measured.baseline),
        "service_microseconds": _microseconds(measured.service),
        "service_stores_microseconds": _stores(measured.service),
    }


def _limit(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _microseconds(costs: tuple[Cost, ...]) -> list[float]:
    return [round(cost.process * 1e6, 1) for cost in costs]


def _stores(costs: tuple[Cost, ...]) -> list[float]:
    return [round(cost.stores * 1e6, 1) for cost in costs]


def _spread(values: list[float], form: str = ",.0f") -> str:
    return f"{median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((each.partition(":")[2].strip() for each in lines if each.startswith("model name")), "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
