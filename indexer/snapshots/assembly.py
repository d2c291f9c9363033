"""Writes the trained model as a signed snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from adapters.snapshots import Manifest, SigningKey
from adapters.snapshots.annoy_index import METRIC, AnnoyItemIndex
from adapters.snapshots.layout import INDEX
from adapters.snapshots.manifest import FORMAT_VERSION, Counts, EmbeddingModel
from adapters.snapshots.volume import new_version
from adapters.snapshots.writer import checksums, save_annoy, write_arrays, write_manifest
from indexer import progress
from indexer.factorization import Factors, Purchases
from indexer.snapshots import SAMPLE_SIZE, ChosenSearch, SampledQuery, build_index, choose_search_k
from indexer.snapshots.arrays import snapshot_arrays
from indexer.sources import ProductRows
from indexer.statistics.bought_together import bought_together
from indexer.statistics.demand import Demand
from indexer.statistics.popularity import popularity
from indexer.training.train import TrainedModel
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


@dataclass(frozen=True, slots=True)
class SnapshotInputs:
    """Inputs of a snapshot.

    Attributes:
        products, purchases: catalog data.
        trained: the trained model.
        model: the text encoder.
        read_at: time when reading the catalog began.
        metrics: offline metrics, by name.
    """

    products: ProductRows
    purchases: Purchases
    trained: TrainedModel
    model: EmbeddingModel
    read_at: datetime
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Assembler:
    """Writes snapshots.

    Attributes:
        key: signs the snapshots.
        serving: serving parameters. Half-life and search_k are filled in.
        stages: observes every stage.
        clock: current time, with time zone.
    """

    key: SigningKey
    serving: ServingParameters
    stages: StageObserver
    clock: Callable[[], datetime]

    def write(self, directory: Path, inputs: SnapshotInputs) -> Manifest:
        """Writes all files of a snapshot into `directory`. The signed manifest is written last.

        Raises:
            adapters.snapshots.SnapshotNotWritable: the volume is full or read-only.
        """
        products, purchases, trained = inputs.products, inputs.purchases, inputs.trained
        popular = popularity(purchases, len(products), self.serving.popularity_days)
        demand = Demand.of(purchases, len(products))
        with self.stages.stage("bought_together"):
            complements = bought_together(purchases, len(products))
        arrays = snapshot_arrays(products, popular, demand, complements, trained.factors)
        with self.stages.stage("write"):
            write_arrays(directory, arrays)
        with self.stages.stage("index"):
            search = self._indexed(directory, trained)
        manifest = self._manifest(
            directory, _counts(products, purchases, trained.factors, arrays), inputs, search
        )
        write_manifest(directory, manifest, self.key)
        return manifest

    def _indexed(self, directory: Path, trained: TrainedModel) -> ChosenSearch:
        """Builds the item index and chooses the cheapest sufficient search, or the best one."""
        vectors = trained.factors.item_vectors
        with progress.stage("Building the index", len(vectors), "products") as advance:
            save_annoy(build_index(vectors, trained.recipe.seed, advance), directory / INDEX)
        index = AnnoyItemIndex(directory / INDEX, vectors.shape[1])
        queries = self._sampled_queries(trained.factors, trained.matrix, trained.recipe.seed)
        with progress.stage("Measuring the index", len(queries), "shoppers") as advance:
            return choose_search_k(index, vectors, queries, advance)

    def _sampled_queries(self, factors: Factors, matrix: csr_array, seed: int) -> list[SampledQuery]:
        """Query vectors of some shoppers with indexed products, without recency weights."""
        histories = matrix[:, factors.order[: len(factors.item_vectors)]].tocsr()
        shoppers = np.flatnonzero(np.diff(histories.indptr))
        generator = np.random.default_rng(seed)
        sample = np.sort(generator.choice(shoppers, size=min(SAMPLE_SIZE, len(shoppers)), replace=False))
        lengths = np.diff(histories.indptr)[sample]
        return [
            SampledQuery(vector / np.sqrt(length), self.serving.nearest + int(length))
            for vector, length in zip(histories[sample] @ factors.query_vectors, lengths, strict=True)
        ]

    def _manifest(
        self, directory: Path, counts: Counts, inputs: SnapshotInputs, search: ChosenSearch
    ) -> Manifest:
        created = self.clock()
        files = checksums(directory)
        trained = inputs.trained
        half_life_days = trained.choices.half_life_days
        serving = replace(self.serving, search_k=search.search_k, half_life_days=half_life_days)
        return Manifest(
            version=new_version(created, "".join(sorted(file.checksum for file in files.values()))),
            created=created,
            format_version=FORMAT_VERSION,
            dims=trained.factors.item_vectors.shape[1],
            metric=METRIC,
            counts=counts,
            serving=asdict(serving),
            recipe=asdict(trained.recipe) | {"ridge_used": trained.factors.ridge},
            model=inputs.model,
            catalog_read_at=inputs.read_at,
            data_watermark=_watermark(inputs.purchases),
            metrics={"ann_recall_at_20": round(search.recall, 4), **inputs.metrics},
            files=files,
        )


def _counts(
    products: ProductRows, purchases: Purchases, factors: Factors, arrays: dict[str, NDArray[np.generic]]
) -> Counts:
    return Counts(
        products=len(products),
        indexed=len(factors.item_vectors),
        cold=len(factors.item_vectors) - factors.warm,
        shoppers=purchases.shopper_count,
        purchases=len(purchases),
        weights=len(factors.residuals),
        categories=len(arrays["categories_offsets"]) - 1,
        brands=len(arrays["brands_offsets"]) - 1,
        complements=len(arrays["complements_rows"]),
    )


def _watermark(purchases: Purchases) -> datetime | None:
    """Time of the latest purchase, or None."""
    return datetime.fromtimestamp(int(purchases.times.max()), UTC) if len(purchases) else None
