"""Probes. Liveness is about the process alone: no dependency that is down makes Kubernetes restart a pod."""

from typing import Literal

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from service.snapshots.live import LiveSnapshot


class Health(msgspec.Struct, frozen=True):
    """A probe's answer."""

    status: Literal["ok"]
    snapshot_version: str | None = None


@get("/live", summary="Is the process alive?")
async def live_probe() -> Health:
    """200 as long as the process answers."""
    return Health("ok")


@get("/ready", summary="Can recommendations be served?")
async def ready_probe(live: NamedDependency[LiveSnapshot]) -> Health:
    """200 once a snapshot is loaded, warmed and corrected by the change feed, 503 before."""
    return Health("ok", live.ready.manifest.version)


health_routes = Router(
    path="/health", route_handlers=[live_probe, ready_probe], tags=["health"], security=[{}]
)
