"""The `refresh` command: adds new and changed products to the live snapshot."""

import argparse
import asyncio

import structlog

from adapters.snapshots import SnapshotLocked, SnapshotNotFound
from adapters.telemetry import IndexerMetrics, Telemetry
from indexer.build.quality_gate import SnapshotRejected
from indexer.commands.arguments import AddCommand
from indexer.settings import IndexerSettings
from indexer.wiring import refresher


def add_commands(add: AddCommand) -> None:
    """Adds the command to the command line."""
    add(
        "refresh",
        _refresh,
        "add new and changed products to the live snapshot",
        "Embeds new and changed texts, places\nthem as a build places products that nobody bought, and removes products"
        " that are gone. Learns nothing: weights,\nvectors and statistics are those of the live snapshot. Publishes"
        " nothing while a build is running, before the first\nbuild, or if no product is new, gone or changed in text.",
    )


def _refresh(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del options
    metrics = IndexerMetrics(telemetry.meter)
    log = structlog.get_logger("indexer")

    async def run() -> None:
        async with refresher(settings, telemetry.stages) as ready:
            try:
                manifest = await ready.refresh()
            except SnapshotRejected as refusal:
                for violation in refusal.violations:
                    metrics.refused(violation.rule)
                raise
            except SnapshotNotFound as reason:
                log.info("nothing refreshed", reason=str(reason))
                return
            except SnapshotLocked:
                log.info("nothing refreshed", reason="another indexer is writing snapshots")
                return
        if manifest is None:
            log.info("nothing refreshed", reason="no product is new, gone or changed in text")
        else:
            metrics.published()

    asyncio.run(run())
