"""The build pipeline.

Stages: read, embed, measure on a holdout, train, write, verify, check by the quality gate, publish.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import structlog

from adapters.database import EventStore
from adapters.snapshots import Manifest, SnapshotError, SnapshotVolume, open_snapshot, read_manifest
from indexer.build.holdout import Holdout, HoldoutData, measure_holdout
from indexer.build.quality_gate import NotPublished, objections
from indexer.embedding import Embedder, Shard
from indexer.embedding.cache import text_key
from indexer.factorization import Browsing, Purchases
from indexer.factorization.content import Content
from indexer.snapshots import FLOOR
from indexer.snapshots.assembly import Assembler, Material
from indexer.sources import (
    ProductRows,
    ProductSource,
    PurchaseSource,
    read_browsing,
    read_products,
    read_purchases,
    read_texts,
)
from indexer.training.train import Learning, learn


class CatalogSource(ProductSource, PurchaseSource, Protocol):
    """All products and purchases of a shop."""


class BuildRefused(Exception):
    """The catalog has no products. Nothing was published."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Limits of the quality gate.

    Attributes:
        margin: maximum relative loss of NDCG@20 against the live snapshot.
        least_shoppers: minimum number of shoppers in the holdout. With fewer, only the index is checked.
            None skips the holdout.
        min_recall: minimum share of the exact top 20 that the index finds.
    """

    margin: float = 0.1
    least_shoppers: int | None = 100
    min_recall: float = FLOOR


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds snapshots.

    Attributes:
        catalog: source of products and purchases.
        volume: where snapshots are published.
        embedder: embeds product texts.
        learning: training parameters.
        assembler: writes snapshots.
        gate: limits of the quality gate.
        events: source of views and carts, or None.
    """

    catalog: CatalogSource
    volume: SnapshotVolume
    embedder: Embedder
    learning: Learning
    assembler: Assembler
    gate: GateSettings = GateSettings()
    events: EventStore | None = None

    async def build(self, *, force: bool = False) -> Manifest:
        """Builds, measures, verifies and publishes a snapshot.

        Args:
            force: whether to publish even if the quality gate rejects the snapshot.

        Raises:
            BuildRefused: the catalog has no products.
            NotPublished: the quality gate rejected the snapshot.
            adapters.catalog.CatalogError: the catalog cannot be read.
            adapters.database.DatabaseUnavailable: the event store cannot be read.
            adapters.snapshots.SnapshotError: the volume cannot be written, or the written snapshot is invalid.
        """
        with self.volume.locked():
            with self.assembler.stages.stage("read"):
                read_at = self.assembler.clock()
                products = await read_products(self.catalog)
                if not len(products):
                    raise BuildRefused("the catalog has no products")
                purchases = await read_purchases(self.catalog, products.row_of, read_at)
                browsing = await self._browsing(products, purchases, read_at)
            return self._publish(products, purchases, browsing, read_at, force)

    async def _browsing(self, products: ProductRows, purchases: Purchases, now: datetime) -> Browsing | None:
        if self.events is None or not self.learning.recipe.browsing_weight:
            return None
        numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
        return await read_browsing(self.events, products.row_of, numbers, now)

    def _publish(
        self,
        products: ProductRows,
        purchases: Purchases,
        browsing: Browsing | None,
        read_at: datetime,
        force: bool,
    ) -> Manifest:
        stages = self.assembler.stages
        with stages.stage("embed"):
            embeddings, model = self.embedder.embed(list(products.texts))
        content = Content.of(embeddings, np.array(products.text_numbers, dtype=np.int32))
        with stages.stage("holdout"):
            holdout = self._measured(HoldoutData(products, purchases, content, model, browsing))
        with stages.stage("fit"):
            learnt = learn(purchases, content, self.learning, browsing)
        metrics = holdout.metrics() if holdout else {}
        with self.volume.building() as directory:
            material = Material(products, purchases, learnt, model, read_at, metrics)
            manifest = self.assembler.write(directory, material)
            with stages.stage("verify"):
                open_snapshot(directory, [self.assembler.key])
            self._judge(manifest, holdout, force)
            self.volume.publish(directory, manifest.version)
        return manifest

    def _measured(self, data: HoldoutData) -> Holdout | None:
        least = self.gate.least_shoppers
        if least is None:
            return None
        holdout = measure_holdout(data, self.learning, self.assembler, least, self.assembler.clock)
        if holdout is None:
            structlog.get_logger("indexer").warning("too few shoppers to measure quality", needed=least)
        return holdout

    def _judge(self, manifest: Manifest, holdout: Holdout | None, force: bool) -> None:
        """Raises NotPublished if the gate rejects the snapshot and `force` is False."""
        recall = manifest.metrics["ann_recall_at_20"]
        found = objections(recall, holdout, self._live_metrics(), self.gate.margin, self.gate.min_recall)
        if found and not force:
            raise NotPublished(found)
        for objection in found:
            structlog.get_logger("indexer").warning(
                "quality gate overruled", rule=objection.rule, reason=objection.reason
            )

    def _live_metrics(self) -> dict[str, float] | None:
        try:
            live = read_manifest(self.volume.directory(self.volume.current()), [self.assembler.key])
        except SnapshotError:
            return None
        return live.metrics


async def embed_share(catalog: ProductSource, embedder: Embedder, shard: Shard) -> None:
    """Embeds the texts of a shard that builds no snapshot, and writes its marker.

    Raises:
        adapters.catalog.CatalogError: the catalog cannot be read.
        indexer.embedding.cache.CacheNotWritable: the cache's volume is full or read-only.
    """
    with shard.working() as advanced:
        texts = await read_texts(catalog, lambda text: shard.owns(text_key(text)), lambda: advanced(0))
        embedder.fill(texts, advanced)
