"""The indexer's composition root: settings in, ready parts out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from adapters.catalog import CatalogClient, ClientCredentials
from adapters.snapshots import SigningKey, SnapshotVolume, load_key
from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from indexer.embedding import load_encoder
from indexer.factorization import Recipe
from indexer.pipeline import Builder
from indexer.settings import IndexerSettings
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


def start_observing(settings: IndexerSettings, version: str) -> Telemetry:
    """Logs, and traces and metrics where they are configured."""
    return start_telemetry(
        TelemetryConfig(
            service_name="recommender-indexer",
            version=version,
            log_level=settings.log_level,
            log_format=settings.log_format,
            otlp_endpoint=settings.otlp_endpoint,
            metrics_host=settings.metrics_host,
            metrics_port=settings.metrics_port,
        )
    )


def snapshot_volume(settings: IndexerSettings) -> SnapshotVolume:
    """The volume that snapshots are published on."""
    return SnapshotVolume(settings.snapshot_root)


def signing_key(settings: IndexerSettings) -> SigningKey:
    """The key that signs; raises ValueError when its file is missing or too short."""
    return load_key(settings.snapshot_signing_key_file)


@asynccontextmanager
async def catalog_client(settings: IndexerSettings) -> AsyncIterator[CatalogClient]:
    """A client of the catalog, with a token where one is configured."""
    tokens = None
    if settings.catalog_token_url is not None:
        tokens = ClientCredentials(
            str(settings.catalog_token_url),
            settings.catalog_client_id,
            settings.catalog_client_secret.get_secret_value(),
            audience=settings.catalog_audience,
        )
    client = CatalogClient(str(settings.catalog_url), tokens=tokens)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def builder(settings: IndexerSettings, stages: StageObserver) -> AsyncIterator[Builder]:
    """A builder; its connections are closed when the context ends."""
    key = signing_key(settings)
    async with catalog_client(settings) as catalog:
        yield Builder(
            catalog=catalog,
            volume=snapshot_volume(settings),
            key=key,
            load_encoder=lambda: load_encoder(settings.embedding_model),
            embedding_cache=settings.embedding_cache,
            recipe=Recipe(
                text_weight=settings.text_weight,
                ridge=settings.ridge,
                neighbours=settings.neighbours,
                rank=settings.rank,
                history_limit=settings.history_limit,
                minimum_buyers=settings.minimum_buyers,
            ),
            serving=ServingParameters(
                half_life_days=settings.half_life_days,
                history_limit=settings.history_limit,
                popularity_days=settings.popularity_days,
            ),
            stages=stages,
            clock=lambda: datetime.now(UTC),
        )
