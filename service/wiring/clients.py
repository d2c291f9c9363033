"""Clients of catalog, database, cache and telemetry, and rate limits, from the settings."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

import structlog
from opentelemetry.trace import Tracer
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import (
    Cache,
    CacheUnavailable,
    InProcessCache,
    InProcessQuotas,
    InProcessSeen,
    Quota,
    QuotaStore,
    RedisCache,
    RedisQuotas,
    RedisSeen,
    SeenStore,
    UnsupportedRedis,
)
from adapters.catalog import Bounds, CatalogClient, CircuitBreaker
from adapters.database import DatabaseBounds, DatabaseError, EventLimits, open_engine
from adapters.database.migrations import HEAD, missing_migration
from adapters.snapshots import SnapshotStorage, open_storage
from adapters.telemetry import ServiceMetrics, TelemetryConfig
from service import __version__
from service.limits import Admission, FairShares, FallbackQuotas, Quotas, RateLimits
from service.settings import ServiceSettings
from service.shoppers.profiles.known_shoppers import KnownShoppers
from service.shoppers.profiles.profile_cache import ProfileCache, profile_key
from service.shoppers.profiles.profile_reader import ProfileAges
from service.shoppers.profiles.profile_updater import ProfileUpdater
from service.wiring.skipped_records import RejectionLog

_PAGE_BYTES = 8 * 1024 * 1024
"""Decoding a page stalls all requests of the pod. A larger one is asked for again in smaller pages."""

CATALOG_BOUNDS = Bounds(
    connect_seconds=0.5,
    read_seconds=1.0,
    total_seconds=2.0,
    attempts=2,
    min_wait_seconds=0.05,
    max_wait_seconds=0.2,
    max_concurrency=32,
    max_page_bytes=_PAGE_BYTES,
)
"""Short, because a shopper waits: a popular list now is better than a personal one after a timeout."""

FEED_BOUNDS = Bounds(
    total_seconds=10.0,
    attempts=3,
    max_page_bytes=_PAGE_BYTES,
    max_record_bytes=4 * _PAGE_BYTES,
    max_pages=20_000,
)
"""Longer, because nobody waits. A pod becomes ready only after its first poll, so not much longer."""

DATABASE_BOUNDS = DatabaseBounds(connect_seconds=1.0, statement_seconds=5.0, pool_seconds=1.0, connections=10)
"""Short enough for reads while a shopper waits, long enough for a write that waits for another one."""

RESPONSE_BYTES = 64 * 1024 * 1024
"""Memory of finished answers: about 10,000 pages of 20 products."""

_PROFILES_KEPT = 100_000
_PROFILE_BYTES = 256 * 1024 * 1024


class Closeable(Protocol):
    """Holds connections or tasks."""

    async def close(self) -> None:
        """Releases them."""
        ...


def snapshot_storage(settings: ServiceSettings) -> SnapshotStorage:
    """Storage of snapshots: a folder or a bucket.

    It does not retry, since the next poll does.
    """
    return open_storage(
        settings.snapshot_root,
        settings.snapshot_url,
        max_local_bytes=settings.snapshot_local_bytes,
        retries=False,
    )


def telemetry_config(settings: ServiceSettings) -> TelemetryConfig:
    """Configuration of logs, traces and metrics."""
    return TelemetryConfig(
        service_name="recommender-service",
        version=__version__,
        log_level=settings.log_level,
        log_format=settings.log_format,
        lossy_logs=True,
        otlp_endpoint=settings.otlp_endpoint,
        trace_sample_ratio=settings.trace_sample_ratio,
        metrics_host=settings.management_host,
        metrics_port=settings.management_port,
    )


def open_database(settings: ServiceSettings) -> AsyncEngine:
    """Engine of the database. The caller disposes of it."""
    return open_engine(settings.database_url.get_secret_value(), DATABASE_BOUNDS)


async def report_missing_migration(settings: ServiceSettings) -> None:
    """Logs an error if the database lacks tables of this version.

    A database that cannot be read is no error here.
    """
    engine = open_database(settings)
    try:
        with suppress(DatabaseError):
            found = await missing_migration(engine)
            if found is not None:
                structlog.get_logger("service").error(
                    "database not migrated",
                    reason=f"it is at revision {found} and this version needs {HEAD}; run `python -m service migrate`",
                )
    finally:
        await engine.dispose()


def event_limits(settings: ServiceSettings) -> EventLimits:
    """Maximum number of stored events of one shopper."""
    return EventLimits(settings.recent_events_per_shopper, settings.permanent_events_per_shopper)


def in_datetimes(clock: Callable[[], float]) -> Callable[[], datetime]:
    """`clock` of epoch seconds as a clock of times in UTC."""
    return lambda: datetime.fromtimestamp(clock(), UTC)


def open_cache(settings: ServiceSettings) -> Cache:
    """The cache in Redis where one is configured, in this process otherwise."""
    if settings.redis_url is None:
        return InProcessCache(max_entries=_PROFILES_KEPT, max_bytes=_PROFILE_BYTES)
    return RedisCache(settings.redis_url.get_secret_value(), prefix="recommender:")


async def reject_unsupported_redis(settings: ServiceSettings) -> None:
    """Checks the mode of Redis, if it can be reached.

    Raises:
        ValueError: Redis runs in a mode that cannot be used.
    """
    cache = open_cache(settings)
    with suppress(CacheUnavailable):
        try:
            if isinstance(cache, RedisCache):
                await cache.check()
        except UnsupportedRedis as error:
            raise ValueError(f"SERVICE_REDIS_URL: {error}") from error
        finally:
            await cache.close()


def quota_store(cache: Cache) -> QuotaStore:
    """Store of quotas, in Redis beside the cache.

    Without Redis, and while it is down, each pod has its own.
    """
    own = InProcessQuotas(max_entries=_PROFILES_KEPT)
    return FallbackQuotas(RedisQuotas(cache), own) if isinstance(cache, RedisCache) else own


def seen_store(cache: Cache) -> SeenStore:
    """Store of counted impressions and clicks, in Redis if it is configured."""
    return RedisSeen(cache) if isinstance(cache, RedisCache) else InProcessSeen()


def quotas(settings: ServiceSettings) -> Quotas:
    """Requests per minute of each client and each shopper."""
    return Quotas(
        client=_per_minute(settings.client_requests_per_minute),
        shopper=_per_minute(settings.shopper_requests_per_minute),
    )


def admission(settings: ServiceSettings, store: QuotaStore, metrics: ServiceMetrics) -> Admission:
    """Rate limits over all pods, and the order of the requests of this one."""
    limits = RateLimits(store, quotas(settings), metrics, profile_key)
    shares = FairShares(
        metrics, settings.max_in_flight or None, wait_seconds=settings.max_wait_seconds or None
    )
    return Admission(limits, shares)


def _per_minute(requests: int) -> Quota | None:
    return Quota(requests, seconds=60) if requests else None


def profile_catalog(settings: ServiceSettings, metrics: ServiceMetrics, tracer: Tracer) -> CatalogClient:
    """Catalog client for profiles, with a circuit breaker."""
    breaker = CircuitBreaker(failures_to_open=5, open_seconds=5.0)
    return _catalog(settings, metrics, tracer, CATALOG_BOUNDS, breaker)


def feed_catalog(settings: ServiceSettings, metrics: ServiceMetrics, tracer: Tracer) -> CatalogClient:
    """The catalog for the change feed."""
    return _catalog(settings, metrics, tracer, FEED_BOUNDS)


def _catalog(
    settings: ServiceSettings,
    metrics: ServiceMetrics,
    tracer: Tracer,
    bounds: Bounds,
    breaker: CircuitBreaker | None = None,
) -> CatalogClient:
    url, tokens = str(settings.catalog_url), settings.catalog_tokens(tracer)
    return CatalogClient(
        url,
        bounds=bounds,
        tokens=tokens,
        breaker=breaker,
        report=RejectionLog(metrics),
        tracer=tracer,
        on_call=metrics.catalog_called,
    )


def profile_ages(settings: ServiceSettings) -> ProfileAges:
    """Limits on the age of cached profiles."""
    return ProfileAges(
        fresh=settings.profile_fresh_seconds,
        stale=settings.profile_stale_seconds,
        kept=settings.profile_keep_seconds,
    )


def profile_updater(
    settings: ServiceSettings, cache: ProfileCache, known: KnownShoppers, clock: Callable[[], float]
) -> ProfileUpdater:
    """Applies stored events to kept profiles."""
    ages = profile_ages(settings)
    return ProfileUpdater(cache, known, event_limits(settings), clock, ages.fresh, ages.kept)
