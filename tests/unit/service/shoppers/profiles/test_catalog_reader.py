"""Purchases that the catalog no longer returns stay known."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.catalog import Purchase
from adapters.telemetry import ServiceMetrics, Telemetry, TelemetryConfig
from service.shoppers.profiles.catalog_reader import CatalogReader
from service.shoppers.profiles.records import CatalogRecord
from tests.support.builders.profile_shops import CountingCatalog

pytestmark = pytest.mark.anyio

START = datetime(2026, 1, 1, tzinfo=UTC)


class LatestPurchases(CountingCatalog):
    """Catalog that returns only the latest purchases, as catalogs do."""

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase]:
        return (self.purchases or [])[::-1][:limit]


async def test_newer_purchases_crowd_out_none_that_are_known() -> None:
    catalog = LatestPurchases()
    catalog.purchases = []
    metrics = ServiceMetrics(Telemetry(TelemetryConfig("tests", "1")).meter)
    reader, known = CatalogReader(catalog, metrics, purchase_limit=3), CatalogRecord()
    for number in range(9):
        at = START + timedelta(days=number)
        catalog.purchases.append(Purchase(user_id="u", product_id=f"p{number}", purchased_at=at))
        known = await reader.read("u", known)
        newest = range(number, max(-1, number - 6), -1)
        assert [purchase.product_id for purchase in known.purchases] == [f"p{n}" for n in newest]
    # A catalog that returns fewer than the limit has returned all.
    catalog.purchases = catalog.purchases[:2]
    assert len((await reader.read("u", known)).purchases) == 2
