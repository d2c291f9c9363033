"""Published snapshots over time, and the way back to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from service.auth import WRITE_CONSOLE
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.snapshot_lines import SnapshotLine
from service.console.facts.snapshots import SnapshotsUnchanged, UnknownSnapshot
from service.console.login.sessions import current_session
from service.console.pages.rendering import HEADERS, Page, page
from service.http.authentication import CONSOLE
from service.http.path_prefix import path_prefix

SNAPSHOTS = f"{CONSOLE}/snapshots"
_PLOTS = (
    ("ndcg_at_20", "NDCG@20", "popularity_ndcg_at_20", "popularity"),
    ("recall_at_20", "Recall@20", None, None),
    ("coverage_at_10", "Share of the catalog on first pages", None, None),
    ("page_loss", "Value that pages lose to the index", None, None),
)
_WIDTH, _HEIGHT = 320.0, 96.0


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
        title: of the metric.
        last: the newest value.
        dots: one for each version that has the metric.
        line, baseline: points of the polylines.
        baseline_name, baseline_last: of the baseline, null without one.
    """

    title: str
    last: float
    dots: list[Dot]
    line: str
    baseline: str
    baseline_name: str | None
    baseline_last: float | None


def plots(snapshots: Sequence[SnapshotLine]) -> list[Plot]:
    """Plots of the metrics that any version has. `snapshots` are newest first."""
    found = []
    for name, title, baseline, baseline_name in _PLOTS:
        lines = [line for line in reversed(snapshots) if name in line.metrics]
        if not lines:
            continue
        values = [line.metrics[name] for line in lines]
        others = [line.metrics[baseline] for line in lines if baseline in line.metrics] if baseline else []
        top = max(*values, *others, 1e-9) * 1.1
        x = [_WIDTH * (place + 0.5) / len(lines) for place in range(len(lines))]
        y, other_y = ([_HEIGHT * (1 - value / top) for value in each] for each in (values, others))
        dots = [
            Dot(round(left, 1), round(down, 1), f"{line.version}: {value:.4g}", line.live)
            for left, down, line, value in zip(x, y, lines, values, strict=True)
        ]
        complete = len(others) == len(lines)
        found.append(
            Plot(
                title,
                values[-1],
                dots,
                _points(x, y),
                _points(x, other_y) if complete else "",
                baseline_name if complete else None,
                others[-1] if complete else None,
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
        live=found.live,
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
    location = f"{path_prefix(request.scope)}{SNAPSHOTS}?{urlencode({'done': done.live})}"
    return Response(b"", status_code=303, headers={"location": location, **HEADERS})


snapshot_handlers = (snapshots_page, confirm_rollback, roll_back)
