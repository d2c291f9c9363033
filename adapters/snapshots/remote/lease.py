"""A lock in object storage, which a killed holder loses after a while.

The lock is an object that its holder writes again while it works. All writes are conditional, so that only one of
several writers gets it.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from adapters.snapshots.errors import SnapshotError, SnapshotLocked
from adapters.snapshots.remote.bucket import Bucket, StoredObject

_NAME = ".lock"
_MAX_BYTES = 1_000
_POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lock that is held.

    Attributes:
        bucket: where the lock is.
        owner: random name of this holder.
    """

    bucket: Bucket
    owner: bytes

    def take(self, before: StoredObject | None) -> bool:
        """Writes the lock in place of `before`, and returns whether it is held.

        The answer to a write may be lost. A repeated write then finds what the first one wrote, which is this lock. One
        that is not repeated leaves no lock behind, which nobody would hold.
        """
        try:
            return self.bucket.write_if(_NAME, self.owner, before) or self._read() is not None
        except SnapshotError:
            with suppress(SnapshotError):  # it expires
                self.release()
            raise

    def check(self) -> None:
        """Raises SnapshotLocked if another writer took the lock."""
        held = self._read()
        if held is None:
            raise SnapshotLocked(f"the lock of {self.bucket.url} was lost: another indexer may be writing")

    def renew(self) -> None:
        """Writes the lock again, if it is still held."""
        held = self._read()
        if held is not None:
            self.bucket.write_if(_NAME, self.owner, held)

    def release(self) -> None:
        """Deletes the lock, if it is still held."""
        if self._read() is not None:
            self.bucket.delete([_NAME])

    def _read(self) -> StoredObject | None:
        found = self.bucket.read(_NAME, _MAX_BYTES)
        return found[1] if found is not None and found[0] == self.owner else None


@contextmanager
def leased(bucket: Bucket, patience_seconds: float, lease_seconds: float) -> Iterator[Lease]:
    """Holds the lock of a bucket.

    Args:
        bucket: to lock.
        patience_seconds: time for which to wait for another holder.
        lease_seconds: time since its last write after which a lock is free, well above the difference of clocks.

    Raises:
        SnapshotLocked: another writer holds the lock.
        SnapshotUnreachable: the storage does not answer.
    """
    lease = Lease(bucket, secrets.token_hex(16).encode())
    _acquire(lease, patience_seconds, lease_seconds)
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(lease, ended, lease_seconds / 5), daemon=True)
    renewal.start()
    try:
        yield lease
    finally:
        ended.set()
        renewal.join()
        with suppress(SnapshotError):  # it expires
            lease.release()


def _renew(lease: Lease, ended: threading.Event, seconds: float) -> None:
    while not ended.wait(max(seconds, 1.0)):
        with suppress(SnapshotError):  # the next attempt may succeed, and `check` tells the holder
            lease.renew()


def _acquire(lease: Lease, patience_seconds: float, lease_seconds: float) -> None:
    bucket, waiting, deadline = lease.bucket, False, time.monotonic() + patience_seconds
    while True:
        found = bucket.read(_NAME, _MAX_BYTES)
        held = found[1] if found else None
        age = (datetime.now(UTC) - held.modified).total_seconds() if held else lease_seconds
        if age >= lease_seconds and lease.take(held):
            return
        if time.monotonic() >= deadline:
            raise SnapshotLocked(
                f"another indexer is writing to {bucket.url}: wait until it ends, or stop it. The lock of one that was"
                f" killed ends after {lease_seconds:.0f} s"
            )
        if not waiting:
            waiting = True
            structlog.get_logger("adapters.snapshots").info(
                "waiting for another indexer to end", root=bucket.url, at_most_seconds=patience_seconds
            )
        # Object storage tells nobody that an object is gone.
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
