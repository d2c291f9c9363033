"""What is being served."""

from litestar import Router, get

from adapters.snapshots import Manifest
from service.routes.parameters import refuse_unknown_parameters
from service.serving import LiveSnapshot


@get("/snapshot", summary="The snapshot that is served")
async def served_snapshot(live: LiveSnapshot) -> Manifest:
    """The manifest: version, recipe and its parameters, counts, measurements and checksums."""
    return live.serving.manifest


snapshot_routes = Router(
    path="/v1",
    route_handlers=[served_snapshot],
    before_request=refuse_unknown_parameters,
    tags=["operations"],
)
