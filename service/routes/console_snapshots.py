"""Published snapshots, for the console."""

from typing import Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.auth import Principal
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.snapshots import RollbackView, SnapshotsView
from service.routes.request_checks import check_request


@get("/snapshots", summary="Published snapshots")
async def published_snapshots(facts: NamedDependency[ConsoleFacts]) -> SnapshotsView:
    """All snapshots with their offline metrics, what became of builds, and rollbacks.

    It needs no live snapshot.
    """
    return await facts.snapshots.all()


@post("/snapshots/{version:str}/rollback", summary="Make an earlier snapshot the live one", status_code=200)
async def roll_back_snapshot(
    request: Request[Principal, Any, Any], facts: NamedDependency[ConsoleFacts], version: FromPath[str]
) -> RollbackView:
    """Verifies the snapshot and makes it live for all pods, as `indexer rollback` does.

    The log and the build history say who did it. Pods whose storage is read-only answer 409 with the command to run.
    """
    return await facts.snapshots.roll_back(version, request.user.subject)


console_snapshot_routes = Router(
    path="/v1/console",
    route_handlers=[published_snapshots, roll_back_snapshot],
    before_request=check_request,
    tags=["console"],
)
