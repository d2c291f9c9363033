"""Errors of snapshots. The package's docstring shows the hierarchy."""


class SnapshotError(Exception):
    """Base of all errors of snapshots. The message names the path."""


class SnapshotNotFound(SnapshotError):
    """No snapshot is published, or the version does not exist."""


class SnapshotRejected(SnapshotError):
    """The snapshot is unsigned, altered, incomplete or in an unsupported format."""


class SnapshotUnreachable(SnapshotError):
    """The object storage cannot be reached, or refuses access."""


class SnapshotNotWritable(SnapshotError):
    """The storage is full, read-only or locked by another build."""


class SnapshotLocked(SnapshotNotWritable):
    """Another indexer is writing to the same storage."""
