"""A small real shop: some households and products of The Complete Journey."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from adapters.catalog import Product, Purchase
from demo.complete_journey import package_data, prepare
from tests.support.builders.published_snapshots import ListedCatalog
from tests.support.builders.purchases import recorded_purchase

HOUSEHOLD = "402"
"""One of the shoppers."""

_EVERY = 12
_PRODUCTS = 1200


class GrocerCatalog(ListedCatalog):
    """Catalog that reads the latest purchases alone when asked for them."""

    async def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """Yields one page."""
        yield [each for each in self.purchase_list if since is None or each.recorded_at >= since]


def grocer(folder: Path) -> ListedCatalog:
    """Every twelfth household, and the products that these households buy most.

    The purchases end yesterday.
    """
    product_file, purchase_file = prepare(package_data(), folder)
    rows = [
        row
        for row in pq.read_table(purchase_file).to_pylist()
        if int(row["user_id"]) % _EVERY == int(HOUSEHOLD) % _EVERY
    ]
    shift = datetime.now(UTC) - timedelta(days=1) - max(row["purchased_at"] for row in rows)
    sold = {each for each, _ in Counter(row["product_id"] for row in rows).most_common(_PRODUCTS)}
    catalog = GrocerCatalog()
    for product in pq.read_table(product_file).to_pylist():
        if product["id"] in sold:
            catalog.product_list.append(Product(**product, updated_at=datetime.now(UTC)))
    for number, row in enumerate(rows):
        if row["product_id"] in sold:
            at = row["purchased_at"] + shift
            catalog.purchase_list.append(
                recorded_purchase(str(number), row["user_id"], row["product_id"], at, row["order_id"])
            )
    return catalog
