"""Temporary folders that outlive no killed process for long."""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "recommender-"
_YOUNG_SECONDS = 60.0
"""A folder exists for a moment before its process locks it."""


class TemporaryFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder, locked by its process.

    A process that is killed, as for want of memory, leaves its folder behind. The next one with a folder for the same
    purpose removes it, before repeated failures fill the disk.

    Args:
        purpose: part of the folder's name.
    """

    def __init__(self, purpose: str) -> None:
        prefix = f"{_PREFIX}{purpose}-"
        _remove_abandoned(prefix)
        super().__init__(prefix=prefix, ignore_cleanup_errors=True)
        self._lock = os.open(self.name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(OSError):  # Some file systems have no locks. Nobody removes an abandoned folder there.
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def cleanup(self) -> None:
        """Removes the folder. Removing it again has no effect."""
        super().cleanup()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _remove_abandoned(prefix: str) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            found = folder.lstat()
            is_own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
            if is_own and time.time() - found.st_mtime > _YOUNG_SECONDS:
                _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    """Removes a folder.

    Raises:
        OSError: a process has locked it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
