"""The whole application over a published snapshot, in this process: real routes, tokens, profiles and core."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
from litestar import Litestar
from litestar.middleware import DefineMiddleware
from litestar.testing import TestClient
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.cache import InProcessCache
from adapters.database import EventStore, ShopperStore
from adapters.snapshots import SnapshotVolume, open_snapshot
from adapters.telemetry import ServiceMetrics, SilentStages
from service.app import DOCUMENTATION, Parts, create_app
from service.auth import IssuerPolicy, TokenVerifier
from service.http.authentication import BearerAuthentication
from service.recommendations.service import Recommendations
from service.shoppers.attribution import Attribution
from service.shoppers.catalog_reader import CatalogReader
from service.shoppers.invalidation import ProfileInvalidator
from service.shoppers.profile_cache import ProfileCache
from service.shoppers.profiles import ProfileAges, ProfileReader
from service.shoppers.reader import ShopperReader
from service.shoppers.service import ShopperService
from service.signed.cursors import Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import OverlayPoller
from tests.support.builders.migrated_databases import migrated_engine
from tests.support.builders.published_snapshots import KEY, ListedCatalog, publish
from tests.support.tokens import ISSUER, Clock, Forge

_EVERYTHING = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"


@dataclass
class ServedShop:
    """A shop whose service is asked over ASGI; with a token for any user, unless another is given.

    Attributes:
        folder: where snapshots go.
        catalog: what the service reads profiles and changes from.
        clock: the service's time, in seconds since the epoch; tokens have a time of their own.
        live: what is served.
        recommendations: what answers.
        poller: reads the catalog's changes, when it is told to.
        client: calls the service.
        forge: makes tokens.
        readings: of the metrics.
        versions: the snapshots that were published, in order.
    """

    folder: Path
    catalog: ListedCatalog
    clock: Clock
    live: LiveSnapshot
    recommendations: Recommendations
    poller: OverlayPoller
    client: TestClient
    forge: Forge
    readings: InMemoryMetricReader
    versions: list[str] = field(default_factory=list)

    def token(self, **claims: object) -> str:
        """A token; without changes, of the shop's own service."""
        return self.forge.token(**({"sub": "shop", "scope": _EVERYTHING} | claims))

    def get(
        self,
        path: str,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **parameters: object,
    ) -> httpx.Response:
        """Asks for a list."""
        values = cast("httpx._types.QueryParamTypes", parameters)
        return self.client.get(path, params=values, headers=self._headers(token) | (headers or {}))

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

    def items(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        """The items of a good answer."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def ids(self, path: str, **parameters: object) -> list[str]:
        """The product ids of a good answer."""
        return [item["product_id"] for item in self.items(path, **parameters)]

    def publish(self, **changes: Any) -> str:
        """Publishes and serves a snapshot of the catalog as it is now; returns its version."""
        manifest = publish(self.catalog, self.folder, force=True, **changes)
        self.versions.append(manifest.version)
        self.take_over(manifest.version)
        return manifest.version

    def take_over(self, version: str) -> None:
        """Serves the published snapshot `version`."""
        directory = SnapshotVolume(self.folder / "snapshots").directory(version)
        self.live.swap(*open_snapshot(directory, [KEY]))

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
def served_shop(
    catalog: ListedCatalog, folder: Path, *, now: float | None = None, **build: Any
) -> Iterator[ServedShop]:
    """Builds a snapshot of the catalog and serves it; nothing polls unless it is told to.

    Args:
        catalog: products and purchases.
        folder: where everything is stored.
        now: the service's time at first.
        build: changes to the build, see `published_snapshots.builder`.
    """
    forge = Forge(folder / "jwks.json")
    forge.publish(forge.rsa)
    clock, token_clock = Clock(), Clock()
    if now is not None:
        clock.now = now
    policy = IssuerPolicy(ISSUER, "recommender", jwks_file=forge.jwks_file)
    verifier = TokenVerifier([policy], clock=token_clock, monotonic=token_clock)
    readings = InMemoryMetricReader()
    metrics = ServiceMetrics(MeterProvider([readings]).get_meter("tests"))
    live = LiveSnapshot()
    live.polled = True
    engine = migrated_engine(folder)
    store = ShopperStore(engine)
    cache = ProfileCache(InProcessCache(max_entries=1000, max_bytes=10**7))
    profiles = ProfileReader(
        cache=cache,
        shoppers=ShopperReader(store, clock, 1000),
        catalog=CatalogReader(catalog, ServiceMetrics(NoOpMeter("tests")), 1000),
        clock=clock,
        ages=ProfileAges(60, 300, 3600),
    )
    ids, cursors = RecommendationIds(KEY), Cursors(KEY)
    recommendations = Recommendations(live, profiles, ids, cursors, SilentStages(), metrics, clock)
    shoppers = ShopperService(
        EventStore(engine), store, cache, ProfileInvalidator(cache), Attribution(ids, metrics), clock
    )
    bearer = DefineMiddleware(BearerAuthentication, verifier=verifier, open_paths=("/health", DOCUMENTATION))
    closers = [engine.dispose, verifier.close, profiles.close]
    with TestClient(_application(recommendations, shoppers, live, bearer, closers)) as client:
        poller = OverlayPoller(catalog, live, metrics, 15.0, clock)
        shop = ServedShop(folder, catalog, clock, live, recommendations, poller, client, forge, readings)
        shop.publish(**build)
        yield shop


def _application(
    recommendations: Recommendations,
    shoppers: ShopperService,
    live: LiveSnapshot,
    bearer: DefineMiddleware,
    closers: Sequence[Callable[[], Awaitable[None]]],
) -> Litestar:
    return create_app(Parts(recommendations, shoppers, live, [bearer], [], closers))


def problem_of(answer: httpx.Response) -> tuple[int, str | None]:
    """The status of a refusal, and the parameter it names."""
    errors: Sequence[dict[str, str]] = answer.json().get("errors", [{}])
    return answer.status_code, errors[0].get("parameter")
