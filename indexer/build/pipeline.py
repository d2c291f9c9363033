"""A build, stage by stage: read → embed → measure on a holdout → learn → index → verify → judge → publish."""

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
    """The build cannot become a snapshot; the message says why, and nothing was published."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How strict the quality gate is.

    Attributes:
        margin: share of the live snapshot's NDCG@20 by which a new one may be worse.
        least_shoppers: with fewer in the holdout nothing is measured, and only the index is judged; None
            measures nothing at all.
    """

    margin: float = 0.1
    least_shoppers: int | None = 100


@dataclass(frozen=True, slots=True)
class Builder:
    """What a build needs.

    Attributes:
        catalog: where products and purchases come from.
        events: where views and carts come from; None without.
        volume: where the snapshot goes.
        embedder: gives content embeddings.
        learning: training parameters.
        assembler: writes the snapshot.
        gate: what may be published.
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
            force: publish it whatever the quality gate says.

        Raises:
            BuildRefused: there is nothing to recommend.
            NotPublished: the quality gate refused it.
            adapters.catalog.CatalogError: the catalog cannot be read.
            adapters.database.DatabaseUnavailable: the event store cannot be read.
            adapters.snapshots.SnapshotError: the volume cannot be written, or what was written is not what is read.
        """
        with self.volume.locked():
            with self.assembler.stages.stage("read"):
                read_at = self.assembler.clock()
                products = await read_products(self.catalog)
                if not len(products):
                    raise BuildRefused("the catalog lists no products: nothing to recommend")
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
            structlog.get_logger("indexer").warning(
                "quality not measured: too few shoppers bought something new lately", needed=least
            )
        return holdout

    def _judge(self, manifest: Manifest, holdout: Holdout | None, force: bool) -> None:
        """Raises NotPublished when the gate objects and is not overruled."""
        recall = manifest.metrics["ann_recall_at_20"]
        found = objections(recall, holdout, self._live_metrics(), self.gate.margin)
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
    """Embeds the texts that belong to a shard which builds nothing, and leaves its marker.

    Raises:
        adapters.catalog.CatalogError: the catalog cannot be read.
        indexer.embedding.cache.CacheNotWritable: the cache's volume is full or cannot be written.
    """
    with shard.working() as advanced:
        texts = await read_texts(catalog, lambda text: shard.owns(text_key(text)), lambda: advanced(0))
        embedder.fill(texts, advanced)
