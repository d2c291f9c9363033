"""A whole stack, started by the documented commands, once per worker."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.leak_watch import planted
from tests.support.servers.collector import Collector
from tests.support.servers.ports import unused_port
from tests.system.stack.built_shop import built_shop, catalog_server, indexer_settings
from tests.system.stack.processes import Server, run_here

POLL_SECONDS = 0.5


@dataclass
class Stack:
    """Addresses, settings and processes of a running stack."""

    folder: Path
    catalog_url: str
    issuer_url: str
    service_url: str
    metrics_url: str
    indexer_settings: dict[str, str]
    service_settings: dict[str, str]
    catalog: Server
    service: Server
    collector: Collector

    def token(self, subject: str | None = None, scope: str = "recommendations:read") -> str:
        """A shopper's token if there is a subject, otherwise a service's."""
        form = {"grant_type": "client_credentials", "scope": scope, "audience": "recommender"}
        answer = httpx.post(
            f"{self.issuer_url}/token",
            data=form | ({"subject": subject} if subject else {}),
            auth=("demo", CLIENT_SECRET),
            timeout=60,
        )
        return str(answer.raise_for_status().json()["access_token"])

    def get(self, path: str, token: str | None = None, **parameters: object) -> httpx.Response:
        """Calls the service, by default with a token that may read for any shopper."""
        bearer = token or self.token(scope="recommendations:read.any")
        return httpx.get(
            f"{self.service_url}{path}",
            params=parameters,
            headers={"authorization": f"Bearer {bearer}"},
            timeout=60,
        )

    def for_you(self, user_id: str, **parameters: object) -> httpx.Response:
        """Personal recommendations of a shopper."""
        return self.get(f"/v1/users/{quote(user_id, safe='')}/recommendations", **parameters)


CLIENT_SECRET = planted("client-secret")


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Receives the traces of the stack."""
    started = Collector()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    """The worker's own stack over a copy of the built shop."""
    folder = tmp_path_factory.mktemp("stack") / "shop"
    shutil.copytree(built_shop(tmp_path_factory), folder, symlinks=True)
    catalog_port, issuer_port, service_port, management_port = ports = [unused_port() for _ in range(4)]
    catalog_url, issuer_url, service_url, metrics_url = (f"http://127.0.0.1:{port}" for port in ports)
    issuer_settings = {
        "ISSUER_LISTEN_PORT": str(issuer_port),
        "ISSUER_STATE_DIR": str(folder / "issuer"),
        "ISSUER_CLIENT_SECRET": CLIENT_SECRET,
    }
    issuer = Server(["demo.issuer", "serve"], issuer_settings, f"{issuer_url}/jwks", folder / "issuer.log")
    service_settings = _service_settings(folder, catalog_url, issuer_url) | {
        "SERVICE_LISTEN_PORT": str(service_port),
        "SERVICE_MANAGEMENT_PORT": str(management_port),
        "SERVICE_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    catalog = catalog_server(folder, catalog_port, collector.url)
    service = Server(
        ["service", "serve"], service_settings, f"{service_url}/health/ready", folder / "service.log"
    )
    with catalog, issuer:
        migrated = run_here(["service", "migrate"], service_settings)
        assert migrated.returncode == 0, migrated.stderr
        with service:
            for server in (catalog, issuer, service):
                server.wait_until_ready()
            yield Stack(
                folder,
                catalog_url,
                issuer_url,
                service_url,
                metrics_url,
                indexer_settings(folder, catalog_url),
                service_settings,
                catalog,
                service,
                collector,
            )


def _service_settings(folder: Path, catalog_url: str, issuer_url: str) -> dict[str, str]:
    return {
        "SERVICE_CATALOG_URL": catalog_url,
        "SERVICE_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(folder / "snapshot.key")]),
        "SERVICE_SNAPSHOT_POLL_SECONDS": str(POLL_SECONDS),
        "SERVICE_OVERLAY_POLL_SECONDS": str(POLL_SECONDS),
        "SERVICE_PROFILE_FRESH_SECONDS": "0",
        "SERVICE_DATABASE_URL": f"sqlite:///{folder / 'recommender.db'}",
        "SERVICE_ISSUERS": json.dumps([{"issuer": issuer_url, "jwks_url": f"{issuer_url}/jwks"}]),
        "SERVICE_CLIENT_REQUESTS_PER_MINUTE": "1000000",  # All tests are one client.
    }
