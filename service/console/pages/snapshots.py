"""Published snapshots over time, and the way back to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from service.auth import WRITE_CONSOLE
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.snapshots.published import SnapshotsUnchanged, UnknownSnapshot
from service.console.facts.snapshots.snapshot_lines import SnapshotLine
from service.console.facts.snapshots.verdict import BASELINE, METRIC
from service.console.login.sessions import current_session
from service.console.rendering.page import Page, page, redirect
from service.http.middleware.authentication import CONSOLE

SNAPSHOTS = f"{CONSOLE}/snapshots"
_WIDTH, _HEIGHT = 320.0, 96.0


@dataclass(frozen=True, slots=True)
class Metric:
    """A measurement of builds, in words.

    Attributes:
        name: in the manifest.
        about: what it says, with its unit.
        is_share: whether it is shown in percent.
        baseline: name of the same measurement of the baseline, empty without one.
    """

    name: str
    title: str
    about: str
    is_share: bool = True
    baseline: str = ""

    def text(self, value: float) -> str:
        """A value with its unit."""
        return f"{value:.2%}".replace("%", " %") if self.is_share else f"{value:.4f}"


METRICS = (
    Metric(
        METRIC,
        "Quality of first pages",
        "NDCG@20, from 0 to 1: how much of what shoppers bought next is among their 20 products, and how high.",
        is_share=False,
        baseline=BASELINE,
    ),
    Metric(
        "recall_at_20",
        "Next purchases found",
        "Recall@20: how much of what a shopper bought next is among the 20 products.",
    ),
    Metric(
        "coverage_at_10",
        "Products that get shown",
        "Coverage@10: how much of the catalog is among the first 10 products of any shopper.",
    ),
    Metric(
        "page_loss",
        "Lost to fast search",
        "How much higher the scores of a page would be if all products were searched.",
    ),
)


@dataclass(frozen=True, slots=True)
class Dot:
    """A measurement in a plot, with the version that it is of."""

    x: float
    y: float
    label: str
    live: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """A metric over versions, oldest at the left.

    Attributes:
        last: the newest value as text.
        dots: one for each version that has the metric.
        line, baseline: points of the polylines.
        baseline_last: newest value of the baseline as text, empty without one.
    """

    metric: Metric
    last: str
    dots: list[Dot]
    line: str
    baseline: str
    baseline_last: str


def plots(snapshots: Sequence[SnapshotLine]) -> list[Plot]:
    """Plots of the metrics that any version has. `snapshots` are newest first."""
    found = []
    for metric in METRICS:
        lines = [line for line in reversed(snapshots) if metric.name in line.metrics]
        if not lines:
            continue
        values = [line.metrics[metric.name] for line in lines]
        others = [line.metrics[metric.baseline] for line in lines if metric.baseline in line.metrics]
        top = max(*values, *others, 1e-9) * 1.1
        x = [_WIDTH * (place + 0.5) / len(lines) for place in range(len(lines))]
        y, other_y = ([_HEIGHT * (1 - value / top) for value in each] for each in (values, others))
        dots = [
            Dot(round(left, 1), round(down, 1), f"{line.version}: {metric.text(value)}", line.live)
            for left, down, line, value in zip(x, y, lines, values, strict=True)
        ]
        complete = len(others) == len(lines)
        found.append(
            Plot(
                metric,
                metric.text(values[-1]),
                dots,
                _points(x, y),
                _points(x, other_y) if complete else "",
                metric.text(others[-1]) if complete else "",
            )
        )
    return found


def _points(x: Sequence[float], y: Sequence[float]) -> str:
    return " ".join(f"{left:.1f},{down:.1f}" for left, down in zip(x, y, strict=True))


@get(SNAPSHOTS, include_in_schema=False)
async def snapshots_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """All published snapshots, their quality and the history of builds."""
    found = await facts.snapshots.all()
    return page(
        request,
        "snapshots.html",
        found=found,
        plots=plots(found.snapshots),
        done=request.query_params.get("done", ""),
        may_write=WRITE_CONSOLE in current_session(request.scope).scopes,
    )


@get(f"{SNAPSHOTS}/rollback", include_in_schema=False)
async def confirm_rollback(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """Asks whether to make the query's `version` live.

    Raises:
        UnknownSnapshot: it is not published.
    """
    found, version = await facts.snapshots.all(), request.query_params.get("version", "")
    line = next((line for line in found.snapshots if line.version == version), None)
    if line is None:
        raise UnknownSnapshot(f"No snapshot {version!r} is published.")
    return page(
        request,
        "rollback.html",
        line=line,
        live=next((each for each in found.snapshots if each.live), None),
        may_write=WRITE_CONSOLE in current_session(request.scope).scopes,
    )


@post(f"{SNAPSHOTS}/rollback", include_in_schema=False)
async def roll_back(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Response[Any]:
    """Makes the form's `version` live, and shows all snapshots again.

    Raises:
        UnknownSnapshot: it is not published.
    """
    version = str((await request.form()).get("version", ""))
    try:
        done = await facts.snapshots.roll_back(version, request.user.subject)
    except SnapshotsUnchanged as refused:
        return page(request, "unchanged.html", status=refused.status, refused=refused, version=version)
    return redirect(request, f"{SNAPSHOTS}?{urlencode({'done': done.live})}")


snapshot_handlers = (snapshots_page, confirm_rollback, roll_back)
