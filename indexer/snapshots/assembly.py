"""Writes the trained model as a signed snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots import Manifest, SigningKey
from adapters.snapshots.annoy_index import METRIC
from adapters.snapshots.manifest import FORMAT_VERSION, EmbeddingModel
from adapters.snapshots.reader import snapshot_from_arrays
from adapters.snapshots.shop_data import Load, ShopData
from adapters.snapshots.versions import version_of
from adapters.snapshots.writer import checksums, write_arrays, write_manifest
from indexer import progress
from indexer.factorization import Purchases
from indexer.snapshots import SAMPLE_SIZE, ChosenSearch, choose_search, counts_of, write_index
from indexer.snapshots.arrays import Statistics, category_codes, complete, snapshot_arrays
from indexer.snapshots.histories import sample_histories
from indexer.sources import LeftOutRecords, ProductRows
from indexer.statistics.alternatives import TEXT_WEIGHT, AlternativeInputs, find_alternatives
from indexer.statistics.bought_together import DEFAULT_ORDER, bought_together
from indexer.statistics.catalog_map import map_arrays
from indexer.statistics.companions import companions_of
from indexer.statistics.demand import Demand, are_bought_once, weekly_purchases
from indexer.statistics.popularity import popularity
from indexer.statistics.purchase_data import purchase_data
from indexer.training.page_rules import without_rules
from indexer.training.train import TrainedModel
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


@dataclass(frozen=True, slots=True)
class SnapshotInputs:
    """Inputs of a snapshot.

    Attributes:
        products, purchases: catalog data.
        guests: purchases of guests, which count for popularity, demand and complements.
        trained: the trained model.
        model: the text encoder.
        read_at: time when reading the catalog began.
        metrics: offline metrics, by name.
        choice: how the parameters were chosen, for the manifest's recipe.
        left_out: records of the catalog that were left out.
        loads: the catalog's latest loads of files.
    """

    products: ProductRows
    purchases: Purchases
    trained: TrainedModel
    model: EmbeddingModel
    read_at: datetime
    metrics: Mapping[str, float]
    guests: Purchases | None = None
    choice: Mapping[str, Any] = field(default_factory=dict)
    left_out: LeftOutRecords = field(default_factory=LeftOutRecords)
    loads: tuple[Load, ...] = ()

    @property
    def purchases_of_all(self) -> Purchases:
        """Purchases of shoppers and guests."""
        return self.purchases if self.guests is None else self.purchases.with_guests(self.guests)


@dataclass(frozen=True, slots=True)
class Assembler:
    """Writes snapshots.

    Attributes:
        key: signs the snapshots.
        serving: serving parameters. Half-life and the search of the index are filled in.
        stages: observes every stage.
        clock: current time, with time zone.
        measured: number of histories of each kind that the index is measured with.
    """

    key: SigningKey
    serving: ServingParameters
    stages: StageObserver
    clock: Callable[[], datetime]
    measured: int = SAMPLE_SIZE

    def write(self, directory: Path, inputs: SnapshotInputs) -> Manifest:
        """Writes all files of a snapshot into `directory`. The signed manifest is written last.

        Raises:
            adapters.snapshots.SnapshotNotWritable: the volume is full or read-only.
        """
        products, trained = inputs.products, inputs.trained
        arrays = snapshot_arrays(products, self._statistics(inputs), trained.factors)
        with self.stages.stage("map"):
            arrays = complete(arrays | map_arrays(arrays, trained.recipe.seed))
        with self.stages.stage("write"):
            write_arrays(directory, arrays)
        with self.stages.stage("index"):
            search = self._indexed(directory, trained, arrays)
        manifest = self._manifest(directory, arrays, inputs, search)
        write_manifest(directory, manifest, self.key)
        return manifest

    def _statistics(self, inputs: SnapshotInputs) -> Statistics:
        everyone, trained, count = inputs.purchases_of_all, inputs.trained, len(inputs.products)
        popular = popularity(everyone, count, self.serving.popularity_days)
        demand = Demand.of(everyone, inputs.purchases, count)
        with self.stages.stage("bought_together"):
            order = trained.choices.complement_order or DEFAULT_ORDER
            complements = bought_together(everyone, count, order=order)
        with self.stages.stage("alternatives"):
            alternatives = find_alternatives(_alternative_inputs(inputs))
        with self.stages.stage("companions"):
            companions = companions_of(everyone, trained.content, trained.choices.basket_popularity or 0.0)
        weekly = weekly_purchases(everyone, count)
        return Statistics(popular, demand, weekly, complements, alternatives, companions)

    def _indexed(
        self, directory: Path, trained: TrainedModel, arrays: Mapping[str, NDArray[Any]]
    ) -> ChosenSearch:
        """Builds the item index and chooses the cheapest sufficient search, or the best one."""
        vectors, seed = trained.factors.item_vectors, trained.recipe.seed
        index = write_index(directory, vectors, seed)
        snapshot = snapshot_from_arrays("", self.serving, index, trained.factors.warm, arrays)
        bought = trained.matrix[:, trained.factors.order[: len(vectors)]].tocsr()
        histories, short = sample_histories(bought, self.measured, seed)
        with progress.stage("Measuring the index", len(histories) + len(short), "histories") as advance:
            return choose_search(snapshot, histories, short, advance)

    def _serving(self, search: ChosenSearch, trained: TrainedModel) -> ServingParameters:
        """The serving parameters with everything that was chosen for this snapshot."""
        choices = trained.choices
        serving = replace(
            search.applied_to(self.serving),
            half_life_days=choices.half_life_days,
            basket_popularity=choices.basket_popularity or 0.0,
            popularity_dimensions=trained.factors.popularity_dimensions,
        )
        if choices.basket_own_weight is not None:
            serving = replace(serving, basket_own_weight=choices.basket_own_weight)
        serving = without_rules(serving, choices.dropped_rules or ())
        if choices.repurchase:
            weight, exponent, days = choices.repurchase
            serving = replace(
                serving,
                repurchase_weight=weight,
                repurchase_rate_exponent=exponent,
                repurchase_half_life_days=days,
            )
        return serving

    def _manifest(
        self,
        directory: Path,
        arrays: Mapping[str, NDArray[np.generic]],
        inputs: SnapshotInputs,
        search: ChosenSearch,
    ) -> Manifest:
        created, files = self.clock(), checksums(directory)
        trained, purchases = inputs.trained, inputs.purchases
        data = _shop_data(inputs, arrays["buyers"])
        bought_once = int(are_bought_once(purchases.times, arrays["repeat_rates"], arrays["buyers"]))
        return Manifest(
            version=version_of(created, files),
            created=created,
            format_version=FORMAT_VERSION,
            dims=trained.factors.item_vectors.shape[1],
            metric=METRIC,
            counts=counts_of(
                arrays,
                warm=trained.factors.warm,
                shoppers=purchases.shopper_count,
                purchases=len(purchases),
            ),
            serving=asdict(replace(self._serving(search, trained), bought_once=bought_once)),
            recipe=asdict(trained.recipe) | {"ridge_used": trained.factors.ridge, **inputs.choice},
            model=inputs.model,
            catalog_read_at=inputs.read_at,
            data_watermark=data.purchases.last if data.purchases else None,
            metrics={
                "page_loss": round(search.loss, 5),
                "ann_recall_at_20": round(search.recall, 4),
                **inputs.metrics,
            },
            files=files,
            data=data,
        )


def _alternative_inputs(inputs: SnapshotInputs) -> AlternativeInputs:
    products, trained = inputs.products, inputs.trained
    weight = trained.choices.alternatives_text_weight
    return AlternativeInputs(
        category_codes(products),
        np.array(products.prices, dtype=np.float64),
        trained.matrix,
        trained.content,
        trained.factors.order,
        trained.factors.weights,
        text_weight=TEXT_WEIGHT if weight is None else weight,
    )


def _shop_data(inputs: SnapshotInputs, buyers: NDArray[np.generic]) -> ShopData:
    """The shop's data that the snapshot was built from.

    `buyers` are those of each row.
    """
    return ShopData(
        inputs.products.data(buyers),
        purchase_data(inputs.purchases_of_all, inputs.purchases, inputs.left_out.future),
        inputs.left_out.listed(),
        inputs.loads,
    )
