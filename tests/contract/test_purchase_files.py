"""Files are read alike by the catalog's `load` and by the indexer's `evaluate`."""

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.database import Database
from catalog.loading.load import load
from catalog.loading.progress import LineProgress
from catalog.tables import products, purchases
from indexer.sources.files import read_files
from purchase_files import ReadingOptions, open_purchases
from tests.support.builders.files.purchase_files import triples

FOLDER = Path(__file__).parents[1] / "unit/purchase_files/files"
FILES = (
    "groceries_baskets.csv",
    "instacart.csv",
    "nan_users.csv",
    "retailrocket_events.csv",
    "shopify_orders.csv",
    "uci_online_retail.csv",
    "unclosed_quotes.csv",
)
"""Orders, guests, returns, events, statuses, mapped columns and repeated rows.

Files that differ only in how they are parsed go through the same reader before either.
"""


async def loaded(
    folder: Path, file: Path, options: ReadingOptions
) -> tuple[list[tuple[str, str, int]], dict[str, str]]:
    url = f"sqlite+aiosqlite:///{folder}/catalog.db"
    with open_purchases([file], options) as data:
        await load(url, data, LineProgress(io.StringIO()))
    database = Database(url, timeout_seconds=10)
    try:
        async with database.reading() as connection:
            lines = select(purchases.c.user_id, purchases.c.product_id, purchases.c.purchased_at)
            bought = (await connection.execute(lines.order_by(purchases.c.sequence))).all()
            titles = (await connection.execute(select(products.c.id, products.c.title))).all()
    finally:
        await database.close()
    return [(user, product, at // 1_000_000) for user, product, at in bought if user], dict(
        map(tuple, titles)
    )


@pytest.mark.parametrize("name", FILES)
def test_loaded_purchases_are_the_evaluated_ones(tmp_path: Path, name: str) -> None:
    file = FOLDER / name
    options = ReadingOptions(
        dates="mdy" if file.stem == "uci_online_retail" else None,
        mapping={"purchased_at": "order_number"} if file.stem == "instacart" else {},
    )
    bought, titles = asyncio.run(loaded(tmp_path, file, options))
    rows, evaluated, _ = read_files([file], options)
    assert sorted(bought) == sorted(triples(rows, evaluated))
    assert titles.keys() == rows.row_of.keys()
    assert all(datetime.fromtimestamp(at, UTC).year > 1999 for _, _, at in bought)
