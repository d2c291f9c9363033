"""What can go wrong with snapshots; the tree is drawn in the package's docstring."""


class SnapshotError(Exception):
    """Any failure to find, read or write a snapshot; the message names the path."""


class SnapshotNotFound(SnapshotError):
    """Nothing is published yet, or the version does not exist."""


class SnapshotRejected(SnapshotError):
    """The snapshot is unsigned, altered, incomplete or of a format that this code does not read."""


class SnapshotNotWritable(SnapshotError):
    """The volume refuses to be written: full, read-only, or another build holds it."""
