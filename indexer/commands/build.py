"""The `build` command: builds a snapshot and publishes it."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import structlog

from adapters.telemetry import IndexerMetrics, Telemetry
from indexer.build.pipeline import embed_shard
from indexer.build.quality_gate import SnapshotRejected
from indexer.commands.arguments import AddCommand
from indexer.embedding import Shard
from indexer.settings import IndexerSettings
from indexer.sources import CatalogReading
from indexer.wiring import builder, catalog_client, embedder, shard


def add_commands(add: AddCommand) -> None:
    """Adds the command to the command line."""
    build = add(
        "build",
        _build,
        "build a snapshot from the catalog and publish it",
        "The live snapshot is replaced only\nafter the new one is complete, verified and accepted by the quality gate."
        " An interrupted build leaves it unchanged.\nWith several shards (INDEXER_SHARDS), shard 0 builds the snapshot."
        " The others embed their share of the product\ntexts and publish nothing.",
    )
    build.add_argument(
        "--force", action="store_true", help="publish even if the quality gate rejects it (exit code 3)"
    )
    build.add_argument(
        "--choose",
        action="store_true",
        help="choose all parameters, even if those of the live snapshot still hold",
    )
    build.add_argument("--recipe", type=Path, metavar="FILE", help="recipe file written by `tune`")


def _build(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    own_shard = shard(settings)
    if own_shard is None or own_shard.builds_snapshot:
        _build_snapshot(options, settings, telemetry)
    else:
        asyncio.run(_embed_shard(settings, own_shard))


async def _embed_shard(settings: IndexerSettings, own_shard: Shard) -> None:
    async with catalog_client(settings, CatalogReading(settings.max_rejected_share)) as catalog:
        await embed_shard(catalog, embedder(settings), own_shard)
    structlog.get_logger("indexer").info("share embedded", shard=own_shard.number, shards=own_shard.count)


def _build_snapshot(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    metrics = IndexerMetrics(telemetry.meter)
    started = datetime.now(UTC)

    async def run() -> None:
        async with builder(settings, telemetry.stages, options.recipe) as ready:
            try:
                manifest = await ready.build(force=options.force, choose=options.choose)
                rejected = ready.reading.rejected
            except SnapshotRejected as refusal:
                for violation in refusal.violations:
                    metrics.refused(violation.rule)
                raise
        seconds = (datetime.now(UTC) - started).total_seconds()
        counts = manifest.counts
        metrics.built(seconds, counts.products, counts.purchases, manifest.metrics)
        metrics.published()
        for kind in ("product", "purchase"):
            metrics.rejected(kind, rejected[kind])
        structlog.get_logger("indexer").info(
            "snapshot published",
            version=manifest.version,
            products=counts.products,
            purchases=counts.purchases,
            shoppers=counts.shoppers,
            rejected_products=rejected["product"],
            rejected_purchases=rejected["purchase"],
            seconds=round(seconds, 1),
            trend_exponent=manifest.recipe["trend_exponent"],
            **manifest.metrics,
        )

    asyncio.run(run())
