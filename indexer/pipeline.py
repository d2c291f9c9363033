"""A build, stage by stage: read → embed → learn → index → verify → publish."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from adapters.catalog import CatalogClient
from adapters.snapshots import Manifest, SigningKey, SnapshotVolume, open_snapshot
from adapters.snapshots.annoy_index import METRIC, AnnoyItemIndex
from adapters.snapshots.layout import INDEX
from adapters.snapshots.manifest import FORMAT_VERSION, Counts, EmbeddingModel
from adapters.snapshots.volume import new_version
from adapters.snapshots.writer import checksums, save_annoy, write_arrays, write_manifest
from indexer import progress
from indexer.annoy_build import FLOOR, SAMPLE, ChosenSearch, SampledQuery, build_index, choose_search_k
from indexer.assembly import snapshot_arrays
from indexer.embedding import EmbeddingCache, Encoder, embed_texts
from indexer.factorization import Factors, Purchases, Recipe, fit, interaction_matrix
from indexer.factorization.content import Content
from indexer.popularity import popularity
from indexer.sources import ProductRows, read_products, read_purchases
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters


class BuildRefused(Exception):
    """The build cannot or must not become a snapshot; the message says why, and nothing was published."""


@dataclass(frozen=True, slots=True)
class Builder:
    """What a build needs.

    Attributes:
        catalog: where products and purchases come from.
        volume: where the snapshot goes.
        key: signs it.
        load_encoder: gives the text encoder; called only when there are products.
        embedding_cache: folder of embeddings that are kept between builds.
        recipe, serving: training and serving parameters.
        stages: told of every stage.
        clock: the current time, aware.
    """

    catalog: CatalogClient
    volume: SnapshotVolume
    key: SigningKey
    load_encoder: Callable[[], Encoder]
    embedding_cache: Path
    recipe: Recipe
    serving: ServingParameters
    stages: StageObserver
    clock: Callable[[], datetime]

    async def build(self) -> Manifest:
        """Builds, verifies and publishes a snapshot.

        Raises:
            BuildRefused: there is nothing to recommend, or the index finds too little.
            adapters.catalog.CatalogError: the catalog cannot be read.
            adapters.snapshots.SnapshotError: the volume cannot be written, or what was written is not what is read.
        """
        with self.volume.locked():
            with self.stages.stage("read"):
                read_at = self.clock()
                products = await read_products(self.catalog)
                if not len(products):
                    raise BuildRefused("the catalog lists no products: nothing to recommend")
                purchases = await read_purchases(self.catalog, products.row_of, read_at)
            return self._publish(products, purchases, read_at)

    def _publish(self, products: ProductRows, purchases: Purchases, read_at: datetime) -> Manifest:
        content, model = self._embedded(products)
        with self.stages.stage("fit"):
            matrix = interaction_matrix(purchases, len(products), self.recipe.history_limit)
            factors = fit(matrix, content, self.recipe)
        popular = popularity(purchases, len(products), self.serving.popularity_days)
        arrays = snapshot_arrays(products, popular, factors)
        with self.volume.building() as directory:
            with self.stages.stage("write"):
                write_arrays(directory, arrays)
            with self.stages.stage("index"):
                search = self._indexed(directory, factors, matrix)
            counts = _counts(products, purchases, factors, arrays)
            manifest = self._manifest(directory, counts, factors, purchases, search, model, read_at)
            write_manifest(directory, manifest, self.key)
            with self.stages.stage("verify"):
                open_snapshot(directory, [self.key])
            self.volume.publish(directory, manifest.version)
        return manifest

    def _embedded(self, products: ProductRows) -> tuple[Content, EmbeddingModel]:
        with self.stages.stage("embed"):
            encoder = self.load_encoder()
            cache = EmbeddingCache(self.embedding_cache, f"{encoder.name}@{encoder.revision}", encoder.dims)
            embeddings = embed_texts(list(products.texts), encoder, cache)
        text_of = np.array(products.text_numbers, dtype=np.int32)
        return Content.of(embeddings, text_of), EmbeddingModel(encoder.name, encoder.revision, encoder.dims)

    def _indexed(self, directory: Path, factors: Factors, matrix: csr_array) -> ChosenSearch:
        """Builds the item index and finds the cheapest search that is good enough."""
        vectors = factors.item_vectors
        with progress.stage("Building the index", len(vectors), "products") as advance:
            save_annoy(build_index(vectors, self.recipe.seed, advance), directory / INDEX)
        index = AnnoyItemIndex(directory / INDEX, vectors.shape[1])
        queries = self._sampled_queries(factors, matrix)
        with progress.stage("Measuring the index", len(queries), "shoppers") as advance:
            search = choose_search_k(index, vectors, queries, advance)
        if not search.good_enough:
            raise BuildRefused(
                f"the index finds only {search.recall:.3f} of the exact top 20 (search_k {search.search_k}),"
                f" {FLOOR} is the least that is published"
            )
        return search

    def _sampled_queries(self, factors: Factors, matrix: csr_array) -> list[SampledQuery]:
        """Query vectors of some shoppers who bought something that is indexed, recency aside."""
        histories = matrix[:, factors.order[: len(factors.item_vectors)]].tocsr()
        shoppers = np.flatnonzero(np.diff(histories.indptr))
        generator = np.random.default_rng(self.recipe.seed)
        sample = np.sort(generator.choice(shoppers, size=min(SAMPLE, len(shoppers)), replace=False))
        lengths = np.diff(histories.indptr)[sample]
        return [
            SampledQuery(vector / np.sqrt(length), self.serving.nearest + int(length))
            for vector, length in zip(histories[sample] @ factors.query_vectors, lengths, strict=True)
        ]

    def _manifest(
        self,
        directory: Path,
        counts: Counts,
        factors: Factors,
        purchases: Purchases,
        search: ChosenSearch,
        model: EmbeddingModel,
        read_at: datetime,
    ) -> Manifest:
        created = self.clock()
        files = checksums(directory)
        return Manifest(
            version=new_version(created, "".join(sorted(file.checksum for file in files.values()))),
            created=created,
            format_version=FORMAT_VERSION,
            dims=factors.item_vectors.shape[1],
            metric=METRIC,
            counts=counts,
            serving=asdict(replace(self.serving, search_k=search.search_k)),
            recipe=asdict(self.recipe) | {"ridge_used": factors.ridge},
            model=model,
            catalog_read_at=read_at,
            data_watermark=_watermark(purchases),
            metrics={"ann_recall_at_20": round(search.recall, 4)},
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
    )


def _watermark(purchases: Purchases) -> datetime | None:
    """The time of the latest purchase."""
    return datetime.fromtimestamp(int(purchases.times.max()), UTC) if len(purchases) else None
