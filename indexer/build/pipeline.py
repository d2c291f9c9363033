"""The build pipeline.

Stages: read, embed, measure on a holdout, train, write, verify, check by the quality gate, publish.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
import structlog

from adapters.database import EventStore
from adapters.snapshots import Manifest, SnapshotError, SnapshotVolume, open_snapshot, read_manifest
from indexer.build.holdout import HoldoutInputs, HoldoutMetrics, measure_holdout
from indexer.build.quality_gate import SnapshotRejected, find_violations
from indexer.embedding import Embedder, Shard
from indexer.embedding.cache import text_key
from indexer.factorization import Browsing, Purchases
from indexer.factorization.content import Content
from indexer.snapshots import MAX_LOSS
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import (
    CatalogReading,
    ProductRows,
    ProductSource,
    PurchaseSource,
    read_browsing,
    read_products,
    read_purchases,
    read_texts,
)
from indexer.training.train import TrainingConfig, train


class CatalogSource(ProductSource, PurchaseSource, Protocol):
    """All products and purchases of a shop."""


class EmptyCatalog(Exception):
    """The catalog has no products. Nothing was published."""


@dataclass(frozen=True, slots=True)
class QualityGateSettings:
    """Limits of the quality gate.

    Attributes:
        margin: maximum relative loss of NDCG@20 against the live snapshot.
        min_shoppers: minimum number of shoppers in the holdout. With fewer, only the index is checked.
            None skips the holdout.
        max_loss: maximum share of a page's value that the index loses.
    """

    margin: float = 0.1
    min_shoppers: int | None = 100
    max_loss: float = MAX_LOSS


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds snapshots.

    Attributes:
        catalog: source of products and purchases.
        volume: where snapshots are published.
        embedder: embeds product texts.
        config: training parameters.
        assembler: writes snapshots.
        quality_gate: limits of the quality gate.
        events: source of views and carts, or None.
        reading: receives the reports of the catalog's client.
    """

    catalog: CatalogSource
    volume: SnapshotVolume
    embedder: Embedder
    config: TrainingConfig
    assembler: Assembler
    quality_gate: QualityGateSettings = QualityGateSettings()
    events: EventStore | None = None
    reading: CatalogReading = field(default_factory=CatalogReading)

    async def build(self, *, force: bool = False) -> Manifest:
        """Builds, measures, verifies and publishes a snapshot.

        Args:
            force: whether to publish even if the quality gate rejects the snapshot.

        Raises:
            EmptyCatalog: the catalog has no products.
            SnapshotRejected: the quality gate rejected the snapshot.
            adapters.catalog.CatalogError: the catalog cannot be read, or too many of its records are invalid.
            adapters.database.DatabaseUnavailable: the event store cannot be read.
            adapters.snapshots.SnapshotError: the volume cannot be written, or the written snapshot is invalid.
        """
        with self.volume.locked():
            with self.assembler.stages.stage("read"):
                read_at = self.assembler.clock()
                products = await read_products(self.catalog)
                self.reading.check("product")
                if not len(products):
                    raise EmptyCatalog("the catalog has no products")
                purchases, guests = await read_purchases(self.catalog, products.row_of, read_at)
                self.reading.check("purchase")
                browsing = await self._browsing(products, purchases, read_at)
            # Changes have the catalog's time, and its clock may be behind.
            horizon = min(read_at, self.reading.answered_at or read_at)
            return self._publish(products, purchases, guests, browsing, horizon, force)

    async def _browsing(self, products: ProductRows, purchases: Purchases, now: datetime) -> Browsing | None:
        if self.events is None or not self.config.recipe.browsing_weight:
            return None
        numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
        return await read_browsing(self.events, products.row_of, numbers, now)

    def _publish(
        self,
        products: ProductRows,
        purchases: Purchases,
        guests: Purchases,
        browsing: Browsing | None,
        read_at: datetime,
        force: bool,
    ) -> Manifest:
        stages = self.assembler.stages
        with stages.stage("embed"):
            embeddings, model = self.embedder.embed(list(products.texts))
        content = Content.of(embeddings, np.array(products.text_numbers, dtype=np.int32))
        with stages.stage("holdout"):
            holdout = self._measure_holdout(HoldoutInputs(products, purchases, content, model, browsing))
        with stages.stage("fit"):
            trained = train(purchases, content, self.config, browsing)
        metrics = holdout.metrics() if holdout else {}
        with self.volume.building() as directory:
            inputs = SnapshotInputs(products, purchases, trained, model, read_at, metrics, guests)
            manifest = self.assembler.write(directory, inputs)
            with stages.stage("verify"):
                open_snapshot(directory, [self.assembler.key])
            self._check_quality(manifest, holdout, force)
            self.volume.publish(directory, manifest.version)
        return manifest

    def _measure_holdout(self, data: HoldoutInputs) -> HoldoutMetrics | None:
        min_shoppers = self.quality_gate.min_shoppers
        if min_shoppers is None:
            return None
        holdout = measure_holdout(data, self.config, self.assembler, min_shoppers, self.assembler.clock)
        if holdout is None:
            structlog.get_logger("indexer").warning(
                "too few shoppers to measure quality", needed=min_shoppers
            )
        return holdout

    def _check_quality(self, manifest: Manifest, holdout: HoldoutMetrics | None, force: bool) -> None:
        """Raises SnapshotRejected if the gate rejects the snapshot and `force` is False."""
        loss, gate = manifest.metrics["page_loss"], self.quality_gate
        found = find_violations(loss, holdout, self._live_metrics(), gate.margin, gate.max_loss)
        if found and not force:
            raise SnapshotRejected(found)
        for violation in found:
            structlog.get_logger("indexer").warning(
                "quality gate overruled", rule=violation.rule, reason=violation.reason
            )

    def _live_metrics(self) -> dict[str, float] | None:
        try:
            live = read_manifest(self.volume.directory(self.volume.current()), [self.assembler.key])
        except SnapshotError:
            return None
        return live.metrics


async def embed_shard(catalog: ProductSource, embedder: Embedder, shard: Shard) -> None:
    """Embeds the texts of a shard that builds no snapshot, and writes its marker.

    Raises:
        adapters.catalog.CatalogError: the catalog cannot be read.
        indexer.embedding.cache.CacheNotWritable: the cache's volume is full or read-only.
    """
    with shard.heartbeat() as report_progress:
        texts = await read_texts(catalog, lambda text: shard.owns(text_key(text)), lambda: report_progress(0))
        embedder.fill(texts, report_progress)
