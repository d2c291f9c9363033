"""The composition root of evaluations and tuning: data from files or from the catalog."""

import argparse
import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime

from adapters.snapshots import SigningKey
from indexer import __version__
from indexer.evaluate import Evaluation
from indexer.factorization import Browsing, Purchases
from indexer.learning import Learning
from indexer.questions import EvaluationData, Options
from indexer.settings import IndexerSettings
from indexer.sources import ProductRows, read_browsing, read_products, read_purchases
from indexer.sources.browsing import read_browsing_file
from indexer.sources.files import read_files
from indexer.wiring import assembler, catalog_client, embedder, event_store, learning
from recommender.ports import StageObserver


def evaluation(
    settings: IndexerSettings, stages: StageObserver, options: argparse.Namespace, how: Options
) -> Evaluation:
    """An evaluation of what the options name; reads and embeds it.

    Raises:
        ValueError: a file cannot be used.
        adapters.catalog.CatalogError: the catalog cannot be read.
    """
    return Evaluation(
        data=evaluation_data(settings, options),
        options=how,
        learning=evaluated_learning(settings, options),
        assembler=assembler(settings, SigningKey(secrets.token_bytes(32)), stages),
        clock=lambda: datetime.now(UTC),
        version=__version__,
    )


def evaluated_learning(settings: IndexerSettings, options: argparse.Namespace) -> Learning:
    """Training parameters with the options' filter."""
    found = learning(settings, options.recipe)
    if options.min_buyers is None:
        return found
    return replace(found, recipe=replace(found.recipe, minimum_buyers=options.min_buyers))


def evaluation_data(settings: IndexerSettings, options: argparse.Namespace) -> EvaluationData:
    """Reads what the options name, and embeds the products' texts."""
    if options.products and not options.purchases:
        raise ValueError("--products needs --purchases: products alone cannot be evaluated")
    now = datetime.now(UTC)
    if options.purchases:
        products, purchases = read_files(options.purchases, options.products)
        name = options.name or options.purchases.stem
    else:
        products, purchases = asyncio.run(_from_catalog(settings, now))
        name = options.name or str(settings.catalog_url).rstrip("/")
    if not len(purchases):
        raise ValueError("there are no purchases to evaluate on")
    browsing = _browsing(settings, options, products, purchases, now)
    embeddings, model = embedder(settings).embed(list(products.texts))
    return EvaluationData(name, products, purchases, embeddings, model, browsing)


async def _from_catalog(settings: IndexerSettings, now: datetime) -> tuple[ProductRows, Purchases]:
    async with catalog_client(settings) as catalog:
        products = await read_products(catalog)
        return products, await read_purchases(catalog, products.row_of, now)


def _browsing(
    settings: IndexerSettings,
    options: argparse.Namespace,
    products: ProductRows,
    purchases: Purchases,
    now: datetime,
) -> Browsing | None:
    numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
    if options.browsing:
        return read_browsing_file(options.browsing, products.row_of, numbers, now)
    if options.purchases:
        return None

    async def read() -> Browsing | None:
        async with event_store(settings) as events:
            return await read_browsing(events, products.row_of, numbers, now) if events else None

    return asyncio.run(read())
