"""One refresh, from the live snapshot and the catalog's changes to a published snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.snapshots import (
    Manifest,
    SigningKey,
    SnapshotStorage,
    build_of,
    map_arrays,
    open_snapshot,
)
from adapters.snapshots.layout import ARRAYS
from adapters.snapshots.reader import snapshot_from_arrays
from adapters.snapshots.versions import version_of
from adapters.snapshots.writer import checksums, write_arrays, write_manifest
from indexer import progress
from indexer.build.pipeline import EmptyCatalog
from indexer.build.quality_gate import QualityGateFailed, find_violations, lost_records
from indexer.build.refresh.alternatives import alternatives_of_placed
from indexer.build.refresh.changes import ChangedProducts, ChangeFeed, read_changes
from indexer.build.refresh.placement import place, to_place
from indexer.build.refresh.statistics import carried_alternatives, carried_statistics, refreshed_data
from indexer.embedding import Embedder
from indexer.factorization.content import Content
from indexer.factorization.learned_rows import LearnedRows
from indexer.snapshots import ChosenSearch, Search, choose_search, counts_of, write_index
from indexer.snapshots.arrays import complete, product_arrays
from indexer.sources import CatalogReading
from indexer.statistics.catalog_map import refreshed_map
from recommender.ports import StageObserver
from recommender.profiles import single_product
from recommender.snapshot import Snapshot

CLOCK_MARGIN = timedelta(minutes=5)
"""Tolerated difference between the clocks of catalog and indexer, as in the service's overlay."""

MEASURED_PRODUCTS = 100
"""Products whose similar ones are measured, to check the index."""

KEPT_REFRESHES = timedelta(hours=1)
"""Age at which a refreshed snapshot that is no longer live is deleted. Pods follow the live one within seconds."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """Refreshes the live snapshot.

    Attributes:
        catalog: source of changed products.
        storage: where snapshots are published.
        embedder: embeds new texts.
        key: signs the snapshots.
        stages: observes every stage.
        clock: current time, with time zone.
        reading: receives the reports of the catalog's client.
    """

    catalog: ChangeFeed
    storage: SnapshotStorage
    embedder: Embedder
    key: SigningKey
    stages: StageObserver
    clock: Callable[[], datetime]
    reading: CatalogReading = field(default_factory=CatalogReading)

    async def refresh(self) -> Manifest | None:
        """Publishes the live snapshot with the products of now.

        Returns None if the overlay of the service covers all changes.

        Raises:
            adapters.snapshots.SnapshotLocked: a build or another refresh is running.
            adapters.snapshots.SnapshotError: there is no live snapshot, or the storage cannot be written.
            EmptyCatalog: no products are left.
            QualityGateFailed: pages lose too much to the index, or most products are gone.
            adapters.catalog.CatalogError: the catalog cannot be read.
        """
        with self.storage.locked(wait=False):
            local = self.storage.local(self.storage.current(), [self.key])
            manifest, live = open_snapshot(local.directory, [self.key], local.checked)
            with self.stages.stage("read"):
                read_at = self.clock()
                changes = await read_changes(self.catalog, live, manifest.catalog_read_at - CLOCK_MARGIN)
            if not len(changes.products):
                raise EmptyCatalog("the catalog has no products")
            if not changes.is_worthwhile():
                return None
            # Products that come back would have lost what was learned of them, and a build its size to compare with.
            left = msgspec.structs.replace(manifest.counts, products=len(changes.products))
            if violations := lost_records(left, manifest.counts):
                raise QualityGateFailed(violations)
            horizon = min(read_at, self.reading.answered_at or read_at)
            refreshed = self._publish(manifest, live, map_arrays(local.directory, manifest), changes, horizon)
            self.storage.delete(refreshed_versions(self.storage, self.key), KEPT_REFRESHES, self.clock())
        structlog.get_logger("indexer").info(
            "snapshot refreshed",
            version=refreshed.version,
            refresh_of=refreshed.refresh_of,
            added=changes.added,
            removed=changes.removed,
            rewritten=int(changes.rewritten.sum()),
        )
        return refreshed

    def _publish(
        self,
        before: Manifest,
        live: Snapshot,
        live_arrays: dict[str, NDArray[np.generic]],
        changes: ChangedProducts,
        read_at: datetime,
    ) -> Manifest:
        learned, arrays = self._arrays(before, live, live_arrays, changes)
        with self.storage.building() as directory:
            with self.stages.stage("write"):
                write_arrays(directory, arrays)
            with self.stages.stage("index"):
                search = self._indexed(directory, before, live, learned, arrays)
            violations = find_violations(search.loss, None, None, 0.0)
            if violations:
                raise QualityGateFailed(violations)
            created, files = self.clock(), checksums(directory)
            manifest = msgspec.structs.replace(
                _refreshed(before, arrays, learned.warm, search),
                version=version_of(created, files),
                created=created,
                catalog_read_at=read_at,
                files=files,
                data=refreshed_data(before.data, changes.products, arrays["buyers"]),
            )
            write_manifest(directory, manifest, self.key)
            with self.stages.stage("verify"):
                open_snapshot(directory, [self.key])
            self.storage.publish(directory, manifest.version)
        return manifest

    def _arrays(
        self,
        before: Manifest,
        live: Snapshot,
        live_arrays: dict[str, NDArray[np.generic]],
        changes: ChangedProducts,
    ) -> tuple[LearnedRows, dict[str, NDArray[np.generic]]]:
        """All arrays of the refreshed snapshot, and what of them was learned from purchases."""
        content = self._content(live, changes)
        text_weight = float(before.recipe.get("cold_text_weight") or 0)
        learned = place(live, changes, content, text_weight)
        old_rows = changes.old_rows[learned.order]
        placed = np.flatnonzero(np.isin(learned.order, to_place(live, changes))).astype(np.int32)
        alternatives = alternatives_of_placed(changes, content, learned, placed)
        arrays = (
            product_arrays(changes.products, learned.order)
            | carried_statistics(live_arrays, old_rows, live.products)
            | carried_alternatives(live_arrays, old_rows, live.products, placed, alternatives)
            | learned.arrays()
        )
        arrays |= refreshed_map(live_arrays, arrays, old_rows, placed, int(before.recipe["seed"]))
        return learned, complete(arrays, unknown=ARRAYS.keys() - live_arrays.keys())

    def _content(self, live: Snapshot, changes: ChangedProducts) -> Content | None:
        """Content embeddings of all products, None if nothing has to be placed."""
        if not len(to_place(live, changes)):
            return None
        products = changes.products
        with self.stages.stage("embed"):
            embeddings, _ = self.embedder.embed(list(products.texts))
        return Content.of(embeddings, products.text_numbers)

    def _indexed(
        self,
        directory: Path,
        before: Manifest,
        live: Snapshot,
        learned: LearnedRows,
        arrays: dict[str, NDArray[np.generic]],
    ) -> ChosenSearch:
        """Builds the item index, and chooses how far single products search it."""
        vectors, seed = learned.item_vectors, int(before.recipe["seed"])
        index = write_index(directory, vectors, seed)
        snapshot = snapshot_from_arrays("", live.parameters, index, learned.warm, arrays)
        rows = np.random.default_rng(seed).permutation(len(vectors))[:MEASURED_PRODUCTS]
        short = [single_product(int(row)) for row in rows]
        with progress.stage("Measuring the index", len(short), "histories") as advance:
            found = choose_search(snapshot, [], short, advance)
        # Histories of shoppers are not read: their search is that of the build.
        parameters = live.parameters
        return replace(found, long=Search(parameters.search_k, parameters.second_neighbours))


def _refreshed(
    before: Manifest, arrays: Mapping[str, NDArray[np.generic]], warm: int, search: ChosenSearch
) -> Manifest:
    """The manifest of the live snapshot with what a refresh changes in its content."""
    trained_on = before.counts
    return msgspec.structs.replace(
        before,
        refresh_of=before.refresh_of or before.version,
        counts=counts_of(arrays, warm=warm, shoppers=trained_on.shoppers, purchases=trained_on.purchases),
        serving=before.serving | search.of_short_histories(),
        metrics=before.metrics | {"page_loss": round(search.loss, 5)},
    )


def refreshed_versions(storage: SnapshotStorage, key: SigningKey) -> list[str]:
    """Published snapshots that are refreshes of a build, oldest first."""
    return [version for version in storage.versions() if build_of(storage, [key], version) != version]
