"""Reads of shoppers from the catalog."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.catalog import CatalogUnavailable, CircuitBreaker, Preferences, Purchase, UserRecord
from adapters.telemetry import ServiceMetrics, Telemetry, TelemetryConfig
from service.shoppers.profiles.catalog_reader import CatalogReader
from service.shoppers.profiles.records import CatalogRecord
from tests.support.builders.profile_shops import CountingCatalog

pytestmark = pytest.mark.anyio

START = datetime(2026, 1, 1, tzinfo=UTC)
METRICS = ServiceMetrics(Telemetry(TelemetryConfig("tests", "1")).meter)


class LatestPurchases(CountingCatalog):
    """Catalog that returns only the latest purchases, as catalogs do."""

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase]:
        return (self.purchases or [])[::-1][:limit]


class BehindCircuit(CountingCatalog):
    """Catalog behind a circuit breaker, as the client has it."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        super().__init__()
        self.breaker = breaker

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        with self.breaker.call():
            await asyncio.sleep(0)
            return await super().user_purchases(user_id, limit)

    async def user(self, user_id: str) -> UserRecord | None:
        with self.breaker.call():
            await asyncio.sleep(0)
            return await super().user(user_id)


async def test_preferences_are_read_after_the_trial_call_that_closes_a_circuit() -> None:
    now = 0.0
    catalog = BehindCircuit(CircuitBreaker(failures_to_open=1, open_seconds=5, clock=lambda: now))
    catalog.record = UserRecord(id="u", preferences=Preferences(liked_brands=("B",)))
    reader = CatalogReader(catalog, METRICS, purchase_limit=3)
    catalog.down = True
    with pytest.raises(CatalogUnavailable):
        await reader.read("u", None)
    catalog.down, now = False, 5.0
    record, complete = await reader.read("u", None)
    assert (record.preferences.liked_brands, complete) == (("B",), True)


async def test_newer_purchases_crowd_out_none_that_are_known() -> None:
    catalog = LatestPurchases()
    catalog.purchases = []
    reader, known = CatalogReader(catalog, METRICS, purchase_limit=3), CatalogRecord()
    for number in range(9):
        at = START + timedelta(days=number)
        catalog.purchases.append(Purchase(user_id="u", product_id=f"p{number}", purchased_at=at))
        known, _ = await reader.read("u", known)
        newest = range(number, max(-1, number - 6), -1)
        assert [purchase.product_id for purchase in known.purchases] == [f"p{n}" for n in newest]
    # A catalog that returns fewer than the limit has returned all.
    catalog.purchases = catalog.purchases[:2]
    assert len((await reader.read("u", known))[0].purchases) == 2
