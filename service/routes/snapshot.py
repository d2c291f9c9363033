"""The current snapshot."""

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from adapters.snapshots import Manifest
from service.routes.request_checks import check_request
from service.snapshots.live import LiveSnapshot


@get("/snapshot", summary="The current snapshot")
async def served_snapshot(live: NamedDependency[LiveSnapshot]) -> Manifest:
    """The manifest: version, recipe and its parameters, counts, measurements and checksums.

    Facts about the shop's data are for staff: `data` is null here, and `GET /v1/console/data` has it.
    """
    return msgspec.structs.replace(live.serving.manifest, data=None)


snapshot_routes = Router(
    path="/v1",
    route_handlers=[served_snapshot],
    before_request=check_request,
    tags=["operations"],
)
