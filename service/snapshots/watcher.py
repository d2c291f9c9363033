"""Follows the volume's live version: opens a new one beside the old one, then swaps."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from adapters.snapshots import (
    Manifest,
    SigningKey,
    SnapshotError,
    SnapshotNotFound,
    SnapshotRejected,
    SnapshotVolume,
    open_snapshot,
)
from adapters.telemetry import ServiceMetrics
from adapters.telemetry.stages import SilentStages
from recommender.entities import Query
from recommender.pages import pipeline
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay
from service.snapshots.live import LiveSnapshot

RETRY_REFUSED_SECONDS = 60.0
_WARM_PRODUCTS = 64


@dataclass(slots=True)
class SnapshotWatcher:
    """Polls `CURRENT`; a snapshot that is refused is logged once and tried again every minute, the old one stays.

    Attributes:
        volume: where snapshots are published.
        keys: any of them may have signed.
        live: what to swap.
        metrics: swaps are counted, and refusals at every try: an alert lasts as long as its cause.
        poll_seconds: time between two looks.
    """

    volume: SnapshotVolume
    keys: Sequence[SigningKey]
    live: LiveSnapshot
    metrics: ServiceMetrics
    poll_seconds: float
    _refused: dict[str, float] = field(default_factory=dict)
    _missing: str | None = None

    async def run(self) -> None:
        """Follows the live version until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(self.poll_seconds)

    async def check(self) -> None:
        """Looks once, and swaps when there is something new."""
        log = structlog.get_logger("service")
        version = "CURRENT"
        try:
            version = await asyncio.to_thread(self.volume.current)
            if version == self.live.version:
                self._forget_faults()
                return
            if self._refused_lately(version):
                return
            manifest, snapshot = await asyncio.to_thread(_opened, self.volume, version, self.keys)
        except SnapshotNotFound as error:
            if self._missing != version:
                log.warning("waiting for a snapshot", reason=str(error))
            self._missing = version
            return
        except SnapshotError as error:
            if version not in self._refused:
                log.error("snapshot refused", version=version, reason=str(error), serving=self.live.version)
            if not self._refused_lately(version):
                self._refused[version] = time.monotonic()
                self.metrics.snapshot_refused()
            return
        self._forget_faults()
        self.live.swap(manifest, snapshot)
        self.metrics.snapshot_swapped(manifest.version)
        log.info("snapshot live", version=manifest.version, products=manifest.counts.products)

    def _refused_lately(self, version: str) -> bool:
        refused_at = self._refused.get(version)
        return refused_at is not None and time.monotonic() - refused_at < RETRY_REFUSED_SECONDS

    def _forget_faults(self) -> None:
        """The volume is in order: the next fault is a new one, even if it was there before."""
        self._refused.clear()
        self._missing = None


def _opened(volume: SnapshotVolume, version: str, keys: Sequence[SigningKey]) -> tuple[Manifest, Snapshot]:
    """Opens and warms a snapshot; whatever is wrong with one is a reason to keep the old one."""
    try:
        manifest, snapshot = open_snapshot(volume.directory(version), keys)
        _warm(snapshot)
    except SnapshotError:
        raise
    except Exception as error:
        raise SnapshotRejected(f"snapshot {version} cannot be served: {error!r}") from error
    return manifest, snapshot


def _warm(snapshot: Snapshot) -> None:
    """Asks for what requests will ask for, so that the first of them does not wait for the disk."""
    corrections = Corrections.of(Overlay(), snapshot)
    stages = SilentStages()
    pipeline.popular(snapshot, corrections, Query(limit=10), stages)
    for row in range(min(_WARM_PRODUCTS, snapshot.products)):
        pipeline.similar(snapshot, corrections, row, Query(limit=10), stages)
