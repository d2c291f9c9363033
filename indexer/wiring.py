"""Composition root of the indexer: builds, evaluations and tuning from settings."""

import argparse
import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opentelemetry.trace import Tracer

from adapters.catalog import Bounds, CatalogClient
from adapters.database import EventStore, open_engine
from adapters.snapshots import SigningKey, SnapshotStorage, load_key, open_storage
from adapters.snapshots.remote.bucket import Bucket
from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from adapters.urls import without_secrets
from command_line.wrong_input import WrongInput
from indexer import __version__
from indexer.build.pipeline import Builder, QualityGateSettings
from indexer.build.refresh.pipeline import Refresher
from indexer.embedding import Embedder, Shard, load_encoder
from indexer.embedding.mirror import Mirror
from indexer.evaluation.dataset import EvaluationData, EvaluationOptions
from indexer.evaluation.run import Evaluation
from indexer.factorization import Browsing, Purchases, Recipe
from indexer.settings import IndexerSettings
from indexer.snapshots.assembly import Assembler
from indexer.sources import CatalogReading, ProductRows, read_browsing, read_products, read_purchases
from indexer.sources.browsing import read_browsing_file
from indexer.sources.files import read_files
from indexer.training.recipe_file import apply_recipe_file, read_recipe_file
from indexer.training.train import TrainingConfig
from purchase_files.arguments import reading_options
from purchase_files.options import Role
from purchase_files.rendering import preview_lines, width_of
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


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
        embedding_mirror(settings),
    )


def embedding_mirror(settings: IndexerSettings) -> Mirror | None:
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
        mirror=embedding_mirror(settings),
    )


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


@asynccontextmanager
async def builder(
    settings: IndexerSettings, telemetry: Telemetry, recipe_file: Path | None = None
) -> AsyncIterator[Builder]:
    """The builder. Its connections are closed when the context ends."""
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


def evaluation(
    settings: IndexerSettings,
    telemetry: Telemetry,
    options: argparse.Namespace,
    evaluation_options: EvaluationOptions,
) -> Evaluation:
    """An evaluation of the data that the options name. Reads and embeds the data.

    Raises:
        WrongInput: an option or a file cannot be used, or there are no purchases.
        purchase_files.RefusedFile: a file cannot be used.
        adapters.catalog.CatalogError: the catalog cannot be read.
    """
    return Evaluation(
        config=evaluation_config(settings, options),  # first: an unusable recipe fails before data are read
        data=evaluation_data(settings, options, telemetry.tracer),
        options=evaluation_options,
        assembler=assembler(settings, SigningKey(secrets.token_bytes(32)), telemetry.stages),
        clock=lambda: datetime.now(UTC),
        version=__version__,
    )


def evaluation_config(settings: IndexerSettings, options: argparse.Namespace) -> TrainingConfig:
    """Training parameters, with the minimum number of buyers from the options."""
    found = training_config(settings, options.recipe)
    if options.min_buyers is None:
        return found
    return replace(found, recipe=replace(found.recipe, minimum_buyers=options.min_buyers))


def evaluation_data(settings: IndexerSettings, options: argparse.Namespace, tracer: Tracer) -> EvaluationData:
    """Reads the data that the options name and embeds the product texts."""
    if options.products and not options.purchases:
        raise WrongInput("--products needs --purchases: products without purchases cannot be evaluated")
    now = datetime.now(UTC)
    if options.purchases:
        products, purchases = _read_purchase_files(options)
        name = options.name or Path(options.purchases[0]).stem
    else:
        products, purchases = asyncio.run(_read_catalog(settings, now, tracer))
        name = options.name or without_secrets(str(settings.catalog_url)).rstrip("/")
    if not len(purchases):
        raise WrongInput("there are no purchases to evaluate on")
    browsing = _read_views_and_carts(settings, options, products, purchases, now)
    embeddings, model = embedder(settings).embed(list(products.texts))
    return EvaluationData(name, products, purchases, embeddings, model, browsing)


def _read_purchase_files(options: argparse.Namespace) -> tuple[ProductRows, Purchases]:
    """Reads the files that the options name, and prints what was recognized."""
    listed: dict[str, Role] = {str(options.products): "products"}
    paths = [*options.purchases, *([options.products] if options.products else [])]
    products, purchases, preview = read_files(paths, replace(reading_options(options), roles=listed))
    sys.stderr.writelines(f"{line}\n" for line in preview_lines(preview, width_of(sys.stderr)))
    return products, purchases


async def _read_catalog(
    settings: IndexerSettings, now: datetime, tracer: Tracer
) -> tuple[ProductRows, Purchases]:
    reading = CatalogReading(settings.max_rejected_share)
    async with catalog_client(settings, reading, tracer) as catalog:
        products = await read_products(catalog)
        reading.check("product")
        purchases, _guests = await read_purchases(catalog, products.row_of, now)
        reading.check("purchase")
    return products, purchases


def _read_views_and_carts(
    settings: IndexerSettings,
    options: argparse.Namespace,
    products: ProductRows,
    purchases: Purchases,
    now: datetime,
) -> Browsing | None:
    numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
    if options.browsing:
        hash_key = reading_options(options).hash_key
        return read_browsing_file(options.browsing, products.row_of, numbers, now, hash_key=hash_key)
    if options.purchases:
        return None

    async def read() -> Browsing | None:
        async with event_store(settings) as events:
            return await read_browsing(events, products.row_of, numbers, now) if events else None

    return asyncio.run(read())
