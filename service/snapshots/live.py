"""Snapshot and overlay that this pod serves, swapped as a whole."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from adapters.snapshots import Manifest
from recommender.pages.kept_states import KeptStates
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Overlay
from service.http.problems import NothingToServe


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Serving:
    """Consistent view of snapshot and overlay. A request takes it once and keeps it.

    Attributes:
        states: what was computed from the snapshot and a profile. It goes with either of them.
    """

    manifest: Manifest
    snapshot: Snapshot
    corrections: Corrections
    states: WeakKeyDictionary[object, KeptStates] = field(default_factory=WeakKeyDictionary)

    def states_of(self, loaded: object) -> KeptStates:
        """The states of a profile, which are kept as long as this object."""
        states = self.states.get(loaded)
        if states is None:
            states = self.states[loaded] = KeptStates()
        return states

    def unknown(self, product_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of `product_ids` that neither snapshot nor overlay has, or that were deleted.

        Each once, in order.
        """
        missing = self.corrections.missing(product_ids, ResolvedIds(self.snapshot.lookup))
        return tuple(each for each in missing if each not in self.corrections.additions.by_id)

    def document(self, product_id: str) -> bytes:
        """The newest description of a product as JSON: the overlay's, else the snapshot's."""
        snapshot = self.snapshot
        newer = self.corrections.overlay.document(product_id)
        return newer or snapshot.documents.raw(snapshot.lookup.row(product_id))

    def corrected(self, corrections: Corrections) -> "Serving":
        """The same snapshot with newer corrections."""
        return replace(self, corrections=corrections)


class LiveSnapshot:
    """Holds the current view and swaps it by replacing one reference.

    An old snapshot is released with its last request.

    Attributes:
        swapped: set whenever another snapshot becomes live.
        polled: true once the change feed was polled, successfully or not.
        feed_is_down: true if the last poll of the change feed failed.
        none_published: true if the volume was read, and no snapshot was ever published on it.
    """

    def __init__(self, serving: Serving | None = None) -> None:
        """Begins with `serving`, or without a snapshot."""
        self.swapped = asyncio.Event()
        self.polled = False
        self.feed_is_down = False
        self.none_published = False
        self._serving = serving
        self._overlay = serving.corrections.overlay if serving else Overlay()

    @property
    def serving(self) -> Serving:
        """Current view.

        Raises:
            NothingToServe: no snapshot is loaded yet.
        """
        if self._serving is None:
            raise NothingToServe
        return self._serving

    def check(self) -> None:
        """Raises NothingToServe if no snapshot is loaded yet."""
        _ = self.serving

    @property
    def loaded(self) -> Serving | None:
        """Current view, or None if no snapshot is loaded yet."""
        return self._serving

    @property
    def version(self) -> str | None:
        """Version of the live snapshot, or None if none is loaded yet."""
        return self._serving.manifest.version if self._serving else None

    @property
    def ready(self) -> Serving:
        """Current view, once the change feed was polled.

        A pod that served before its first poll would recommend products that are gone.

        Raises:
            NothingToServe: no snapshot is loaded yet, or the change feed was not polled yet.
        """
        if not self.polled:
            raise NothingToServe
        return self.serving

    def swap(self, manifest: Manifest, snapshot: Snapshot) -> None:
        """Replaces the snapshot and keeps the overlay."""
        self._serving = Serving(manifest, snapshot, Corrections.of(self._overlay, snapshot))
        self.swapped.set()

    async def load(self, manifest: Manifest, snapshot: Snapshot) -> None:
        """Replaces the snapshot as `swap` does, without stopping the event loop.

        The rows of the overlay, which may be large, are looked up in a thread.
        """
        overlay = self._overlay
        corrections = await asyncio.to_thread(Corrections.of, overlay, snapshot)
        if overlay is not self._overlay:
            self.swap(manifest, snapshot)
            return
        self._serving = Serving(manifest, snapshot, corrections)
        self.swapped.set()

    async def refresh_overlay(self, overlay: Overlay) -> None:
        """Replaces the overlay as `apply_overlay` does, without stopping the event loop.

        Its rows are looked up in a thread, because it may be large.
        """
        serving = self._serving
        if serving is None:
            self._overlay = overlay
            return
        corrections = await asyncio.to_thread(Corrections.of, overlay, serving.snapshot)
        if serving is not self._serving:
            self.apply_overlay(overlay)
            return
        self._overlay = overlay
        self._serving = serving.corrected(corrections)

    def apply_overlay(self, overlay: Overlay) -> None:
        """Replaces the overlay and keeps the snapshot."""
        self._overlay = overlay
        if self._serving:
            self._serving = self._serving.corrected(Corrections.of(overlay, self._serving.snapshot))
