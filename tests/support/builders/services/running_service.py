"""The service as a process over a small snapshot."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.snapshots import SigningKey
from tests.support.builders.published_snapshots import ListedCatalog, publish
from tests.support.builders.services.service_settings import service_settings
from tests.support.builders.storage.migrated_databases import migrate_at
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import serving_module
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer


@dataclass(frozen=True)
class RunningService:
    """A running service.

    Attributes:
        url: base URL of the API.
        metrics_url: base URL of the metrics endpoint.
        log: file with the standard output and standard error of the process.
        client: calls the API without a proxy.
    """

    url: str
    metrics_url: str
    log: Path
    client: httpx.Client

    @property
    def port(self) -> int:
        """Port of the API."""
        return int(self.url.rpartition(":")[2])


def quiet_catalog(request: Request) -> Script:
    """Answers of a catalog without changes and without users."""
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
    answers: Callable[[Request], Script] = quiet_catalog,
) -> Iterator[RunningService]:
    """Publishes a snapshot of the catalog and serves it for the block.

    Args:
        folder: empty folder for all files.
        catalog: source of the snapshot.
        issuers: value of `SERVICE_ISSUERS`.
        settings: further environment variables, which override the others. A database named here is not migrated.
        secret: signs snapshots. None: a random one.
        answers: answers of the catalog that the service reads.
    """
    secret = secret or secrets.token_hex(32)
    publish(catalog, folder, key=SigningKey(secret.encode()))
    url, metrics = (f"http://127.0.0.1:{unused_port()}" for _ in range(2))
    with RawServer(answers) as listed:
        environment = service_settings(folder, listed.url, issuers, secret) | {
            "SERVICE_LISTEN_PORT": url.rpartition(":")[2],
            "SERVICE_MANAGEMENT_PORT": metrics.rpartition(":")[2],
        }
        migrate_at(environment["SERVICE_DATABASE_URL"])
        environment |= settings
        log = folder / "service.log"
        with (
            serving_module(["service", "serve"], environment, f"{url}/health/ready", log),
            # The service closes idle connections after a few seconds, which pass on a busy machine.
            httpx.Client(
                base_url=url,
                timeout=60,
                limits=httpx.Limits(keepalive_expiry=1),
            ) as client,
        ):
            yield RunningService(url, metrics, log, client)
