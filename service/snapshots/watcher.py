"""Follows the live version, and swaps snapshots without downtime."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from adapters.snapshots import (
    BuildHistory,
    BuildRecord,
    Manifest,
    SigningKey,
    SnapshotError,
    SnapshotNotFound,
    SnapshotStorage,
    SnapshotUnreachable,
)
from adapters.snapshots.versions import version_time
from adapters.telemetry import RecordedBuilds, ServedSnapshot, ServiceMetrics
from recommender.snapshot import Snapshot
from service.snapshots.live import LiveSnapshot
from service.snapshots.opening import open_warm

_SHORTEST = 0.5
"""Shortest wait between two polls, as a fraction of the longest."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """End of the wait before a version is opened again."""

    until: float
    wait: float


@dataclass(slots=True)
class SnapshotWatcher:
    """Polls `CURRENT`, and swaps the live snapshot for a new version.

    A new version is opened beside the live one. A refused snapshot is logged once, while the old one stays live. It is
    retried at the next poll, because a proxy or a full disk can be at fault, and then after waits that double. An
    outage of the storage is logged once, and the next poll tries again.

    Attributes:
        metrics: counts swaps and refusals. Every retry counts, so that an alert lasts as long as its cause.
        poll_seconds: maximum time between two polls. Each wait is up to half shorter, so that pods fetch apart.
        retry_seconds: longest wait before a refused snapshot is opened again.
        clock: a time in seconds that never goes back.
    """

    storage: SnapshotStorage
    keys: Sequence[SigningKey]
    live: LiveSnapshot
    metrics: ServiceMetrics
    poll_seconds: float
    retry_seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _refused: dict[str, "_Refusal"] = field(default_factory=dict)
    _missing: str | None = None
    _unreachable: bool = False

    async def run(self) -> None:
        """Follows the live version until cancelled."""
        try:
            while True:
                await self.check()
                spread = random.uniform(_SHORTEST, 1.0)  # noqa: S311 - spread, not secrecy
                await asyncio.sleep(self.poll_seconds * spread)
        finally:
            self.storage.stop()

    async def check(self) -> None:
        """Polls once, and swaps if there is a new version."""
        log = structlog.get_logger("service")
        version = "CURRENT"
        try:
            builds = await asyncio.to_thread(BuildHistory(self.storage).read)
            self.metrics.builds_recorded(_recorded_builds(builds))
            version = await asyncio.to_thread(self.storage.current)
            self.live.none_published = False
            if version == self.live.version:
                self._clear_faults()
                return
            if self._refused_recently(version):
                return
            manifest, snapshot = await self._load(version)
        except SnapshotNotFound as error:
            self.live.none_published = version == "CURRENT"
            if self._missing != version:
                log.warning("waiting for a snapshot", reason=str(error))
            self._missing = version
            return
        except SnapshotUnreachable as error:
            if not self._unreachable:
                log.warning("snapshot storage unreachable", reason=str(error), serving=self.live.version)
            self._unreachable = True
            self.metrics.snapshot_unreachable()
            return
        except SnapshotError as error:
            self.live.none_published = False
            if version not in self._refused:
                log.error("snapshot refused", version=version, reason=str(error), serving=self.live.version)
            if not self._refused_recently(version):
                self._refuse(version)
                self.metrics.snapshot_refused()
            return
        self._clear_faults()
        await self.live.load(manifest, snapshot)
        self.metrics.snapshot_swapped(served_snapshot(manifest))
        log.info("snapshot live", version=manifest.version, products=manifest.counts.products)

    async def _load(self, version: str) -> tuple[Manifest, Snapshot]:
        started = time.monotonic()
        local = await asyncio.to_thread(self.storage.local, version, self.keys)
        fetched = time.monotonic()
        manifest, snapshot = await asyncio.to_thread(open_warm, local, self.keys)
        self.metrics.snapshot_loading("fetch", fetched - started)
        self.metrics.snapshot_loading("verify", time.monotonic() - fetched)
        return manifest, snapshot

    def _refused_recently(self, version: str) -> bool:
        refusal = self._refused.get(version)
        return refusal is not None and self.clock() < refusal.until

    def _refuse(self, version: str) -> None:
        before = self._refused.get(version)
        wait = min(2 * before.wait if before else _SHORTEST * self.poll_seconds, self.retry_seconds)
        self._refused[version] = _Refusal(self.clock() + wait, wait)

    def _clear_faults(self) -> None:
        """Marks the storage as healthy, so that a fault that returns is logged again."""
        self._unreachable = False
        self._refused.clear()
        self._missing = None


def served_snapshot(manifest: Manifest) -> ServedSnapshot:
    """The facts about a snapshot that metrics report."""
    latest = manifest.data_watermark
    return ServedSnapshot(
        manifest.version,
        version_time(manifest.refresh_of or manifest.version).timestamp(),
        latest.timestamp() if latest else None,
        manifest.metrics,
    )


def _recorded_builds(record: BuildRecord) -> RecordedBuilds:
    """The facts about past builds that metrics report."""
    return RecordedBuilds(
        {"build": record.counts, "refresh": record.refreshes.counts},
        {"build": record.times, "refresh": record.refreshes.times},
        record.last,
    )
