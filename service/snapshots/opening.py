"""Opens snapshots for answers."""

from collections.abc import Sequence

from adapters.snapshots import (
    LocalSnapshot,
    Manifest,
    SigningKey,
    SnapshotError,
    SnapshotRejected,
    open_snapshot,
)
from adapters.telemetry.stages import SilentStages
from recommender.entities import Query
from recommender.scenarios.popular import popular
from recommender.scenarios.similar import similar
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay

_WARM_UP_PRODUCTS = 64


def open_warm(local: LocalSnapshot, keys: Sequence[SigningKey]) -> tuple[Manifest, Snapshot]:
    """Opens a snapshot, and answers sample requests so that later ones are fast.

    Raises:
        SnapshotError: the snapshot cannot be served, for whatever reason.
    """
    try:
        manifest, snapshot = open_snapshot(local.directory, keys, local.checked)
        _warm_up(snapshot)
    except SnapshotError:
        raise
    except Exception as error:
        raise SnapshotRejected(f"snapshot {local.directory.name} cannot be served: {error!r}") from error
    return manifest, snapshot


def _warm_up(snapshot: Snapshot) -> None:
    """Reads the files once, so that no request waits for the disk.

    Rows are sorted by category here, and not by the first request with a filter.
    """
    corrections = Corrections.of(Overlay(), snapshot)
    stages = SilentStages()
    popular(snapshot, corrections, Query(limit=10), stages)
    _ = snapshot.rows_by_category
    for row in range(min(_WARM_UP_PRODUCTS, snapshot.products)):
        similar(snapshot, corrections, row, Query(limit=10), stages)
