"""The deployed application behind its real server, in a thread of this process."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.snapshots import open_snapshot
from adapters.telemetry import Telemetry, TelemetryConfig
from indexer.build.pipeline import QualityGateSettings
from service.wiring import build_service
from tests.support.builders.published_snapshots import KEY, NO_HOLDOUT, ListedCatalog, publish
from tests.support.builders.served_shop import settings_in
from tests.support.servers.threaded_server import threaded_server
from tests.support.tokens import Forge

_TICK_SECONDS = 0.002


class LoopWatch:
    """Measures the CPU time between two ticks of the event loop that runs it.

    A busy machine delays ticks, but adds no CPU time to them.

    Attributes:
        worst_seconds: the longest time since the last `reset`.
    """

    def __init__(self) -> None:
        self.worst_seconds = 0.0

    def reset(self) -> None:
        """Forgets all earlier ticks."""
        self.worst_seconds = 0.0

    async def run(self) -> None:
        """Ticks until it is cancelled."""
        last = time.thread_time()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.thread_time()
            self.worst_seconds = max(self.worst_seconds, now - last)
            last = now


@dataclass(frozen=True)
class ListeningService:
    """A running service.

    Attributes:
        url: base URL of the API.
        forge: makes its tokens.
        watch: measures its event loop.
    """

    url: str
    forge: Forge
    watch: LoopWatch


@contextmanager
def listening_service(
    catalog: ListedCatalog,
    folder: Path,
    settings: dict[str, Any] | None = None,
    port: int | None = None,
    before: ListedCatalog | None = None,
    quality_gate: QualityGateSettings = NO_HOLDOUT,
) -> Iterator[ListeningService]:
    """Serves a snapshot of the catalog for the block.

    Args:
        catalog: products and purchases.
        folder: empty folder for all files.
        settings: settings besides those of `settings_in`.
        port: where it listens. None: an unused one.
        before: of a version that is published before. None: there is none.
        quality_gate: says whether versions are measured.
    """
    forge, watch = Forge(folder / "jwks.json"), LoopWatch()
    forge.publish(forge.rsa)
    background = [watch.run]
    if before is not None:
        publish(before, folder, quality_gate=quality_gate)
    manifest = publish(catalog, folder, force=True, quality_gate=quality_gate)
    service = build_service(
        settings_in(folder, forge, **(settings or {})),
        telemetry=Telemetry(TelemetryConfig("tests", "1")),
        profile_catalog=catalog,
        feed_catalog=catalog,
        purchase_feed=catalog,
        background=background,
    )
    background.append(service.components.facts.live.run)
    directory = service.components.snapshot_storage.local(manifest.version, []).directory
    service.components.live.swap(*open_snapshot(directory, [KEY]))
    service.components.live.polled = True
    gc.collect()
    gc.freeze()  # as `python -m service serve` does
    try:
        with threaded_server(service.app, port=port) as (running, _):
            yield ListeningService(f"http://127.0.0.1:{running.config.port}", forge, watch)
    finally:
        gc.unfreeze()
