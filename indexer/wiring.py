"""The indexer's composition root: settings in, ready parts out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.catalog import CatalogClient, ClientCredentials
from adapters.database import EventStore, open_engine
from adapters.snapshots import SigningKey, SnapshotVolume, load_key
from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from indexer.assembly import Assembler
from indexer.embedding import Embedder, Shard, load_encoder
from indexer.factorization import Recipe
from indexer.learning import Learning
from indexer.pipeline import Builder, GateSettings
from indexer.recipe_file import applied, read_recipe_file
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
            push_metrics=True,
            metrics_host=settings.metrics_host,
            metrics_port=settings.metrics_port,
        )
    )


def snapshot_volume(settings: IndexerSettings) -> SnapshotVolume:
    """The volume that snapshots are published on."""
    return SnapshotVolume(settings.snapshot_root, settings.snapshot_patience_seconds)


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


def learning(settings: IndexerSettings, recipe_file: Path | None = None) -> Learning:
    """Training parameters: from the settings, and from a recipe file where the settings are silent.

    Raises:
        ValueError: the recipe file cannot be used.
    """
    recipe = Recipe(
        text_weight=settings.text_weight,
        ridge=settings.ridge,
        neighbours=settings.neighbours,
        rank=settings.rank,
        history_limit=settings.history_limit,
        minimum_buyers=settings.minimum_buyers,
        trend_exponent=settings.trend_exponent,
        trend_half_life_days=settings.trend_half_life_days,
        browsing_weight=settings.browsing_weight,
    )
    found = Learning(recipe, settings.half_life_days)
    path = recipe_file or settings.recipe_file
    return applied(read_recipe_file(path), found, frozenset(settings.model_fields_set)) if path else found


def assembler(settings: IndexerSettings, key: SigningKey, stages: StageObserver) -> Assembler:
    """Writes snapshots."""
    serving = ServingParameters(
        history_limit=settings.history_limit, popularity_days=settings.popularity_days
    )
    return Assembler(key, serving, stages, clock=lambda: datetime.now(UTC))


def embedder(settings: IndexerSettings, part: Shard | None = None) -> Embedder:
    """Embeds product texts, as `part` of several processes or alone; loads the model when it is first needed."""
    return Embedder(lambda: load_encoder(settings.embedding_model), settings.embedding_cache, part)


def shard(settings: IndexerSettings) -> Shard | None:
    """Which of several processes of a build this is; None when it is the only one."""
    if settings.shards == 1:
        return None
    return Shard(
        settings.embedding_cache,
        settings.run,
        settings.shard,
        settings.shards,
        settings.shard_patience_seconds,
    )


@asynccontextmanager
async def event_store(settings: IndexerSettings) -> AsyncIterator[EventStore | None]:
    """The event store, None where none is configured."""
    if settings.database_url is None:
        yield None
        return
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        yield EventStore(engine)
    finally:
        await engine.dispose()


@asynccontextmanager
async def builder(
    settings: IndexerSettings, stages: StageObserver, recipe_file: Path | None = None
) -> AsyncIterator[Builder]:
    """A builder; its connections are closed when the context ends."""
    key = signing_key(settings)
    least = settings.gate_minimum_shoppers if settings.holdout else None
    async with catalog_client(settings) as catalog, event_store(settings) as events:
        yield Builder(
            catalog=catalog,
            volume=snapshot_volume(settings),
            embedder=embedder(settings, shard(settings)),
            learning=learning(settings, recipe_file),
            assembler=assembler(settings, key, stages),
            gate=GateSettings(settings.gate_margin, least),
            events=events,
        )
