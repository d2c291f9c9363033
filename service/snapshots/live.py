"""What this pod serves from right now: one snapshot with the overlay's corrections, swapped as a whole."""

import asyncio
from dataclasses import dataclass

from adapters.snapshots import Manifest
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay
from service.http.refusals import NothingToServe


@dataclass(frozen=True, slots=True)
class Serving:
    """A consistent view; a request takes it once and keeps it until it is answered."""

    manifest: Manifest
    snapshot: Snapshot
    corrections: Corrections


class LiveSnapshot:
    """Holds the view. Replacing one reference swaps it; the old snapshot goes with its last request.

    Attributes:
        swapped: set whenever another snapshot takes over.
        polled: whether the catalog's change feed was asked since the start, be it in vain.
        feed_is_down: whether the change feed could not be read when it was last asked.
    """

    def __init__(self) -> None:
        self.swapped = asyncio.Event()
        self.polled = False
        self.feed_is_down = False
        self._serving: Serving | None = None
        self._overlay = Overlay()

    @property
    def serving(self) -> Serving:
        """The current view; raises NothingToServe before the first snapshot is loaded."""
        if self._serving is None:
            raise NothingToServe
        return self._serving

    def check(self) -> None:
        """Raises NothingToServe before the first snapshot is loaded."""
        _ = self.serving

    @property
    def loaded(self) -> Serving | None:
        """The current view, None before the first snapshot is loaded."""
        return self._serving

    @property
    def version(self) -> str | None:
        """The version that is served, None before the first."""
        return self._serving.manifest.version if self._serving else None

    @property
    def ready(self) -> Serving:
        """The current view, once it was corrected; raises NothingToServe before.

        A pod that served before its first look at the change feed would offer products that are gone.
        """
        if not self.polled:
            raise NothingToServe
        return self.serving

    def swap(self, manifest: Manifest, snapshot: Snapshot) -> None:
        """Serves another snapshot from now on, with the same overlay."""
        self._serving = Serving(manifest, snapshot, Corrections.of(self._overlay, snapshot))
        self.swapped.set()

    def correct(self, overlay: Overlay) -> None:
        """Serves another overlay from now on, with the same snapshot."""
        self._overlay = overlay
        if self._serving:
            snapshot = self._serving.snapshot
            self._serving = Serving(self._serving.manifest, snapshot, Corrections.of(overlay, snapshot))
