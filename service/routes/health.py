"""Probes of Kubernetes.

Liveness depends on the process alone. A dependency that is down never restarts a pod.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from service.auth import TokenVerifier
from service.http.problems import KeysNotLoaded
from service.snapshots.live import LiveSnapshot


@dataclass(frozen=True, slots=True)
class Readiness:
    """Tells whether the service can answer requests.

    Attributes:
        without_snapshot: ready while no snapshot was ever published, so that its build cannot fail a release.
    """

    live: LiveSnapshot
    verifier: TokenVerifier
    without_snapshot: bool = False

    def check(self) -> "Health":
        """Tells what is served.

        Raises:
            KeysNotLoaded: the keys of an issuer were not loaded yet.
            NothingToServe: no snapshot is loaded yet, or the change feed was not polled yet.
        """
        if not self.verifier.keys_loaded:
            raise KeysNotLoaded
        if self.without_snapshot and self.live.none_published and self.live.loaded is None:
            return Health("no snapshot yet")
        return Health("ok", self.live.ready.manifest.version)


class Health(msgspec.Struct, frozen=True):
    """Answer of a probe.

    Attributes:
        status: `no snapshot yet` while none was ever published.
        snapshot_version: the snapshot that is served.
    """

    status: Literal["ok", "no snapshot yet"]
    snapshot_version: str | None = None


@get("/live", summary="Liveness probe")
async def live_probe() -> Health:
    """200 while the process answers."""
    return Health("ok")


@get("/ready", summary="Readiness probe")
async def ready_probe(readiness: NamedDependency[Readiness]) -> Health:
    """200 once snapshot, issuers' keys and change feed were loaded, 503 before.

    With `SERVICE_READY_WITHOUT_SNAPSHOT` a pod is ready too while no snapshot was ever published.
    """
    return readiness.check()


health_routes = Router(
    path="/health", route_handlers=[live_probe, ready_probe], tags=["health"], security=[{}]
)
