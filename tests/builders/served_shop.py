"""The service in this process over a real snapshot: real application and authentication, the catalog from lists."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
from litestar.middleware import DefineMiddleware
from litestar.testing import TestClient
from opentelemetry.metrics import NoOpMeter

from adapters.cache import InProcessCache
from adapters.catalog import CatalogClient
from adapters.database import EventStore, ShopperStore
from adapters.snapshots import SnapshotVolume, open_snapshot
from adapters.telemetry import ServiceMetrics, SilentStages
from service.app import Parts, create_app
from service.attribution import Attribution
from service.auth import BearerAuthentication, IssuerPolicy, TokenVerifier
from service.cursors import Cursors
from service.overlay_poller import OverlayPoller
from service.profiles import ProfileAges, ProfileReader
from service.recommendation_ids import RecommendationIds
from service.recommendations import Recommendations
from service.serving import LiveSnapshot
from service.shoppers import Shoppers
from service.stored_shoppers import StoredShoppers
from tests.builders.migrated_databases import migrated_engine
from tests.builders.published_snapshots import KEY, ListedCatalog, publish
from tests.unit.auth.forge import ISSUER, Clock, Forge


@dataclass
class ServedShop:
    """A catalog and the service that recommends from it; nothing polls unless it is told to.

    Attributes:
        catalog: what the service reads profiles and changes from.
        folder: where snapshots go.
        clock: the service's time, in seconds since the epoch.
        versions: the snapshots that were published, in order.
    """

    catalog: ListedCatalog
    folder: Path
    clock: Clock = field(default_factory=Clock)
    versions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.live = LiveSnapshot()
        metrics, client = ServiceMetrics(NoOpMeter("test")), cast(CatalogClient, self.catalog)
        cache = InProcessCache(max_entries=100, max_bytes=1_000_000, clock=self.clock)
        self.engine = migrated_engine(self.folder)
        store = ShopperStore(self.engine)
        self.profiles = ProfileReader(
            cache=cache,
            stored=StoredShoppers(store, self.clock, 1000),
            catalog=client,
            metrics=metrics,
            clock=self.clock,
            ages=ProfileAges(60, 600, 3600),
            purchases=1000,
        )
        self.poller = OverlayPoller(client, self.live, metrics, 15.0, self.clock)
        self.recommendations = Recommendations(
            self.live,
            self.profiles,
            RecommendationIds(KEY),
            Cursors(KEY),
            SilentStages(),
            metrics,
            self.clock,
        )
        attribution = Attribution(self.recommendations.ids, metrics)
        self.shoppers = Shoppers(EventStore(self.engine), store, self.profiles, attribution, self.clock)
        self.forge = Forge(self.folder / "jwks.json")
        self.forge.publish(self.forge.rsa)

    def build(self, **changes: Any) -> str:
        """Publishes a snapshot of the catalog as it is now and takes it over; its version."""
        manifest = publish(self.catalog, self.folder, **changes)
        self.versions.append(manifest.version)
        self.take_over(manifest.version)
        return manifest.version

    def take_over(self, version: str) -> None:
        """Serves the published snapshot `version`."""
        directory = SnapshotVolume(self.folder / "snapshots").directory(version)
        self.live.swap(*open_snapshot(directory, [KEY]))

    @contextmanager
    def client(self) -> Iterator["ShopClient"]:
        """Calls the service with a token that may read any shopper's recommendations."""
        policy = IssuerPolicy(ISSUER, "recommender", jwks_file=self.forge.jwks_file)
        verifier = TokenVerifier([policy], clock=Clock(), monotonic=Clock())
        middleware = [
            DefineMiddleware(BearerAuthentication, verifier=verifier, open_paths=("/health", "/schema"))
        ]
        closers = (self.engine.dispose, verifier.close, self.profiles.close)
        app = create_app(Parts(self.recommendations, self.shoppers, self.live, middleware, (), closers))
        token = self.forge.token(scope="recommendations:read.any")
        with TestClient(app) as client:
            yield ShopClient(client, {"Authorization": f"Bearer {token}"})


@dataclass(frozen=True)
class ShopClient:
    """Asks the service."""

    http: Any
    headers: dict[str, str]

    def get(self, path: str, headers: dict[str, str] | None = None, **parameters: object) -> httpx.Response:
        """The answer to GET `path`, whatever it is."""
        answer: httpx.Response = self.http.get(
            path, params=parameters, headers={**self.headers, **(headers or {})}
        )
        return answer

    def items(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        """The items of a good answer."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def ids(self, path: str, **parameters: object) -> list[str]:
        """The product ids of a good answer."""
        return [item["product_id"] for item in self.items(path, **parameters)]


def problem_of(answer: httpx.Response) -> tuple[int, str | None]:
    """The status of a refusal, and the parameter it names."""
    errors: Sequence[dict[str, str]] = answer.json().get("errors", [{}])
    return answer.status_code, errors[0].get("parameter")
