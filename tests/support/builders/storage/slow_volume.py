"""A volume that takes its time."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.snapshots import LocalSnapshot, SigningKey, SnapshotVolume


class SlowVolume(SnapshotVolume):
    """A volume that opens no version while `ready` is not set.

    Attributes:
        ready: set at first.
        opened: versions that were asked for.
    """

    ready: threading.Event
    opened: list[str]

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        object.__setattr__(self, "ready", threading.Event())
        object.__setattr__(self, "opened", [])
        self.ready.set()

    @contextmanager
    def beside(self, version: str, keys: Sequence[SigningKey], max_seconds: float) -> Iterator[LocalSnapshot]:
        self.opened.append(version)
        assert self.ready.wait(60)
        with super().beside(version, keys, max_seconds) as local:
            yield local
