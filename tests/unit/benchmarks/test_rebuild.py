"""The shops of the benchmarks of rebuild and embedding."""

import asyncio
from dataclasses import asdict

from adapters.catalog import Purchase
from benchmarks.embedding import synthetic_texts
from benchmarks.rebuild import Catalog, catalog_of
from benchmarks.synthetic import Shop
from recommender.entities import SECONDS_PER_DAY

SHOP = Shop(products=300, purchases=12_000, shoppers=50, texts=300, tastes=3)


def purchases_of(catalog: Catalog) -> list[Purchase]:
    async def read() -> list[Purchase]:
        return [purchase async for page in catalog.purchases() for purchase in page]

    return asyncio.run(read())


def test_hundredth_of_the_titles_and_the_last_day_are_new() -> None:
    catalog = catalog_of({"purchases": "", "shop": asdict(SHOP)})
    titles = {product.id: product.title for product in catalog.listed}
    changed = [product for product in catalog.changed().listed if titles[product.id] != product.title]
    assert len(changed) == 3
    before, after = purchases_of(catalog.before()), purchases_of(catalog.changed())
    latest = [max(purchase.purchased_at.timestamp() for purchase in log) for log in (before, after)]
    assert len(after) == 12_000
    assert latest[1] - latest[0] >= SECONDS_PER_DAY
    assert 0 < len(after) - len(before) < 12_000 // 100


def test_texts_are_distinct_and_differ_in_length() -> None:
    texts = synthetic_texts(200)
    assert len(set(texts)) == 200
    assert len({len(text.split()) for text in texts}) > 5
