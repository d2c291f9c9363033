"""Keeps the overlay: polls the catalog's change feed into memory."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import structlog

from adapters.catalog import CatalogClient, CatalogError, Product
from adapters.telemetry import ServiceMetrics
from recommender.overlay import Overlay, ProductChange
from service.serving import LiveSnapshot

CLOCK_MARGIN = timedelta(minutes=5)
"""The catalog's clock and the indexer's may differ by this much without a change being missed."""


@dataclass(slots=True)
class OverlayPoller:
    """Asks the catalog for what changed since the snapshot was read, then for what changed since the last answer.

    Attributes:
        catalog: whose change feed is read.
        live: whose overlay is replaced.
        metrics: told when the overlay was last right.
        poll_seconds: mean time between two polls; each waits ± 20 %, so that pods do not ask in step.
        clock: epoch seconds.
    """

    catalog: CatalogClient
    live: LiveSnapshot
    metrics: ServiceMetrics
    poll_seconds: float
    clock: Callable[[], float]
    _changes: dict[str, tuple[datetime, ProductChange]] = field(default_factory=dict)
    _seen: datetime | None = None
    _horizon: datetime | None = None
    _failing: bool = False

    async def run(self) -> None:
        """Polls until cancelled; a catalog that is down is logged once and asked again."""
        while True:
            await self.poll()
            await asyncio.sleep(self.poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311

    async def poll(self) -> None:
        """Asks once. Without a snapshot there is nothing to correct."""
        manifest = self.live.manifest
        if manifest is None:
            return
        horizon = manifest.catalog_read_at - CLOCK_MARGIN
        if self._horizon is not None and horizon < self._horizon:
            self._seen = None  # Rolled back to a snapshot that knows less: ask for all it lacks.
        self._horizon = horizon
        try:
            async for page in self.catalog.products(updated_since=max(self._seen or horizon, horizon)):
                for product in page:
                    self._remember(product)
        except CatalogError as error:
            self._report_failure(error)
            return
        self._failing = False
        # What an even newer snapshot has read itself needs no correction any more.
        self._changes = {key: entry for key, entry in self._changes.items() if entry[0] >= horizon}
        self.live.correct(Overlay({key: change for key, (_, change) in self._changes.items()}))
        self.metrics.overlay_refreshed(self.clock())

    def _remember(self, product: Product) -> None:
        changed_at = product.updated_at
        self._seen = max(self._seen or changed_at, changed_at)
        change = ProductChange(product.in_stock, product.deleted_at is not None, msgspec.json.encode(product))
        self._changes[product.id] = (changed_at, change)

    def _report_failure(self, error: CatalogError) -> None:
        self.metrics.catalog_failed("products", type(error).__name__)
        if not self._failing:
            structlog.get_logger("service").warning("overlay not refreshed", reason=str(error))
        self._failing = True
