"""Builds and refreshes from settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.snapshots import SigningKey
from adapters.snapshots.remote.bucket import Bucket
from adapters.telemetry import Telemetry
from command_line.wrong_input import WrongInput
from indexer.build.pipeline import Builder, QualityGateSettings
from indexer.build.refresh.pipeline import Refresher
from indexer.embedding import Embedder, Shard, load_encoder
from indexer.embedding.mirror import Mirror
from indexer.factorization import Recipe
from indexer.settings import IndexerSettings
from indexer.snapshots.assembly import Assembler
from indexer.sources import CatalogReading
from indexer.training.recipe_file import apply_recipe_file, read_recipe_file
from indexer.training.train import TrainingConfig
from indexer.wiring.connections import catalog_client, event_store, signing_key, snapshot_storage
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


@asynccontextmanager
async def builder(
    settings: IndexerSettings, telemetry: Telemetry, recipe_file: Path | None = None
) -> AsyncIterator[Builder]:
    """The builder. Its connections are closed when the context ends.

    Raises:
        WrongInput: views and carts count, but there is no event store.
        UnusableKey: the signing key cannot be used.
    """
    if settings.browsing_weight and settings.database_url is None:
        raise WrongInput("INDEXER_BROWSING_WEIGHT also needs INDEXER_DATABASE_URL, where views and carts are")
    key = signing_key(settings)
    min_shoppers = settings.gate_minimum_shoppers if settings.holdout else None
    reading = CatalogReading(settings.max_rejected_share)
    async with (
        catalog_client(settings, reading, telemetry.tracer) as catalog,
        event_store(settings) as events,
    ):
        yield Builder(
            catalog=catalog,
            storage=snapshot_storage(settings),
            embedder=embedder(settings, shard(settings)),
            config=training_config(settings, recipe_file),
            assembler=assembler(settings, key, telemetry.stages),
            quality_gate=QualityGateSettings(settings.gate_margin, min_shoppers),
            events=events,
            loads=catalog,
            reading=reading,
            keep_parameters=timedelta(days=settings.keep_parameters_days),
        )


@asynccontextmanager
async def refresher(settings: IndexerSettings, telemetry: Telemetry) -> AsyncIterator[Refresher]:
    """The refresher. Its connections are closed when the context ends."""
    reading = CatalogReading(settings.max_rejected_share)
    async with catalog_client(settings, reading, telemetry.tracer) as catalog:
        yield Refresher(
            catalog=catalog,
            storage=snapshot_storage(settings),
            embedder=embedder(settings),
            key=signing_key(settings),
            stages=telemetry.stages,
            clock=lambda: datetime.now(UTC),
            reading=reading,
        )


def training_config(settings: IndexerSettings, recipe_file: Path | None = None) -> TrainingConfig:
    """Training parameters from the settings and, for those not set, from a recipe file.

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
    found = TrainingConfig(recipe, settings.half_life_days)
    path = recipe_file or settings.recipe_file
    return (
        apply_recipe_file(read_recipe_file(path), found, frozenset(settings.model_fields_set))
        if path
        else found
    )


def assembler(settings: IndexerSettings, key: SigningKey, stages: StageObserver) -> Assembler:
    """The assembler that writes snapshots."""
    serving = ServingParameters(
        history_limit=settings.history_limit, popularity_days=settings.popularity_days
    )
    return Assembler(key, serving, stages, clock=lambda: datetime.now(UTC))


def embedder(settings: IndexerSettings, own_shard: Shard | None = None) -> Embedder:
    """The embedder of product texts. It loads the model at the first use."""
    return Embedder(
        lambda: load_encoder(settings.embedding_model, settings.embedding_precision),
        settings.embedding_cache,
        own_shard,
        _embedding_mirror(settings),
    )


def _embedding_mirror(settings: IndexerSettings) -> Mirror | None:
    """Copy of the embedding cache in object storage, or None."""
    if settings.snapshot_url is None:
        return None
    return Mirror(settings.embedding_cache, Bucket(f"{settings.snapshot_url}/embeddings", retries=True))


def shard(settings: IndexerSettings) -> Shard | None:
    """This process among several of a build, or None if there is one only."""
    if settings.shards == 1:
        return None
    return Shard(
        settings.embedding_cache,
        settings.run,
        settings.shard,
        settings.shards,
        settings.shard_patience_seconds,
        mirror=_embedding_mirror(settings),
    )
