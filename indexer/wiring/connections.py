"""Telemetry, and connections to storage, catalog and database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from opentelemetry.trace import Tracer

from adapters.catalog import Bounds, CatalogClient, ReadReport
from adapters.database import EventStore, open_engine
from adapters.snapshots import SigningKey, SnapshotStorage, load_key, open_storage
from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from indexer.settings import IndexerSettings
from indexer.sources import CatalogReading
from indexer.sources.catalog_check import BOUNDS, CatalogCheck


def open_telemetry(settings: IndexerSettings, version: str) -> Telemetry:
    """Starts logging, and traces and metrics if they are configured."""
    return start_telemetry(
        TelemetryConfig(
            service_name="recommender-indexer",
            version=version,
            log_level=settings.log_level,
            log_format=settings.log_format,
            otlp_endpoint=settings.otlp_endpoint,
            push_metrics=True,
            metrics_host=settings.metrics_host,
            metrics_port=settings.metrics_port,
        )
    )


def snapshot_storage(settings: IndexerSettings) -> SnapshotStorage:
    """The storage where snapshots are published."""
    return open_storage(
        settings.snapshot_root, settings.snapshot_url, patience_seconds=settings.snapshot_patience_seconds
    )


def signing_key(settings: IndexerSettings) -> SigningKey:
    """The signing key.

    Raises:
        ValueError: the key file is missing or too short.
    """
    return load_key(settings.snapshot_signing_key_file)


@asynccontextmanager
async def catalog_client(
    settings: IndexerSettings, reading: CatalogReading, tracer: Tracer
) -> AsyncIterator[CatalogClient]:
    """A catalog client that reports to `reading`, with OAuth2 tokens if they are configured."""
    url, tokens = str(settings.catalog_url), settings.catalog_tokens(tracer)
    bounds = Bounds(max_products=settings.max_products, max_purchases=settings.max_purchases)
    client = CatalogClient(
        url, bounds=bounds, tokens=tokens, report=reading.add, on_retry=reading.log_retry, tracer=tracer
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def catalog_check(settings: IndexerSettings, tracer: Tracer) -> AsyncIterator[CatalogCheck]:
    """A check of the catalog, also without a token if one is configured.

    Raises:
        CatalogError: there is no token, so that no rule can be checked.
    """
    url, tokens, reports = str(settings.catalog_url), settings.catalog_tokens(tracer), list[ReadReport]()
    async with AsyncExitStack() as stack:
        client = CatalogClient(url, bounds=BOUNDS, tokens=tokens, report=reports.append, tracer=tracer)
        stack.push_async_callback(client.close)
        anonymous = CatalogClient(url, bounds=BOUNDS, tracer=tracer) if tokens else None
        if anonymous is not None:
            stack.push_async_callback(anonymous.close)
        if tokens is not None:
            await tokens.token()
        yield CatalogCheck(client, anonymous, datetime.now(UTC), reports)


@asynccontextmanager
async def event_store(settings: IndexerSettings) -> AsyncIterator[EventStore | None]:
    """The event store, or None if none is configured."""
    if settings.database_url is None:
        yield None
        return
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        yield EventStore(engine)
    finally:
        await engine.dispose()
