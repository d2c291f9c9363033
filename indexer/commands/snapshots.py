"""Commands for published snapshots: versions, rollback, verify, prune."""

import argparse
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from adapters.snapshots import SnapshotError, SnapshotNotFound, SnapshotRejected, roll_back
from adapters.telemetry import Telemetry
from command_line.streams import print_lines
from indexer.build.refresh.pipeline import refreshed_versions
from indexer.commands.arguments import AddCommand, positive, snapshot_version
from indexer.settings import IndexerSettings
from indexer.wiring.builds import shard
from indexer.wiring.connections import signing_key, snapshot_storage

_LISTING_WIDTH = 500
"""Wide enough for every row. Wrapped rows would break programs that parse the output."""


def add_commands(add: AddCommand) -> None:
    """Adds the commands to the command line."""
    add("versions", _versions, "list published snapshots", "Marks the live one.")
    rollback = add(
        "rollback",
        _rollback,
        "make an earlier snapshot the live one",
        "Pods load it with their next poll.",
    )
    rollback.add_argument(
        "version",
        type=snapshot_version,
        nargs="?",
        help="version to make live (default: the latest one of the build before)",
    )
    verify = add(
        "verify",
        _verify,
        "check a snapshot's signature and checksums",
        "Reads every byte and changes nothing.",
    )
    verify.add_argument(
        "version", type=snapshot_version, nargs="?", help="version to check (default: the live one)"
    )
    prune = add(
        "prune",
        _prune,
        "delete old snapshots",
        "Keeps the live snapshot and young snapshots that a pod may still use. Refreshes do not count, and\n"
        "are not kept. With several shards (INDEXER_SHARDS), only shard 0 deletes.",
    )
    prune.add_argument(
        "--keep", type=positive, help="number of newest versions to keep (default: INDEXER_PRUNE_KEEP, 5)"
    )


def _versions(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del options, telemetry
    storage, key = snapshot_storage(settings), signing_key(settings)
    versions = storage.versions()
    if not versions:
        print_lines(f"no snapshot is published in {storage.location}")
        return
    live, fault = None, None
    try:
        live = storage.current()
    except (SnapshotNotFound, SnapshotRejected) as error:
        fault = f"none of them is live: {error}"
    columns = ("", "version", "created", "refresh of", "products", "purchases", "model", "metrics")
    table = Table(*columns, box=None)
    for version in versions:
        mark = "live" if version == live else ""
        try:
            manifest = storage.manifest(version, [key])
        except SnapshotError as error:
            table.add_row(mark, version, f"invalid: {error}")
            continue
        metrics = ", ".join(f"{name} {value:g}" for name, value in manifest.metrics.items())
        table.add_row(
            mark,
            version,
            f"{manifest.created:%Y-%m-%d %H:%M}",
            manifest.refresh_of or "",
            f"{manifest.counts.products:,}",
            f"{manifest.counts.purchases:,}",
            manifest.model.name,
            metrics,
        )
    Console(width=_LISTING_WIDTH).print(table)
    if fault is not None:
        print_lines(fault)


def _rollback(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    storage, key = snapshot_storage(settings), signing_key(settings)
    done = roll_back(storage, [key], options.version, by="command line")
    print_lines(f"live: {done.version} (was {done.was or 'none'})")


def _verify(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    storage, key = snapshot_storage(settings), signing_key(settings)
    version = options.version or storage.current()
    manifest = storage.verify(version, [key])
    size = sum(file.size for file in manifest.files.values())
    print_lines(f"{version}: the signature and {len(manifest.files)} checksums match ({size / 1e6:,.1f} MB)")


def _prune(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del telemetry
    own_shard = shard(settings)
    if own_shard is not None and not own_shard.builds_snapshot:
        print_lines(f"nothing to do: shard 0 prunes, this is shard {own_shard.number}")
        return
    storage, key = snapshot_storage(settings), signing_key(settings)
    with storage.locked():
        minimum_age, keep = (
            timedelta(hours=settings.prune_minimum_age_hours),
            options.keep or settings.prune_keep,
        )
        pruned = storage.prune(keep, minimum_age, datetime.now(UTC), refreshed_versions(storage, key))
    for version in pruned:
        print_lines(f"deleted {version}")
    print_lines(f"{len(pruned)} deleted, {len(storage.versions())} kept")
