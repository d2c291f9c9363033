"""Snapshots on a shared volume: written once, verified, published atomically, memory-mapped by readers.

Errors:

    SnapshotError
    ├── SnapshotNotFound      no snapshot is published, or no such version
    ├── SnapshotRejected      unsigned, altered, incomplete or of another format; never loaded
    └── SnapshotNotWritable   the volume is full, read-only or busy
"""

from adapters.snapshots.errors import SnapshotError, SnapshotNotFound, SnapshotNotWritable, SnapshotRejected
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.reader import open_snapshot, read_manifest, verify_snapshot
from adapters.snapshots.signing import SigningKey, load_key
from adapters.snapshots.volume import SnapshotVolume

__all__ = [
    "Manifest",
    "SigningKey",
    "SnapshotError",
    "SnapshotNotFound",
    "SnapshotNotWritable",
    "SnapshotRejected",
    "SnapshotVolume",
    "load_key",
    "open_snapshot",
    "read_manifest",
    "verify_snapshot",
]
