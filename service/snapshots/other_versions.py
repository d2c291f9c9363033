"""Published versions that are opened beside the live one, for comparisons in the console."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.snapshots import Manifest, SigningKey, SnapshotStorage
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from service.http.problems import ProblemException
from service.snapshots.live import LiveSnapshot, Serving
from service.snapshots.opening import open_warm

MAX_OPEN = 2
FETCH_SECONDS = 300.0
_Opened = tuple[Manifest, Snapshot]


class SnapshotOpening(ProblemException):
    """A version that is still fetched or verified. A later call finds it open."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            503, "snapshot-opening", "Snapshot is being opened", reason, headers={"retry-after": "3"}
        )


@dataclass(slots=True)
class _Opening:
    task: asyncio.Task[_Opened]
    used_at: float


@dataclass(slots=True)
class OtherVersions:
    """Opens published versions beside the live one.

    A version is verified as the live one is, in a thread that goes on when its caller gives up. At most `MAX_OPEN` are
    mapped, each until nobody needed it for a while.

    Attributes:
        storage: where snapshots are published.
        keys: accepted signing keys.
        live: the snapshot of this pod.
        wait_seconds: time for which a call waits.
        kept_seconds: time for which a version stays open after a call.
    """

    storage: SnapshotStorage
    keys: Sequence[SigningKey]
    live: LiveSnapshot
    wait_seconds: float = 3.0
    kept_seconds: float = 30.0
    _openings: dict[str, _Opening] = field(default_factory=dict)

    async def serving(self, version: str) -> Serving:
        """A view of `version` with the prices and stock of now.

        Raises:
            NothingToServe: this pod has no live snapshot yet.
            SnapshotOpening: it takes longer than `wait_seconds`, or others are being opened.
            SnapshotError: it is not published, cannot be used or cannot be fetched.
        """
        live = self.live.serving
        if version == live.manifest.version:
            return live
        task = self._task(version)
        try:
            async with asyncio.timeout(self.wait_seconds):
                manifest, snapshot = await asyncio.shield(task)
        except TimeoutError:
            raise SnapshotOpening(
                f"Snapshot {version} is still being fetched and verified. Ask again in a few seconds."
            ) from None
        corrections = await asyncio.to_thread(Corrections.of, live.corrections.overlay, snapshot)
        return Serving(manifest, snapshot, corrections)

    def _task(self, version: str) -> asyncio.Task[_Opened]:
        """The task that opens `version`, which may have ended."""
        opening = self._openings.get(version)
        if opening is None:
            self._make_room()
            task = asyncio.create_task(asyncio.to_thread(self._open, version))
            task.add_done_callback(lambda done: self._end(version, done))
            opening = self._openings[version] = _Opening(task, 0.0)
        opening.used_at = time.monotonic()
        return opening.task

    def _open(self, version: str) -> _Opened:
        with self.storage.beside(version, self.keys, FETCH_SECONDS) as local:
            return open_warm(local, self.keys)

    def _make_room(self) -> None:
        """Releases the least recently used version, if there are `MAX_OPEN`."""
        if len(self._openings) < MAX_OPEN:
            return
        ended = [name for name, opening in self._openings.items() if opening.task.done()]
        if not ended:
            raise SnapshotOpening("Other snapshots are still being fetched and verified. Ask again shortly.")
        del self._openings[min(ended, key=lambda name: self._openings[name].used_at)]

    def _end(self, version: str, task: asyncio.Task[_Opened]) -> None:
        """Keeps an open version for a while.

        Forgets one that could not be opened.
        """
        if task.cancelled() or task.exception() is not None:
            self._openings.pop(version, None)
        else:
            self._release(version)

    def _release(self, version: str) -> None:
        """Releases a version that is not needed any more, or looks again later."""
        opening = self._openings.get(version)
        if opening is None:
            return
        left = opening.used_at + self.kept_seconds - time.monotonic()
        if left <= 0:
            del self._openings[version]
        else:
            asyncio.get_running_loop().call_later(left, self._release, version)
