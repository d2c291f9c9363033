"""Evaluations, and the data of evaluations and tuning, from settings and options."""

import argparse
import asyncio
import secrets
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.trace import Tracer

from adapters.snapshots import SigningKey
from adapters.telemetry import Telemetry
from adapters.urls import without_secrets
from command_line.wrong_input import WrongInput
from indexer import __version__
from indexer.evaluation.dataset import EvaluationData, EvaluationOptions
from indexer.evaluation.run import Evaluation
from indexer.factorization import Browsing, Purchases
from indexer.settings import IndexerSettings
from indexer.sources import CatalogReading, ProductRows, read_browsing, read_products, read_purchases
from indexer.sources.browsing import read_browsing_file
from indexer.sources.files import read_files
from indexer.training.train import TrainingConfig
from indexer.wiring.builds import assembler, embedder, training_config
from indexer.wiring.connections import catalog_client, event_store
from purchase_files.arguments import reading_options
from purchase_files.options import Role
from purchase_files.rendering import preview_lines, width_of


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
