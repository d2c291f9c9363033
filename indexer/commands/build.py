"""The `build` command: builds a snapshot and publishes it."""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog

from adapters.catalog.rejections import RecordKind
from adapters.snapshots import BuildHistory, SnapshotError, SnapshotUnreachable
from adapters.snapshots.manifest import Counts
from adapters.telemetry import IndexerMetrics, Telemetry
from indexer.build.pipeline import WEAK_LISTS, embed_shard
from indexer.build.quality_gate import QualityGateFailed
from indexer.commands.arguments import AddCommand, moment
from indexer.commands.recording import recorded
from indexer.embedding import Shard
from indexer.settings import IndexerSettings
from indexer.sources import CatalogReading
from indexer.wiring.builds import builder, embedder, shard
from indexer.wiring.connections import catalog_client, signing_key, snapshot_storage

_RETRY_REFUSED_SECONDS = 3600
"""The same data would be rejected again, after hours of work in a large shop."""

_FORCED = "published with --force, whatever the quality gate says"


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
    build.add_argument(
        "--choose-once",
        action="store_true",
        help="train with the parameters that measuring chose, without the latest fifth of the purchases. Choosing them"
        " again with all purchases takes up to a third of a build",
    )
    build.add_argument(
        "--if-needed",
        action="store_true",
        help="build only if no snapshot is live that this version and its key can read, and none was rejected within an"
        " hour. A rejected build is recorded, and does not end with an error",
    )
    build.add_argument(
        "--until",
        type=moment,
        metavar="TIME",
        help="leave out purchases, views and carts from this time on, such as 2026-11-22 (midnight UTC). A later build"
        " can then be compared with one as of that time",
    )
    build.add_argument("--recipe", type=Path, metavar="FILE", help="recipe file written by `tune`")


def _build(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    if options.if_needed and not _is_needed(settings):
        return
    own_shard = shard(settings)
    if own_shard is None or own_shard.builds_snapshot:
        try:
            _build_snapshot(options, settings, telemetry)
        except QualityGateFailed:
            # Recorded on the volume. Whoever asked for a build if needed does not wait for its outcome.
            if not options.if_needed:
                raise
    else:
        asyncio.run(_embed_shard(settings, own_shard, telemetry))


def _is_needed(settings: IndexerSettings) -> bool:
    """True if no readable snapshot is live, unless a build was just rejected."""
    log, storage = structlog.get_logger("indexer"), snapshot_storage(settings)
    try:
        live = storage.manifest(storage.current(), [signing_key(settings)])
    except SnapshotUnreachable:
        raise
    except SnapshotError as error:
        refused_at = BuildHistory(storage).read().times.get("refused", 0.0)
        recently = time.time() - refused_at < _RETRY_REFUSED_SECONDS
        log.info("build postponed" if recently else "build needed", reason=str(error))
        return not recently
    log.info("no build needed", live=live.version)
    return False


async def _embed_shard(settings: IndexerSettings, own_shard: Shard, telemetry: Telemetry) -> None:
    reading = CatalogReading(settings.max_rejected_share)
    async with catalog_client(settings, reading, telemetry.tracer) as catalog:
        await embed_shard(catalog, embedder(settings), own_shard)
    structlog.get_logger("indexer").info("share embedded", shard=own_shard.number, shards=own_shard.count)


def _build_snapshot(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    metrics = IndexerMetrics(telemetry.meter)
    history = BuildHistory(snapshot_storage(settings))
    started = datetime.now(UTC)

    async def run() -> None:
        async with builder(settings, telemetry, options.recipe) as ready:
            manifest = await ready.build(
                force=options.force,
                choose=options.choose,
                choose_once=options.choose_once,
                until=options.until,
            )
            rejected = ready.reading.rejected
        seconds = (datetime.now(UTC) - started).total_seconds()
        counts = manifest.counts
        metrics.built(seconds, counts.products, counts.purchases, manifest.metrics)
        metrics.published()
        history.add(
            "published",
            _numbers(seconds, counts, rejected),
            version=manifest.version,
            reasons=(*_special(options), *manifest.recipe.get(WEAK_LISTS, ())),
        )
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
            measurements=dict(manifest.metrics),
        )

    with recorded(history, "build", metrics):
        asyncio.run(run())


def _special(options: argparse.Namespace) -> Iterator[str]:
    """Special circumstances of a published build, for its record."""
    if options.force:
        yield _FORCED
    if options.until:
        yield f"built without what was bought since {options.until.day} {options.until:%b %Y, %H:%M} UTC"


def _numbers(seconds: float, counts: Counts, rejected: Counter[RecordKind]) -> dict[str, float]:
    """The numbers of a published build, for its record."""
    return {
        "seconds": seconds,
        "products": counts.products,
        "purchases": counts.purchases,
        "rejected_products": rejected["product"],
        "rejected_purchases": rejected["purchase"],
    }
