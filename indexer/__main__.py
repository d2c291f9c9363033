"""Command line of the indexer: `python -m indexer --help`."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from adapters.catalog import CatalogError
from adapters.snapshots import SnapshotError, read_manifest, verify_snapshot
from adapters.telemetry import IndexerMetrics, Telemetry, TelemetryError
from indexer import __version__
from indexer.embedding.cache import CacheNotWritable
from indexer.embedding.encoder import ModelUnavailable
from indexer.pipeline import BuildRefused
from indexer.settings import IndexerSettings
from indexer.wiring import builder, signing_key, snapshot_volume, start_observing

EXPECTED_FAILURES = (
    CatalogError,
    SnapshotError,
    BuildRefused,
    CacheNotWritable,
    ModelUnavailable,
    ArithmeticError,
    OSError,
    ValueError,
)

_LISTING_WIDTH = 500
"""Wider than any row: what wraps its lines can neither be read nor cut by other programs."""

_EPILOG = """\
Settings are environment variables with the prefix INDEXER_; the ones that matter most:
  INDEXER_CATALOG_URL                where products and purchases are read     (http://127.0.0.1:8100)
  INDEXER_SNAPSHOT_ROOT              where snapshots are published             (./snapshots)
  INDEXER_SNAPSHOT_SIGNING_KEY_FILE  key that signs them, shared with service  (./snapshot.key)
  INDEXER_EMBEDDING_CACHE            embeddings kept between builds            (./embeddings)
All of them: docs/reference/configuration.md

Exit codes: 0 done, 1 failed (the last line says why; the live snapshot is untouched), 2 wrong usage."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = IndexerSettings()
    except ValidationError as error:
        for problem in error.errors():
            setting = "INDEXER_" + "_".join(map(str, problem["loc"])).upper()
            print(f"{setting}: {problem['msg']} (it is {problem['input']!r})", file=sys.stderr)
        return 2
    try:
        telemetry = start_observing(settings, __version__)
    except TelemetryError as error:
        print(error, file=sys.stderr)
        return 1
    command: Callable[[argparse.Namespace, IndexerSettings, Telemetry], None] = options.command
    try:
        command(options, settings, telemetry)
    except EXPECTED_FAILURES as error:
        structlog.get_logger("indexer").error(f"{options.name} failed", reason=str(error))
        return 1
    except KeyboardInterrupt:
        structlog.get_logger("indexer").error(
            f"{options.name} interrupted", reason="the live snapshot is untouched"
        )
        return 130
    finally:
        telemetry.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m indexer",
        description="Reads the catalog, learns from purchases and product texts, and publishes snapshots that the "
        "recommendation service serves from.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, dest="name", metavar="COMMAND")

    def add(name: str, command: Callable[..., None], summary: str, details: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}. {details}",
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command)
        return sub

    add(
        "build",
        _build,
        "build a snapshot from the catalog and publish it",
        "The live snapshot is replaced only\nwhen the new one is complete and verified; killed at any moment, the "
        "old one stays.",
    )
    add("versions", _versions, "list published snapshots", "The live one is marked.")
    rollback = add(
        "rollback",
        _rollback,
        "make an earlier snapshot the live one",
        "Pods pick it up with their next poll.",
    )
    rollback.add_argument("version", nargs="?", help="which one (default: the one before the live one)")
    verify = add(
        "verify", _verify, "check signature and checksums of a snapshot", "Reads every byte; changes nothing."
    )
    verify.add_argument("version", nargs="?", help="which one (default: the live one)")
    prune = add(
        "prune",
        _prune,
        "delete old snapshots",
        "The live one always stays, and so do young ones that a pod may still use.",
    )
    prune.add_argument(
        "--keep", type=_positive, help="newest versions to keep (default: INDEXER_PRUNE_KEEP, 5)"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _build(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del options
    metrics = IndexerMetrics(telemetry.meter)
    started = datetime.now(UTC)

    async def run() -> None:
        async with builder(settings, telemetry.stages) as ready:
            manifest = await ready.build()
        seconds = (datetime.now(UTC) - started).total_seconds()
        counts = manifest.counts
        metrics.built(seconds, counts.products, counts.purchases, manifest.metrics["ann_recall_at_20"])
        metrics.published()
        structlog.get_logger("indexer").info(
            "snapshot published",
            version=manifest.version,
            products=counts.products,
            purchases=counts.purchases,
            shoppers=counts.shoppers,
            seconds=round(seconds, 1),
            **manifest.metrics,
        )

    asyncio.run(run())


def _versions(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del options, telemetry
    volume, key = snapshot_volume(settings), signing_key(settings)
    versions = volume.versions()
    if not versions:
        print(f"no snapshot is published in {settings.snapshot_root} yet")
        return
    live = volume.current()
    table = Table("", "version", "created", "products", "purchases", "model", "metrics", box=None)
    for version in versions:
        mark = "live" if version == live else ""
        try:
            manifest = read_manifest(volume.directory(version), [key])
        except SnapshotError as error:
            table.add_row(mark, version, f"refused: {error}")
            continue
        metrics = ", ".join(f"{name} {value:g}" for name, value in manifest.metrics.items())
        table.add_row(
            mark,
            version,
            f"{manifest.created:%Y-%m-%d %H:%M}",
            f"{manifest.counts.products:,}",
            f"{manifest.counts.purchases:,}",
            manifest.model.name,
            metrics,
        )
    Console(width=_LISTING_WIDTH).print(table)


def _rollback(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    volume, key = snapshot_volume(settings), signing_key(settings)
    with volume.locked():
        live = volume.current()
        earlier = [version for version in volume.versions() if version < live]
        target = options.version or (earlier[-1] if earlier else None)
        if target is None:
            raise ValueError(f"there is no snapshot before the live one, {live}")
        verify_snapshot(volume.directory(target), [key])
        volume.point_to(target)
    print(f"live: {target} (was {live})")


def _verify(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    volume, key = snapshot_volume(settings), signing_key(settings)
    version = options.version or volume.current()
    manifest = verify_snapshot(volume.directory(version), [key])
    size = sum(file.size for file in manifest.files.values())
    print(f"{version}: signature and {len(manifest.files)} checksums are right ({size / 1e6:,.1f} MB)")


def _prune(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    volume = snapshot_volume(settings)
    with volume.locked():
        minimum_age = timedelta(hours=settings.prune_minimum_age_hours)
        pruned = volume.prune(options.keep or settings.prune_keep, minimum_age, datetime.now(UTC))
    for version in pruned:
        print(f"deleted {version}")
    print(f"{len(pruned)} deleted, {len(volume.versions())} kept")


if __name__ == "__main__":
    sys.exit(main())
