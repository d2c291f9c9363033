"""The whole application over a published snapshot, in this process: real routes, tokens, profiles and core."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

import httpx
from litestar.middleware import DefineMiddleware
from litestar.testing import TestClient
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.cache import InProcessCache
from adapters.catalog import CatalogClient
from adapters.database import EventStore, ShopperStore
from adapters.snapshots import SnapshotVolume, open_snapshot
from adapters.telemetry import ServiceMetrics, SilentStages
from service.app import DOCUMENTATION, Parts, create_app
from service.attribution import Attribution
from service.auth import BearerAuthentication, IssuerPolicy, TokenVerifier
from service.cursors import Cursors
from service.profiles import ProfileAges, ProfileReader
from service.recommendation_ids import RecommendationIds
from service.recommendations import Recommendations
from service.serving import LiveSnapshot
from service.shoppers import Shoppers
from service.stored_shoppers import StoredShoppers
from tests.builders.migrated_databases import migrated_engine
from tests.builders.published_snapshots import KEY, ListedCatalog, publish
from tests.unit.auth.forge import ISSUER, NOW, Clock, Forge

_EVERYTHING = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"


@dataclass
class ServedShop:
    """A shop whose service is asked over ASGI; with a token for any user, unless another is given."""

    folder: Path
    catalog: ListedCatalog
    live: LiveSnapshot
    recommendations: Recommendations
    client: TestClient
    forge: Forge
    readings: InMemoryMetricReader

    def token(self, **claims: object) -> str:
        """A token; without changes, of the shop's own service."""
        return self.forge.token(**({"sub": "shop", "scope": _EVERYTHING} | claims))

    def get(self, path: str, token: str | None = None, **parameters: object) -> httpx.Response:
        """Asks for a list."""
        values = cast("httpx._types.QueryParamTypes", parameters)
        return self.client.get(path, params=values, headers=self._headers(token))

    def post(
        self, path: str, body: object = None, token: str | None = None, content: bytes | None = None
    ) -> httpx.Response:
        """Sends `body` as JSON, or `content` as it is."""
        if content is not None:
            return self.client.post(path, content=content, headers=self._headers(token))
        return self.client.post(path, json=body, headers=self._headers(token))

    def for_you(self, user_id: str, **parameters: object) -> httpx.Response:
        """Personal recommendations."""
        return self.get(f"/v1/users/{quote(user_id, safe='')}/recommendations", **parameters)

    def publish(self) -> str:
        """Publishes and serves a snapshot of the catalog as it is now; returns its version."""
        manifest = publish(self.catalog, self.folder, force=True)
        volume = SnapshotVolume(self.folder / "snapshots")
        self.live.swap(*open_snapshot(volume.directory(manifest.version), [KEY]))
        return manifest.version

    def count(self, name: str, **labels: str) -> float:
        """What a counter stands at; 0 when it was never raised."""
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
def served_shop(catalog: ListedCatalog, folder: Path) -> Iterator[ServedShop]:
    """Builds a snapshot of the catalog and serves it."""
    forge = Forge(folder / "jwks.json")
    forge.publish(forge.rsa)
    clock = Clock()
    policy = IssuerPolicy(ISSUER, "recommender", jwks_file=forge.jwks_file)
    verifier = TokenVerifier([policy], clock=clock, monotonic=clock)
    readings = InMemoryMetricReader()
    metrics = ServiceMetrics(MeterProvider([readings]).get_meter("tests"))
    live = LiveSnapshot()
    live.polled = True
    engine = migrated_engine(folder)
    store = ShopperStore(engine)
    profiles = ProfileReader(
        cache=InProcessCache(max_entries=1000, max_bytes=10**7),
        stored=StoredShoppers(store, lambda: NOW, 1000),
        catalog=cast(CatalogClient, catalog),
        metrics=ServiceMetrics(NoOpMeter("tests")),
        clock=lambda: NOW,
        ages=ProfileAges(60, 300, 3600),
        purchases=1000,
    )
    recommendations = Recommendations(
        live, profiles, RecommendationIds(KEY), Cursors(KEY), SilentStages(), metrics, lambda: NOW
    )
    bearer = DefineMiddleware(BearerAuthentication, verifier=verifier, open_paths=("/health", DOCUMENTATION))
    attribution = Attribution(recommendations.ids, metrics)
    shoppers = Shoppers(EventStore(engine), store, profiles, attribution, lambda: NOW)
    closers = [engine.dispose, verifier.close, profiles.close]
    parts = Parts(recommendations, shoppers, live, [bearer], [], closers)
    with TestClient(create_app(parts)) as client:
        shop = ServedShop(folder, catalog, live, recommendations, client, forge, readings)
        shop.publish()
        yield shop
