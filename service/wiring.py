"""The service's composition root: settings in, ready parts out."""

import asyncio
import time
from dataclasses import dataclass

from litestar.middleware import DefineMiddleware

from adapters.cache import Cache, InProcessCache, InProcessQuotas, Quota, RedisCache, RedisQuotas
from adapters.catalog import Bounds, CatalogClient, CircuitBreaker, ClientCredentials
from adapters.database import DatabaseBounds, EventStore, ShopperStore, open_engine
from adapters.snapshots import SnapshotVolume, load_key
from adapters.telemetry import ServiceMetrics, Telemetry, TelemetryConfig, start_telemetry
from service import __version__
from service.app import Parts
from service.auth import IssuerPolicy, TokenVerifier
from service.http.authentication import BearerAuthentication
from service.limits import FallbackQuotas, Quotas, RateLimitMiddleware, RateLimits
from service.recommendations.service import Recommendations
from service.routes.access import OPEN_PATHS, VERIFICATION
from service.settings import IssuerSettings, ServiceSettings
from service.shoppers.attribution import Attribution
from service.shoppers.catalog_reader import CatalogReader
from service.shoppers.invalidation import ProfileInvalidator
from service.shoppers.profile_cache import ProfileCache, profile_key
from service.shoppers.profiles import ProfileAges, ProfileReader
from service.shoppers.reader import ShopperReader
from service.shoppers.service import ShopperService
from service.signed.cursors import Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import OverlayPoller
from service.snapshots.watcher import SnapshotWatcher

CATALOG_BOUNDS = Bounds(
    connect_seconds=0.5,
    read_seconds=1.0,
    total_seconds=2.0,
    attempts=2,
    min_wait_seconds=0.05,
    max_wait_seconds=0.2,
    max_concurrency=32,
)
"""A shopper waits for the answer: better a popular list now than a personal one after a timeout."""

DATABASE_BOUNDS = DatabaseBounds(connect_seconds=1.0, statement_seconds=5.0, pool_seconds=1.0, connections=10)
"""Shoppers wait for it too, and go on without it; what is written waits for another writer a little longer."""

FEED_BOUNDS = Bounds(total_seconds=10.0, attempts=3)

_EVENTS_READ = 1_000
_PROFILES_KEPT = 100_000
_PROFILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wired:
    """A service, ready to run: its parts, and what goes around them."""

    parts: Parts
    verifier: TokenVerifier
    telemetry: Telemetry
    metrics: ServiceMetrics


def wire(settings: ServiceSettings) -> Wired:
    """Builds every part; nothing is connected or loaded yet.

    Raises:
        TelemetryError: the metrics endpoint cannot listen.
        ValueError: a signing key file or an issuer's description is not usable; the message names it.
    """
    keys = [load_key(path) for path in settings.snapshot_signing_key_files]
    verifier = TokenVerifier([_policy(issuer) for issuer in settings.issuers])
    telemetry = _telemetry(settings)
    metrics = ServiceMetrics(telemetry.meter)
    profile_catalog, feed_catalog = _profile_catalog(settings), _feed_catalog(settings)
    cache = _cache(settings)
    live = LiveSnapshot()
    engine = open_engine(settings.database_url.get_secret_value(), DATABASE_BOUNDS)
    store, cached = ShopperStore(engine), ProfileCache(cache)
    profiles = _profiles(settings, cached, store, profile_catalog, metrics)
    watcher = SnapshotWatcher(
        SnapshotVolume(settings.snapshot_root), keys, live, metrics, settings.snapshot_poll_seconds
    )
    overlay = OverlayPoller(
        catalog=feed_catalog,
        live=live,
        metrics=metrics,
        poll_seconds=settings.overlay_poll_seconds,
        clock=time.time,
    )
    recommendations = Recommendations(
        live=live,
        profiles=profiles,
        ids=RecommendationIds(keys[0], keys[1:]),
        cursors=Cursors(keys[0], keys[1:]),
        stages=telemetry.stages,
        metrics=metrics,
        clock=time.time,
    )
    attribution = Attribution(recommendations.ids, metrics)
    shoppers = ShopperService(
        EventStore(engine), store, cached, ProfileInvalidator(cached), attribution, time.time
    )
    parts = Parts(
        recommendations=recommendations,
        shoppers=shoppers,
        live=live,
        middleware=[
            DefineMiddleware(BearerAuthentication, verifier=verifier, open_paths=OPEN_PATHS),
            _rate_limits(settings, cache, metrics),
        ],
        background=[verifier.load_keys, watcher.run, overlay.run, shoppers.invalidator.run],
        closers=[
            lambda: asyncio.to_thread(telemetry.close),
            cache.close,
            engine.dispose,
            feed_catalog.close,
            profile_catalog.close,
            verifier.close,
            profiles.close,
        ],
    )
    return Wired(parts, verifier, telemetry, metrics)


def _profiles(
    settings: ServiceSettings,
    cache: ProfileCache,
    store: ShopperStore,
    catalog: CatalogClient,
    metrics: ServiceMetrics,
) -> ProfileReader:
    return ProfileReader(
        cache=cache,
        shoppers=ShopperReader(store, time.time, _EVENTS_READ),
        catalog=CatalogReader(catalog, metrics, settings.profile_purchases),
        clock=time.time,
        ages=ProfileAges(
            settings.profile_fresh_seconds, settings.profile_stale_seconds, settings.profile_keep_seconds
        ),
    )


def _telemetry(settings: ServiceSettings) -> Telemetry:
    return start_telemetry(
        TelemetryConfig(
            service_name="recommender-service",
            version=__version__,
            log_level=settings.log_level,
            log_format=settings.log_format,
            otlp_endpoint=settings.otlp_endpoint,
            trace_sample_ratio=settings.trace_sample_ratio,
            metrics_host=settings.management_host,
            metrics_port=settings.management_port,
        )
    )


def _policy(issuer: IssuerSettings) -> IssuerPolicy:
    return IssuerPolicy(**issuer.model_dump())


def _profile_catalog(settings: ServiceSettings) -> CatalogClient:
    """For profiles, while a shopper waits: impatient, and given up on for a while when it is down."""
    breaker = CircuitBreaker(failures_to_open=5, open_seconds=5.0)
    return CatalogClient(
        str(settings.catalog_url), bounds=CATALOG_BOUNDS, tokens=_catalog_tokens(settings), breaker=breaker
    )


def _feed_catalog(settings: ServiceSettings) -> CatalogClient:
    """For the change feed, in the background: patient, but a pod becomes ready only after its first look."""
    return CatalogClient(str(settings.catalog_url), bounds=FEED_BOUNDS, tokens=_catalog_tokens(settings))


def _catalog_tokens(settings: ServiceSettings) -> ClientCredentials | None:
    if settings.catalog_token_url is None:
        return None
    return ClientCredentials(
        str(settings.catalog_token_url),
        settings.catalog_client_id,
        settings.catalog_client_secret.get_secret_value(),
        audience=settings.catalog_audience,
    )


def _cache(settings: ServiceSettings) -> Cache:
    if settings.redis_url is None:
        return InProcessCache(max_entries=_PROFILES_KEPT, max_bytes=_PROFILE_BYTES)
    return RedisCache(settings.redis_url.get_secret_value(), prefix="recommender:")


def _rate_limits(settings: ServiceSettings, cache: Cache, metrics: ServiceMetrics) -> DefineMiddleware:
    quotas = Quotas(
        _per_minute(settings.client_requests_per_minute), _per_minute(settings.shopper_requests_per_minute)
    )
    own = InProcessQuotas(max_entries=_PROFILES_KEPT)
    store = FallbackQuotas(RedisQuotas(cache), own) if isinstance(cache, RedisCache) else own
    limits = RateLimits(store, quotas, metrics, profile_key)
    return DefineMiddleware(RateLimitMiddleware, limits=limits, uncounted=frozenset({VERIFICATION}))


def _per_minute(requests: int) -> Quota | None:
    return Quota(requests, seconds=60) if requests else None
