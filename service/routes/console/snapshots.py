"""Published snapshots, for the console."""

from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from service.auth import Principal
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.snapshots.page_changes import ComparisonView
from service.console.facts.snapshots.published import RollbackView, SnapshotsView
from service.routes.parameters import ID_BOUNDS, checked_id
from service.routes.request_checks import check_request


@get("/snapshots", summary="Published snapshots")
async def published_snapshots(facts: NamedDependency[ConsoleFacts]) -> SnapshotsView:
    """All snapshots with their offline metrics, what became of builds, and rollbacks.

    It needs no live snapshot.
    """
    return await facts.snapshots.all()


A = Annotated[
    str | None,
    Parameter(description="A published version. Without it, the latest one before `b`."),
]
B = Annotated[
    str | None, Parameter(description="A published version. Without it, the one that this pod serves.")
]
Shopper = Annotated[
    str | None,
    Parameter(
        description="Id of one shopper. Without it, up to 500 known shoppers are compared.",
        schema_extra=ID_BOUNDS,
    ),
]


@get("/snapshots/compare", summary="What changes for shoppers between two snapshots")
async def compared_snapshots(
    facts: NamedDependency[ConsoleFacts], a: A = None, b: B = None, user_id: Shopper = None
) -> ComparisonView:
    """The first pages of personal recommendations from both versions.

    Profiles, prices and stock are those of now.

    A version that is not live is opened beside it and verified. While that takes long, the answer is a 503 with
    `Retry-After`. A sample is compared for at most six seconds. One comparison runs at a time.
    """
    user = None if user_id is None else checked_id("user_id", user_id)
    return await facts.comparison.compare(a, b, user)


@post("/snapshots/{version:str}/rollback", summary="Make an earlier snapshot the live one", status_code=200)
async def roll_back_snapshot(
    request: Request[Principal, Any, Any], facts: NamedDependency[ConsoleFacts], version: FromPath[str]
) -> RollbackView:
    """Verifies the snapshot and makes it live for all pods, as `indexer rollback` does.

    The log and the build history say who did it. Pods whose storage is read-only answer 409 with the command to run.
    While an indexer writes, the answer is a 409, too.
    """
    return await facts.snapshots.roll_back(version, request.user.subject)


console_snapshot_routes = Router(
    path="/v1/console",
    route_handlers=[published_snapshots, compared_snapshots, roll_back_snapshot],
    before_request=check_request,
    tags=["console"],
)
