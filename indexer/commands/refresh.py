"""The `refresh` command: adds new and changed products to the live snapshot."""

import argparse
import asyncio

import structlog

from adapters.snapshots import BuildHistory, RunOutcome, SnapshotLocked, SnapshotNotFound
from adapters.telemetry import IndexerMetrics, Telemetry
from indexer.build.refresh.pipeline import Refresher
from indexer.commands.arguments import AddCommand
from indexer.commands.recording import recorded
from indexer.settings import IndexerSettings
from indexer.wiring.builds import refresher
from indexer.wiring.connections import snapshot_storage


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
    history = BuildHistory(snapshot_storage(settings))

    async def run() -> None:
        async with refresher(settings, telemetry) as ready:
            outcome = await _outcome(ready)
        history.add(outcome, kind="refresh")
        if outcome == "published":
            metrics.published()

    with recorded(history, "refresh", metrics):
        asyncio.run(run())


async def _outcome(ready: Refresher) -> RunOutcome:
    """Refreshes, and logs why nothing was published."""
    outcome: RunOutcome
    try:
        if await ready.refresh() is not None:
            return "published"
        outcome, reason = "unchanged", "no product is new, gone or changed in text"
    except SnapshotNotFound as error:
        outcome, reason = "skipped", str(error)
    except SnapshotLocked:
        outcome, reason = "skipped", "another indexer is writing snapshots"
    structlog.get_logger("indexer").info("nothing refreshed", reason=reason)
    return outcome
