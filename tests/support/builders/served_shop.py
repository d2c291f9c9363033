"""The deployed application over a published snapshot, in this process."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from litestar.testing import TestClient
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.snapshots import open_snapshot
from adapters.telemetry import Telemetry, TelemetryConfig
from service.settings import ServiceSettings
from service.wiring import Components, Service, build_service
from tests.support.builders.published_snapshots import KEY, ListedCatalog, publish
from tests.support.builders.storage.migrated_databases import migrated_database
from tests.support.tokens import ISSUER, Clock, Forge

_SCOPES = ("recommendations:read", "events:write", "profiles:read", "profiles:write", "users:erase")
_EVERYTHING = " ".join([*(f"{scope}.any" for scope in _SCOPES), "console:read", "console:write"])


@dataclass
class ServedShop:
    """A shop whose deployed service is called over ASGI.

    Calls carry a token of the shop's own service, unless a test passes another one.

    Attributes:
        folder: holds snapshots, database and keys.
        catalog: products and purchases that the service reads.
        clock: the service's time in seconds since the epoch.
        service: the deployed application and its components.
        client: calls the service.
        forge: makes tokens.
        readings: the metrics.
        versions: published snapshots, in order.
    """

    folder: Path
    catalog: ListedCatalog
    clock: Clock
    service: Service
    client: TestClient[Any]
    forge: Forge
    readings: InMemoryMetricReader
    versions: list[str] = field(default_factory=list)

    @property
    def components(self) -> Components:
        """The components of the service."""
        return self.service.components

    def token(self, **claims: object) -> str:
        """A valid token of the shop's own service. `claims` replace its claims."""
        now = int(self.clock())
        return self.forge.token(
            **({"sub": "shop", "scope": _EVERYTHING, "iat": now, "exp": now + 600} | claims)
        )

    def get(
        self, path: str, token: str | None = None, headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx.Response:
        """Reads a list."""
        return self.client.get(path, params=parameters, headers=self._headers(token) | (headers or {}))

    def post(
        self, path: str, body: object = None, token: str | None = None, content: bytes | None = None
    ) -> httpx.Response:
        """Sends `body` as JSON, or `content` as it is."""
        if content is not None:
            return self.client.post(path, content=content, headers=self._headers(token))
        return self.client.post(path, json=body, headers=self._headers(token))

    def for_you(self, user_id: str, **parameters: Any) -> httpx.Response:
        """Reads personal recommendations."""
        return self.get(f"/v1/users/{quote(user_id, safe='')}/recommendations", **parameters)

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """The items of a list."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def ids(self, path: str, **parameters: Any) -> list[str]:
        """The product ids of a list."""
        return [item["product_id"] for item in self.items(path, **parameters)]

    def publish(self, **changes: Any) -> str:
        """Publishes and serves a snapshot of the current or another catalog. Returns its version."""
        manifest = publish(changes.pop("catalog", self.catalog), self.folder, force=True, **changes)
        self.versions.append(manifest.version)
        self.take_over(manifest.version)
        return manifest.version

    def take_over(self, version: str) -> None:
        """Serves the published snapshot `version`."""
        directory = self.components.snapshot_storage.local(version, []).directory
        self.components.live.swap(*open_snapshot(directory, [KEY]))

    def count(self, name: str, **labels: str) -> float:
        """The value of a counter, 0 before its first increment."""
        data = self.readings.get_metrics_data()
        metrics = (
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        )
        points = (point for metric in metrics for point in metric.data.data_points)
        return sum(getattr(point, "value", 0) for point in points if point.attributes == labels)

    def _headers(self, token: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {token or self.token()}", "content-type": "application/json"}


@contextmanager
def served_shop(
    catalog: ListedCatalog,
    folder: Path,
    *,
    now: float | None = None,
    published: bool = True,
    settings: Mapping[str, Any] | None = None,
    overrides: Mapping[str, object] | None = None,
    catalog_url: str | None = None,
    **build: Any,
) -> Iterator[ServedShop]:
    """Serves a shop. The caller swaps snapshots and polls.

    Profiles are kept in the process. No other background work runs.

    Args:
        catalog: products and purchases.
        folder: holds everything that is stored.
        now: first time of the service's clock, in seconds since the epoch.
        published: whether a snapshot of the catalog is built and served.
        settings: settings besides those of `settings_in`.
        overrides: further components to replace, see `build_service`.
        catalog_url: where the service reads the catalog over HTTP. None: it reads `catalog`.
        build: changes to the build, see `published_snapshots.builder`.
    """
    forge, clock, readings = Forge(folder / "jwks.json"), Clock(), InMemoryMetricReader()
    forge.publish(forge.rsa)
    if now is not None:
        clock.now = now

    async def keep_profiles() -> None:
        await service.components.cache.follow(service.components.known_shoppers)

    replaced: dict[str, object] = {
        "clock": clock,
        "telemetry": Telemetry(TelemetryConfig("tests", "1"), [readings]),
        "background": [keep_profiles],
        **(overrides or {}),
    }
    if catalog_url is None:
        replaced = {"profile_catalog": catalog, "feed_catalog": catalog, "purchase_feed": catalog, **replaced}
    address = {} if catalog_url is None else {"catalog_url": catalog_url}
    service = build_service(settings_in(folder, forge, **address, **(settings or {})), **replaced)
    service.components.live.polled = True
    service.components.shopper_reader.timeout_seconds = 60.0  # A busy machine does not count as an outage.
    service.components.shopper_reader.clock = clock
    with TestClient(service.app) as client:
        shop = ServedShop(folder, catalog, clock, service, client, forge, readings)
        if published:
            shop.publish(**build)
        yield shop


def settings_in(folder: Path, forge: Forge, **changes: Any) -> ServiceSettings:
    """Settings of a service with all its files in `folder`.

    Creates and migrates the database and writes the signing key. The rate limits are out of reach of tests.
    """
    key = folder / "snapshot.key"
    key.write_bytes(KEY.secret)
    given: dict[str, Any] = {
        "issuers": [{"issuer": ISSUER, "jwks_file": forge.jwks_file}],
        "snapshot_root": folder / "snapshots",
        "snapshot_signing_key_files": [key],
        "database_url": migrated_database(folder),
        "redis_url": None,
        "client_requests_per_minute": 1_000_000_000,
        "shopper_requests_per_minute": 1_000_000_000,
    }
    return ServiceSettings(**{**given, **changes})


def problem_of(answer: httpx.Response) -> tuple[int, str | None]:
    """Status of a problem, and the parameter that it names."""
    errors: Sequence[dict[str, str]] = answer.json().get("errors", [{}])
    return answer.status_code, errors[0].get("parameter")
