"""Probes of Kubernetes.

Liveness depends on the process alone. A dependency that is down never restarts a pod.
"""

from typing import Literal

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from service.auth import TokenVerifier
from service.http.problems import KeysNotLoaded
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
async def ready_probe(
    live: NamedDependency[LiveSnapshot], verifier: NamedDependency[TokenVerifier]
) -> Health:
    """200 once snapshot, issuers' keys and change feed were loaded, 503 before."""
    if not verifier.keys_loaded:
        raise KeysNotLoaded
    return Health("ok", live.ready.manifest.version)


health_routes = Router(
    path="/health", route_handlers=[live_probe, ready_probe], tags=["health"], security=[{}]
)
