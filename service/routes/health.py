"""Probes of Kubernetes.

Liveness depends on the process alone. A dependency that is down never restarts a pod.
"""

from typing import Literal

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from service.snapshots.live import LiveSnapshot


class Health(msgspec.Struct, frozen=True):
    """Answer of a probe."""

    status: Literal["ok"]
    snapshot_version: str | None = None


@get("/live", summary="Liveness probe")
async def live_probe() -> Health:
    """200 while the process answers."""
    return Health("ok")


@get("/ready", summary="Readiness probe")
async def ready_probe(live: NamedDependency[LiveSnapshot]) -> Health:
    """200 once a snapshot is loaded and the change feed was read, 503 before."""
    return Health("ok", live.ready.manifest.version)


health_routes = Router(
    path="/health", route_handlers=[live_probe, ready_probe], tags=["health"], security=[{}]
)
