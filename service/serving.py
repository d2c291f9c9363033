"""What this pod serves from right now: one snapshot with the overlay's corrections, swapped as a whole."""

from dataclasses import dataclass

from adapters.snapshots import Manifest
from recommender.overlay import Corrections, Overlay
from recommender.snapshot import Snapshot
from service.refusals import NothingToServe


@dataclass(frozen=True, slots=True)
class Serving:
    """A consistent view; a request takes it once and keeps it until it is answered."""

    manifest: Manifest
    snapshot: Snapshot
    corrections: Corrections


class LiveSnapshot:
    """Holds the view. Replacing one reference swaps it; the old snapshot goes with its last request."""

    def __init__(self) -> None:
        self._serving: Serving | None = None
        self._overlay = Overlay()

    @property
    def serving(self) -> Serving:
        """The current view; raises NothingToServe before the first snapshot is loaded."""
        if self._serving is None:
            raise NothingToServe
        return self._serving

    @property
    def version(self) -> str | None:
        """The version that is served, None before the first."""
        return self._serving.manifest.version if self._serving else None

    @property
    def manifest(self) -> Manifest | None:
        """The manifest that is served, None before the first."""
        return self._serving.manifest if self._serving else None

    def swap(self, manifest: Manifest, snapshot: Snapshot) -> None:
        """Serves another snapshot from now on, with the same overlay."""
        self._serving = Serving(manifest, snapshot, Corrections.of(self._overlay, snapshot))

    def correct(self, overlay: Overlay) -> None:
        """Serves another overlay from now on, with the same snapshot."""
        self._overlay = overlay
        if self._serving:
            snapshot = self._serving.snapshot
            self._serving = Serving(self._serving.manifest, snapshot, Corrections.of(overlay, snapshot))
