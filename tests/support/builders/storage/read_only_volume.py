"""A volume that this process may not write, as that of a pod."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.snapshots import SnapshotVolume

_NOBODY = 65534


class ReadOnlyVolume(SnapshotVolume):
    """A volume of another user, which may be read.

    The folder has to be reachable for everybody.
    """

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[None]:
        """Locks it as a user without rights."""
        writable = [path for path in (self.root, *self.root.iterdir()) if not path.is_symlink()]
        modes = {path: path.stat().st_mode for path in writable}
        libc = ctypes.CDLL(None)
        for path, mode in modes.items():
            path.chmod(mode & 0o555)  # Who is not root stays the owner.
        before = libc.setfsuid(_NOBODY)  # Of this thread alone. Root stays root with its files otherwise.
        try:
            with super().locked(wait=wait):
                yield
        finally:
            libc.setfsuid(before)
            for path, mode in modes.items():
                path.chmod(mode)
