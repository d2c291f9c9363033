"""The build pipeline.

Stages: read, embed, measure on a holdout, train, write, verify, check by the quality gate, publish.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from adapters.database import EventStore
from adapters.snapshots import Manifest, SnapshotError, SnapshotStorage, open_snapshot
from adapters.snapshots.shop_data import Load
from indexer.build.holdout import HoldoutInputs, HoldoutMetrics, measure_holdout
from indexer.build.kept_parameters import Choice, Circumstances, ShopSize
from indexer.build.quality_gate import QualityGateFailed, Violation, find_violations, lost_records, weak_lists
from indexer.embedding import Embedder, Shard
from indexer.embedding.cache import text_key
from indexer.factorization import Browsing, Purchases
from indexer.factorization.content import Content
from indexer.snapshots import MAX_LOSS
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import (
    CatalogReading,
    LoadSource,
    ProductRows,
    ProductSource,
    PurchaseSource,
    read_browsing,
    read_loads,
    read_products,
    read_purchases,
    read_texts,
)
from indexer.training.page_rules import PageGroups
from indexer.training.train import TrainingConfig, train

WEAK_LISTS = "weak_lists"
"""Sentences in the manifest's recipe about lists that are below their baselines."""


class CatalogSource(ProductSource, PurchaseSource, Protocol):
    """All products and purchases of a shop."""


class EmptyCatalog(Exception):
    """The catalog has nothing to build from. Nothing was published."""


@dataclass(frozen=True, slots=True)
class QualityGateSettings:
    """Limits of the quality gate.

    Attributes:
        margin: maximum relative loss of NDCG@20, and of the main metric of a list, against the live snapshot.
        min_shoppers: minimum number of shoppers in the holdout. With fewer, only the index and the size
            are checked. None skips the holdout.
        max_loss: maximum share of a page's value that the index loses.
    """

    margin: float = 0.1
    min_shoppers: int | None = 100
    max_loss: float = MAX_LOSS


@dataclass(frozen=True, slots=True)
class CatalogData:
    """Data of one build.

    Attributes:
        products, purchases: the catalog.
        guests: purchases of guests.
        browsing: views and carts, or None.
        read_at: time up to which the snapshot holds the catalog's changes.
        loads: the catalog's latest loads of files.
    """

    products: ProductRows
    purchases: Purchases
    guests: Purchases
    browsing: Browsing | None
    read_at: datetime
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds snapshots.

    Attributes:
        catalog: source of products and purchases.
        storage: where snapshots are published.
        embedder: embeds product texts.
        config: training parameters.
        assembler: writes snapshots.
        quality_gate: limits of the quality gate.
        events: source of views and carts, or None.
        loads: source of facts about loads of files, or None.
        reading: receives the reports of the catalog's client.
        keep_parameters: maximum age of chosen parameters that a build keeps.
    """

    catalog: CatalogSource
    storage: SnapshotStorage
    embedder: Embedder
    config: TrainingConfig
    assembler: Assembler
    quality_gate: QualityGateSettings = QualityGateSettings()
    events: EventStore | None = None
    loads: LoadSource | None = None
    reading: CatalogReading = field(default_factory=CatalogReading)
    keep_parameters: timedelta = timedelta(days=7)

    async def build(
        self,
        *,
        force: bool = False,
        choose: bool = False,
        choose_once: bool = False,
        until: datetime | None = None,
    ) -> Manifest:
        """Builds, measures, verifies and publishes a snapshot.

        Args:
            force: whether to publish even if the quality gate rejects the snapshot.
            choose: whether to choose all parameters again, even if those of the live snapshot still hold.
            choose_once: whether to train the snapshot with the parameters that the holdout chose.
            until: time from which purchases, views and carts are left out. None reads all. Products are those of now.

        Raises:
            EmptyCatalog: the catalog has no products, or no purchases before `until`.
            QualityGateFailed: the quality gate rejected the snapshot.
            adapters.catalog.CatalogError: the catalog cannot be read, or too many of its records are invalid.
            adapters.database.DatabaseUnavailable: the event store cannot be read.
            adapters.snapshots.SnapshotError: the storage cannot be written, or the written snapshot is invalid.
        """
        with self.storage.locked():
            data = await self._read(until)
            inputs, holdout = self._learned(data, choose=choose, choose_once=choose_once)
            return self._publish(inputs, holdout, force=force)

    async def _read(self, until: datetime | None) -> CatalogData:
        with self.assembler.stages.stage("read"):
            read_at = self.assembler.clock()
            products = await read_products(self.catalog, self.reading.left_out)
            self.reading.check("product")
            if not len(products):
                raise EmptyCatalog("the catalog has no products")
            purchases, guests = await read_purchases(
                self.catalog, products.row_of, read_at, self.reading.left_out, until
            )
            self.reading.check("purchase")
            if until and not len(purchases) + len(guests):
                raise EmptyCatalog(f"the catalog has no purchases before {until:%Y-%m-%d %H:%M} UTC")
            browsing = await self._browsing(products, purchases, read_at)
            if browsing and until:
                browsing = browsing.before(until.timestamp())
            loads = await read_loads(self.loads)
        # Changes have the catalog's time, and its clock may be behind.
        horizon = min(read_at, self.reading.answered_at or read_at)
        return CatalogData(products, purchases, guests, browsing, horizon, loads)

    async def _browsing(self, products: ProductRows, purchases: Purchases, now: datetime) -> Browsing | None:
        if self.events is None or not self.config.recipe.browsing_weight:
            return None
        numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
        return await read_browsing(self.events, products.row_of, numbers, now)

    def _learned(
        self, data: CatalogData, *, choose: bool, choose_once: bool
    ) -> tuple[SnapshotInputs, HoldoutMetrics | None]:
        """The content of the snapshot, and its quality on held-out purchases."""
        stages, products, purchases = self.assembler.stages, data.products, data.purchases
        with stages.stage("embed"):
            embeddings, model = self.embedder.embed(list(products.texts))
        content = Content.of(embeddings, products.text_numbers)
        size = ShopSize(len(products), len(purchases), purchases.shopper_count)
        now = Circumstances(self.config, model, size, self.assembler.clock())
        live = self._live_manifest()
        kept = None if choose else self._kept_choice(now, live)
        with stages.stage("holdout"):
            known = HoldoutInputs(products, purchases, content, model, data.browsing, data.guests)
            holdout, kept = self._measure_holdout(known, kept, live)
        if choose_once and holdout and kept is None:
            kept = Choice.of(now, holdout, holdout.choices)
        with stages.stage("fit"):
            config = kept.final.applied_to(self.config) if kept else self.config
            trained = train(purchases, content, config, data.browsing, PageGroups.of(products), data.guests)
        choice = kept or Choice.of(now, holdout, trained.choices)
        inputs = SnapshotInputs(
            products,
            purchases,
            trained,
            model,
            data.read_at,
            holdout.metrics() if holdout else {},
            data.guests,
            self._record(choice, holdout),
            self.reading.left_out,
            data.loads,
        )
        return inputs, holdout

    def _publish(self, inputs: SnapshotInputs, holdout: HoldoutMetrics | None, *, force: bool) -> Manifest:
        """Writes, verifies and measures the snapshot, then makes it live."""
        with self.storage.building() as directory:
            manifest = self.assembler.write(directory, inputs)
            with self.assembler.stages.stage("verify"):
                open_snapshot(directory, [self.assembler.key])
            self._check_quality(manifest, holdout, force)
            self.storage.publish(directory, manifest.version)
        return manifest

    def _record(self, choice: Choice | None, holdout: HoldoutMetrics | None) -> dict[str, Any]:
        """Entries of the manifest's recipe for the choice and for weak lists."""
        weak = weak_lists(holdout)
        for reason in weak:
            structlog.get_logger("indexer").warning("list below its baseline", reason=reason)
        return (choice.record() if choice else {}) | ({WEAK_LISTS: weak} if weak else {})

    def _kept_choice(self, now: Circumstances, live: Manifest | None) -> Choice | None:
        """The choice of the live snapshot, or None if it no longer holds."""
        choice = Choice.of_manifest(live) if live else None
        reason = choice.outdated(now, self.keep_parameters) if choice else "the live snapshot has none"
        log = structlog.get_logger("indexer")
        if choice is None or reason:
            log.info("choosing parameters", reason=reason)
            return None
        log.info("trying parameters of the live snapshot", chosen_at=choice.chosen_at.isoformat())
        return choice

    def _measure_holdout(
        self, data: HoldoutInputs, kept: Choice | None, live: Manifest | None
    ) -> tuple[HoldoutMetrics | None, Choice | None]:
        """Measures with the kept choice, or with a new one if quality fell.

        Returns the metrics, and the choice if it is still kept.
        """
        min_shoppers = self.quality_gate.min_shoppers
        if min_shoppers is None:
            return None, None
        config = kept.holdout.applied_to(self.config) if kept else self.config
        holdout = measure_holdout(data, config, self.assembler, min_shoppers, self.assembler.clock)
        log = structlog.get_logger("indexer")
        if holdout is None:
            log.warning("too few shoppers to measure quality", needed=min_shoppers)
            return None, None
        if kept is None or not (kept.has_fallen(holdout) or self._violations(0.0, holdout, live)):
            return holdout, kept
        log.info(
            "choosing parameters",
            reason="recommendations are worse with the parameters of the live snapshot",
            ndcg_at_20=round(holdout.ndcg.mean, 4),
            ndcg_at_20_when_chosen=round(kept.ndcg_at_20, 4),
        )
        return self._measure_holdout(data, None, live)

    def _check_quality(self, manifest: Manifest, holdout: HoldoutMetrics | None, force: bool) -> None:
        """Raises QualityGateFailed if the gate rejects the snapshot and `force` is False."""
        live = self._live_manifest()  # Another one may be live since the build began.
        found = self._violations(manifest.metrics["page_loss"], holdout, live)
        if live is not None:
            found = lost_records(manifest.counts, live.counts) + found
        if found and not force:
            raise QualityGateFailed(found)
        for violation in found:
            structlog.get_logger("indexer").warning(
                "quality gate overruled", rule=violation.rule, reason=violation.reason
            )

    def _violations(
        self, page_loss: float, holdout: HoldoutMetrics | None, live: Manifest | None
    ) -> list[Violation]:
        gate, metrics = self.quality_gate, live.metrics if live else None
        return find_violations(page_loss, holdout, metrics, gate.margin, gate.max_loss)

    def _live_manifest(self) -> Manifest | None:
        try:
            return self.storage.manifest(self.storage.current(), [self.assembler.key])
        except SnapshotError:
            return None


async def embed_shard(catalog: ProductSource, embedder: Embedder, shard: Shard) -> None:
    """Embeds the texts of a shard that builds no snapshot, and writes its marker.

    Raises:
        adapters.catalog.CatalogError: the catalog cannot be read.
        indexer.embedding.cache_files.CacheNotWritable: the cache's volume is full or read-only.
    """
    with shard.heartbeat() as report_progress:
        texts = await read_texts(catalog, lambda text: shard.owns(text_key(text)), lambda: report_progress(0))
        embedder.fill(texts, report_progress)
