"""Immutable snapshots on a shared volume or in object storage.

A snapshot is written once, verified, published atomically and memory-mapped by readers.

Errors:

    SnapshotError
    ├── SnapshotNotFound      no published snapshot, or unknown version
    ├── SnapshotRejected      unsigned, altered, incomplete or in another format. It is never loaded
    ├── SnapshotUnreachable   object storage that does not answer, or refuses access
    └── SnapshotNotWritable   full or read-only storage
        └── SnapshotLocked    another indexer is writing to it
"""

from adapters.snapshots.build_history import BuildHistory, BuildRecord, RunKind, RunOutcome
from adapters.snapshots.errors import (
    SnapshotError,
    SnapshotLocked,
    SnapshotNotFound,
    SnapshotNotWritable,
    SnapshotRejected,
    SnapshotUnreachable,
)
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.reader import map_arrays, open_snapshot
from adapters.snapshots.remote.bucket_urls import bucket_url, open_storage
from adapters.snapshots.rollback import Rollback, build_of, roll_back
from adapters.snapshots.signing import SigningKey, UnusableKey, load_key
from adapters.snapshots.storage import LocalSnapshot, SnapshotStorage
from adapters.snapshots.verification import read_manifest, verify_snapshot
from adapters.snapshots.versions import is_version, new_version
from adapters.snapshots.volume import SnapshotVolume

__all__ = [
    "BuildHistory",
    "BuildRecord",
    "LocalSnapshot",
    "Manifest",
    "Rollback",
    "RunKind",
    "RunOutcome",
    "SigningKey",
    "SnapshotError",
    "SnapshotLocked",
    "SnapshotNotFound",
    "SnapshotNotWritable",
    "SnapshotRejected",
    "SnapshotStorage",
    "SnapshotUnreachable",
    "SnapshotVolume",
    "UnusableKey",
    "bucket_url",
    "build_of",
    "is_version",
    "load_key",
    "map_arrays",
    "new_version",
    "open_snapshot",
    "open_storage",
    "read_manifest",
    "roll_back",
    "verify_snapshot",
]
