"""One whole stack, started as the README says, shared by the tests of this folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.leak_watch import planted
from tests.support.servers.ports import unused_port
from tests.system import odd_shop
from tests.system.processes import Server, run

POLL_SECONDS = 0.5


@dataclass
class Stack:
    """Where everything is."""

    folder: Path
    catalog_url: str
    issuer_url: str
    service_url: str
    metrics_url: str
    indexer_settings: dict[str, str]
    service_settings: dict[str, str]
    catalog: Server
    service: Server

    def token(self, subject: str | None = None, scope: str = "recommendations:read") -> str:
        """A shopper's token with a subject, a service's without."""
        form = {"grant_type": "client_credentials", "scope": scope, "audience": "recommender"}
        answer = httpx.post(
            f"{self.issuer_url}/token",
            data=form | ({"subject": subject} if subject else {}),
            auth=("demo", CLIENT_SECRET),
        )
        return str(answer.raise_for_status().json()["access_token"])

    def get(self, path: str, token: str | None = None, **parameters: object) -> httpx.Response:
        """Asks the service; with a service's token unless another is given."""
        bearer = token or self.token(scope="recommendations:read.any")
        return httpx.get(
            f"{self.service_url}{path}",
            params=parameters,
            headers={"authorization": f"Bearer {bearer}"},
            timeout=10,
        )

    def for_you(self, user_id: str, **parameters: object) -> httpx.Response:
        """Personal recommendations."""
        return self.get(f"/v1/users/{quote(user_id, safe='')}/recommendations", **parameters)


CLIENT_SECRET = planted("client-secret")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    catalog_port, issuer_port, service_port, management_port = ports = [unused_port() for _ in range(4)]
    catalog_url, issuer_url, service_url, metrics_url = (f"http://127.0.0.1:{port}" for port in ports)
    (folder / "snapshot.key").write_text(planted("snapshot-signing-key"))
    catalog = _loaded_catalog(folder, catalog_port, catalog_url)
    issuer_settings = {
        "ISSUER_LISTEN_PORT": str(issuer_port),
        "ISSUER_STATE_DIR": str(folder / "issuer"),
        "ISSUER_CLIENT_SECRET": CLIENT_SECRET,
    }
    issuer = Server(["demo.issuer", "serve"], issuer_settings, f"{issuer_url}/jwks", folder / "issuer.log")
    indexer_settings = {
        "INDEXER_CATALOG_URL": catalog_url,
        "INDEXER_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": str(folder / "snapshot.key"),
        "INDEXER_EMBEDDING_CACHE": str(folder / "embeddings"),
        "INDEXER_LOG_FORMAT": "json",
    }
    service_settings = _service_settings(folder, catalog_url, issuer_url) | {
        "SERVICE_LISTEN_PORT": str(service_port),
        "SERVICE_MANAGEMENT_PORT": str(management_port),
    }
    migrated = run(["service", "migrate"], service_settings)
    assert migrated.returncode == 0, migrated.stderr
    service = Server(
        ["service", "serve"], service_settings, f"{service_url}/health/ready", folder / "service.log"
    )
    with catalog, issuer, service:
        catalog.wait_until_ready()
        issuer.wait_until_ready()
        built = run(["indexer", "build"], indexer_settings)
        assert built.returncode == 0, built.stderr
        service.wait_until_ready()
        yield Stack(
            folder,
            catalog_url,
            issuer_url,
            service_url,
            metrics_url,
            indexer_settings,
            service_settings,
            catalog,
            service,
        )


def _loaded_catalog(folder: Path, port: int, url: str) -> Server:
    settings = {
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'catalog.db'}",
        "CATALOG_LISTEN_PORT": str(port),
    }
    products, purchases = odd_shop.write(folder)
    loaded = run(["catalog", "load", "--purchases", str(purchases), "--products", str(products)], settings)
    assert loaded.returncode == 0, loaded.stderr
    return Server(["catalog", "serve"], settings, f"{url}/health/ready", folder / "catalog.log")


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
    }
