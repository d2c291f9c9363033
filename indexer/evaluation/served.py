"""Serves a temporary snapshot like the service does, to evaluate the API's actual recommendations."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from adapters.snapshots import Manifest, SigningKey, open_snapshot
from adapters.telemetry import SilentStages
from command_line.temporary_folders import TemporaryFolder
from indexer.factorization import Purchases
from indexer.progress import Advance
from indexer.protocol.metrics import TOP, Rankings
from indexer.protocol.tasks import Task
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import ProductRows
from recommender.arrays import Rows
from recommender.candidate_generation import ExactIndex
from recommender.entities import Filters, Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from recommender.snapshot.tables import SparseWeights

_STAGES = SilentStages()


@dataclass(frozen=True)
class ServedSnapshot:
    """A snapshot that is queried like in the service.

    Profile, pipeline and page are the same.

    Attributes:
        manifest: manifest of the snapshot.
        snapshot: the snapshot, mapped from its files.
        products: the snapshot's products.
        purchases: training purchases, which make up the profiles.
    """

    manifest: Manifest
    snapshot: Snapshot
    products: ProductRows
    purchases: Purchases

    @property
    def ids(self) -> list[str]:
        """Product ids by row of the purchases."""
        return list(self.products.row_of)

    def rank(self, task: Task, advance: Advance) -> Rankings:
        """The service's page of 20 for each shopper of the task, padded with −1.

        Products that are no candidates are excluded with the `exclude` filter, as a client would do it.
        """
        ids = self.ids
        excluded = frozenset(ids[row] for row in np.flatnonzero(~task.allowed))
        query = Query(TOP, Filters(exclude=excluded), include_purchased=task.include_purchased)
        corrections = Corrections.of(Overlay(), self.snapshot)
        rankings = np.full((len(task), TOP), -1, dtype=np.int32)
        for position, profile in enumerate(profiles_of(self.purchases, task.shoppers, ids)):
            answer = for_you(self.snapshot, corrections, profile, query, _STAGES)
            rows = [self.products.row_of[item.product_id] for item in answer.items]
            rankings[position, : len(rows)] = rows
            advance(1)
        return rankings

    def with_exact_scores(self) -> "ServedSnapshot":
        """The same snapshot, with all products as candidates and exact scores by B."""
        indexed = self.snapshot.indexed
        nothing = np.zeros((indexed, 1), dtype=np.float32)
        weights = self.snapshot.weights
        exact = replace(
            self.snapshot,
            index=ExactIndex(nothing),
            item_vectors=nothing,
            query_vectors=nothing,
            weights=SparseWeights(weights.indptr, weights.indices, weights.weights, weights.weights),
            parameters=replace(self.snapshot.parameters, nearest=1, neighbours=indexed),
        )
        return replace(self, snapshot=exact)


def profiles_of(purchases: Purchases, shoppers: Rows, ids: Sequence[str]) -> Iterator[Profile]:
    """The profile of each of `shoppers` (ascending), made up of their purchases.

    Args:
        purchases: purchases of all shoppers.
        shoppers: their numbers.
        ids: product ids by row of `purchases`.
    """
    order = np.argsort(purchases.shoppers, kind="stable")
    starts = np.searchsorted(purchases.shoppers[order], np.append(shoppers, shoppers + 1))
    for low, high in starts.reshape(2, -1).T:
        lines = order[low:high]
        bought = zip(purchases.products[lines].tolist(), purchases.times[lines].tolist(), strict=True)
        yield Profile("", tuple(Interaction(ids[row], float(at)) for row, at in bought))


@contextmanager
def serve_snapshot(assembler: Assembler, inputs: SnapshotInputs) -> Iterator[ServedSnapshot]:
    """Writes a snapshot to a temporary directory and opens it like a pod does.

    The directory is removed at the end of the context.
    """
    key = SigningKey(secrets.token_bytes(32))
    with TemporaryFolder("evaluation") as folder:
        directory = Path(folder) / ".building"
        directory.mkdir()
        replace(assembler, key=key).write(directory, inputs)
        manifest, snapshot = open_snapshot(directory, [key])
        yield ServedSnapshot(manifest, snapshot, inputs.products, inputs.purchases)
