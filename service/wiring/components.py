"""Every component of the service, and how it is made from the settings."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from typing import TypeVar

from litestar import Litestar
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, QuotaStore
from adapters.database import EventStore, ShopperStore
from adapters.snapshots import SigningKey, SnapshotStorage, load_key
from adapters.telemetry import ServiceMetrics, Telemetry, start_telemetry
from service.auth import TokenVerifier
from service.background import EventLoopLag, Work, running
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.shoppers.directory import PurchaseFeed
from service.console.login import Login
from service.console.pages import console_routes
from service.limits import Admission
from service.recommendations.service import Recommendations
from service.routes import ROUTES
from service.settings import ServiceSettings
from service.shoppers.attribution import Attribution
from service.shoppers.profiles.catalog_reader import CatalogReader, PurchaseSource
from service.shoppers.profiles.invalidation import ProfileInvalidator
from service.shoppers.profiles.known_shoppers import KnownShoppers
from service.shoppers.profiles.profile_cache import ProfileCache
from service.shoppers.profiles.profile_reader import ProfileReader
from service.shoppers.profiles.shopper_reader import ShopperReader
from service.shoppers.service import ShopperService
from service.signed.cursors import Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import ChangeFeed, OverlayPoller
from service.snapshots.watcher import SnapshotWatcher
from service.wiring import clients
from service.wiring.console import console_facts, console_login

_Component = TypeVar("_Component", bound=clients.Closeable)


class Components:
    """Components of one service, each created at its first use.

    They are made from the settings, except `overrides`, which are values for properties of the same name and type.

    Raises:
        TypeError: on construction, when there is no component of an overridden name.
    """

    def __init__(self, settings: ServiceSettings, **overrides: object) -> None:
        if unknown := sorted(overrides.keys() - set(self.names())):
            raise TypeError(f"the service has no component {', '.join(unknown)}")
        self.settings = settings
        self._closers: list[Callable[[], Awaitable[None]]] = []
        vars(self).update(overrides)

    @classmethod
    def names(cls) -> list[str]:
        """Names of the components."""
        return [name for name, value in vars(cls).items() if isinstance(value, cached_property)]

    def make_all(self) -> None:
        """Makes the components that nothing has used yet."""
        for name in self.names():
            getattr(self, name)

    def _closed_at_end(self, component: _Component) -> _Component:
        self._closers.append(component.close)
        return component

    @asynccontextmanager
    async def lifespan(self, _app: Litestar) -> AsyncIterator[None]:
        """Runs the background work, then closes the components in reverse order of creation."""
        async with AsyncExitStack() as stack:
            for close in self._closers:
                stack.push_async_callback(close)
            async with running(self.background):
                yield

    @cached_property
    def clock(self) -> Callable[[], float]:
        """The current time in seconds since the epoch."""
        return time.time

    @cached_property
    def signing_keys(self) -> Sequence[SigningKey]:
        """Keys of snapshots, cursors and recommendation ids. The first signs, all verify."""
        return [load_key(path) for path in self.settings.snapshot_signing_key_files]

    @cached_property
    def verifier(self) -> TokenVerifier:
        """Access tokens to principals."""
        return self._closed_at_end(TokenVerifier(self.settings.issuers, clock=self.clock))

    @cached_property
    def telemetry(self) -> Telemetry:
        """The process's logs, traces and metrics."""
        telemetry = start_telemetry(clients.telemetry_config(self.settings))
        self._closers.append(lambda: asyncio.to_thread(telemetry.close))
        return telemetry

    @cached_property
    def metrics(self) -> ServiceMetrics:
        """The service's own counters and histograms."""
        return ServiceMetrics(self.telemetry.meter, durations=self.telemetry.durations)

    @cached_property
    def cache(self) -> Cache:
        """Profiles of shoppers, in Redis where pods share one."""
        return self._closed_at_end(clients.open_cache(self.settings))

    @cached_property
    def profile_cache(self) -> ProfileCache:
        """Profiles and tombstones in the cache."""
        return ProfileCache(self.cache)

    @cached_property
    def quotas(self) -> QuotaStore:
        """Units of the rate limits, in Redis where pods share one."""
        return clients.quota_store(self.cache)

    @cached_property
    def admission(self) -> Admission:
        """Requests per minute of each caller, and the order of those that wait."""
        return clients.admission(self.settings, self.quotas, self.metrics)

    @cached_property
    def engine(self) -> AsyncEngine:
        """Connections to the database."""
        engine = clients.open_database(self.settings)
        self._closers.append(engine.dispose)
        return engine

    @cached_property
    def event_store(self) -> EventStore:
        """Recorded events."""
        return EventStore(
            self.engine, clock=clients.in_datetimes(self.clock), limits=clients.event_limits(self.settings)
        )

    @cached_property
    def shopper_store(self) -> ShopperStore:
        """Preferences, profiles and erasures."""
        return ShopperStore(self.engine, clock=clients.in_datetimes(self.clock))

    @cached_property
    def shopper_reader(self) -> ShopperReader:
        """Reads stored shoppers for requests, and fails fast during an outage."""
        return ShopperReader(self.shopper_store, self.settings.recent_events_per_shopper)

    @cached_property
    def profile_catalog(self) -> PurchaseSource:
        """Catalog client for profiles, with short timeouts and a circuit breaker."""
        made = clients.profile_catalog(self.settings, self.metrics, self.telemetry.tracer)
        return self._closed_at_end(made)

    @cached_property
    def catalog_reader(self) -> CatalogReader:
        """Purchases and preferences of one shopper, from the catalog."""
        return CatalogReader(self.profile_catalog, self.metrics, self.settings.profile_purchases)

    @cached_property
    def known_shoppers(self) -> KnownShoppers:
        """Profiles that this process keeps between requests."""
        return KnownShoppers(self.settings.shopper_memory_bytes)

    @cached_property
    def profiles(self) -> ProfileReader:
        """Profiles of shoppers."""
        reader = ProfileReader(
            self.profile_cache,
            self.profile_invalidator,
            self.shopper_reader,
            self.catalog_reader,
            self.clock,
            clients.profile_ages(self.settings),
            self.known_shoppers,
            stages=self.telemetry.stages,
            used=self.metrics.profile_used,
            is_busy=self.admission.shares.is_crowded,
        )
        return self._closed_at_end(reader)

    @cached_property
    def profile_invalidator(self) -> ProfileInvalidator:
        """Drops cached profiles after a change."""
        return ProfileInvalidator(self.profile_cache)

    @cached_property
    def feed_catalog(self) -> ChangeFeed:
        """The catalog as the overlay reads it, in the background."""
        return self._closed_at_end(clients.feed_catalog(self.settings, self.metrics, self.telemetry.tracer))

    @cached_property
    def purchase_feed(self) -> PurchaseFeed:
        """Purchases of all shoppers, for the console while the database is empty."""
        return self._closed_at_end(clients.feed_catalog(self.settings, self.metrics, self.telemetry.tracer))

    @cached_property
    def live(self) -> LiveSnapshot:
        """The snapshot that is served."""
        return LiveSnapshot()

    @cached_property
    def snapshot_storage(self) -> SnapshotStorage:
        """The storage where snapshots are published."""
        return clients.snapshot_storage(self.settings)

    @cached_property
    def snapshot_watcher(self) -> SnapshotWatcher:
        """Follows published snapshots."""
        seconds = self.settings.snapshot_poll_seconds
        return SnapshotWatcher(self.snapshot_storage, self.signing_keys, self.live, self.metrics, seconds)

    @cached_property
    def overlay_poller(self) -> OverlayPoller:
        """Follows changes of products."""
        seconds = self.settings.overlay_poll_seconds
        return OverlayPoller(self.feed_catalog, self.live, self.metrics, seconds, self.clock)

    @cached_property
    def recommendation_ids(self) -> RecommendationIds:
        """Signs and verifies recommendation ids."""
        return RecommendationIds(self.signing_keys, self.clock)

    @cached_property
    def cursors(self) -> Cursors:
        """Signs and verifies cursors."""
        return Cursors(self.signing_keys)

    @cached_property
    def recommendations(self) -> Recommendations:
        """Answers to requests for recommendations."""
        return Recommendations(
            live=self.live,
            profiles=self.profiles,
            ids=self.recommendation_ids,
            cursors=self.cursors,
            stages=self.telemetry.stages,
            metrics=self.metrics,
            clock=self.clock,
            in_stock_by_default=self.settings.in_stock_by_default,
        )

    @cached_property
    def attribution(self) -> Attribution:
        """Counts impressions and clicks by scenario."""
        return Attribution(self.recommendation_ids, clients.seen_store(self.cache), self.metrics, self.clock)

    @cached_property
    def shoppers(self) -> ShopperService:
        """Events, preferences, exports and erasures."""
        return ShopperService(
            self.event_store,
            self.shopper_store,
            self.profile_cache,
            self.profile_invalidator,
            self.attribution,
            clients.profile_updater(self.settings, self.profile_cache, self.known_shoppers, self.clock),
            self.metrics,
            self.clock,
        )

    @cached_property
    def facts(self) -> ConsoleFacts:
        """Answers to the questions of the console."""
        return console_facts(
            self.recommendations, self.engine, self.purchase_feed, self.snapshot_storage, self.signing_keys
        )

    @cached_property
    def background(self) -> Sequence[Work]:
        """Work that runs beside the requests."""
        return [
            self.verifier.load_all_keys,
            self.snapshot_watcher.run,
            self.overlay_poller.run,
            self.profile_invalidator.run,
            EventLoopLag(self.metrics).run,
            self.facts.live.run,
            lambda: self.cache.follow(self.known_shoppers),
        ]

    @cached_property
    def login(self) -> Login | None:
        """Logins of the console, None if it is off."""
        if not self.settings.console_enabled:
            return None
        return self._closed_at_end(console_login(self.settings, self.signing_keys, self.verifier, self.clock))

    @cached_property
    def routes(self) -> Sequence[ControllerRouterHandler]:
        """The API, and the console's pages. Every route must be in the access table."""
        return [*ROUTES, console_routes(self.login)] if self.login else ROUTES
