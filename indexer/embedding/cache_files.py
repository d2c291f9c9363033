"""Files of the embedding cache."""

import os
import socket
from pathlib import Path

UNFINISHED = ".part"


class CacheNotWritable(Exception):
    """The volume of the embedding cache is full or read-only.

    The message names the path.
    """


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file atomically. It is durable when this returns.

    Raises:
        CacheNotWritable: the volume is full or read-only. No partial file remains.
    """
    # The host name is needed because processes of different pods may share a process id.
    temporary = path.with_suffix(f".{socket.gethostname()}-{os.getpid()}{UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CacheNotWritable(
            f"{path} in the embedding cache cannot be written: {error.strerror}"
        ) from error
