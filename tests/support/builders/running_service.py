"""The service as an operator runs it, a process of its own, over a small snapshot and a catalog without news."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.snapshots import SigningKey
from tests.support.builders.published_snapshots import ListedCatalog, publish
from tests.support.builders.service_settings import service_settings
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import run_module, serving_module
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer


@dataclass(frozen=True)
class RunningService:
    """Where it is, and what it says.

    Attributes:
        url: of the API.
        metrics_url: of the metrics endpoint.
        log: the process's standard output and standard error.
        client: asks it, directly.
    """

    url: str
    metrics_url: str
    log: Path
    client: httpx.Client

    @property
    def port(self) -> int:
        """That the API listens on."""
        return int(self.url.rpartition(":")[2])


def quiet_catalog(request: Request) -> Script:
    """A catalog whose feed has no news, and that knows nobody."""
    if request.target.startswith(("/v1/products", "/v1/purchases")):
        return json_answer({"items": [], "next_cursor": None})
    return http(404, "{}")


@contextmanager
def running_service(
    folder: Path,
    catalog: ListedCatalog,
    issuers: list[dict[str, Any]],
    settings: Mapping[str, str],
    secret: str | None = None,
) -> Iterator[RunningService]:
    """Publishes a snapshot of the catalog, and serves it until the block ends.

    Args:
        folder: an empty one of the caller's.
        catalog: what the snapshot is built from.
        issuers: value of `SERVICE_ISSUERS`.
        settings: more environment variables, which win; the database that they name is not migrated.
        secret: that snapshots are signed with; a random one unless given.
    """
    secret = secret or secrets.token_hex(32)
    publish(catalog, folder, key=SigningKey(secret.encode()))
    url, metrics = (f"http://127.0.0.1:{unused_port()}" for _ in range(2))
    with RawServer(quiet_catalog) as listed:
        environment = service_settings(folder, listed.url, issuers, secret) | {
            "SERVICE_LISTEN_PORT": url.rpartition(":")[2],
            "SERVICE_MANAGEMENT_PORT": metrics.rpartition(":")[2],
        }
        run_module(["service", "migrate"], environment)
        environment |= settings
        log = folder / "service.log"
        with (
            serving_module(["service", "serve"], environment, f"{url}/health/ready", log),
            httpx.Client(base_url=url, trust_env=False, timeout=10) as client,
        ):
            yield RunningService(url, metrics, log, client)
