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
    """Decides whether the service is ready to answer requests.

    Attributes:
        without_snapshot: ready while no snapshot was ever published, so that its build cannot fail a release.
    """

    live: LiveSnapshot
    verifier: TokenVerifier
    without_snapshot: bool = False

    def check(self) -> "Health":
        """Returns what is served, if the service is ready.

        Raises:
            KeysNotLoaded: no keys were loaded yet, or an issuer was not asked yet.
            NothingToServe: no snapshot is loaded yet, or the change feed was not polled yet.
        """
        if not self.verifier.can_verify:
            raise KeysNotLoaded
        lacking = len(self.verifier.issuers_without_keys)
        if self.without_snapshot and self.live.none_published and self.live.loaded is None:
            return Health("no snapshot yet", issuers_without_keys=lacking)
        return Health("ok", self.live.ready.manifest.version, lacking)


class Health(msgspec.Struct, frozen=True):
    """Answer of a probe.

    Attributes:
        status: `no snapshot yet` while none was ever published.
        snapshot_version: the snapshot that is served.
        issuers_without_keys: number of token issuers whose tokens get 503, because their keys were never fetched.
    """

    status: Literal["ok", "no snapshot yet"]
    snapshot_version: str | None = None
    issuers_without_keys: int = 0


@get("/live", summary="Liveness probe")
async def live_probe() -> Health:
    """200 while the process answers."""
    return Health("ok")


@get("/ready", summary="Readiness probe")
async def ready_probe(readiness: NamedDependency[Readiness]) -> Health:
    """200 once snapshot, keys and change feed were loaded, 503 before.

    Keys of one token issuer are enough while another one is down. Its tokens get 503 until its keys are fetched.

    With `SERVICE_READY_WITHOUT_SNAPSHOT` a pod is ready too while no snapshot was ever published.
    """
    return readiness.check()


health_routes = Router(
    path="/health", route_handlers=[live_probe, ready_probe], tags=["health"], security=[{}]
)
