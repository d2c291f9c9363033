"""Recommendations by PostgreSQL with pgvector, for comparison with the service.

The query vector of each shopper is stored. Products in stock that the shopper did not buy are found by an HNSW index.
"""

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import numpy as np
from litestar import Litestar, MediaType, get
from litestar.datastructures import State
from numpy.typing import NDArray

from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.programs.plain_server import serve
from command_line.messages import ArgumentParser
from recommender.product_ids import IdLookup

_TABLES = """
CREATE EXTENSION IF NOT EXISTS vector;
DROP TABLE IF EXISTS bench_products, bench_shoppers, bench_purchases;
CREATE TABLE bench_products (id text, in_stock boolean, embedding vector({dims}));
CREATE TABLE bench_shoppers (id text PRIMARY KEY, embedding vector({dims}));
CREATE TABLE bench_purchases (user_id text, product_id text, PRIMARY KEY (user_id, product_id))
"""
_INDEX = """
SET maintenance_work_mem = '1GB';
CREATE INDEX ON bench_products USING hnsw (embedding vector_ip_ops);
ANALYZE bench_products, bench_shoppers, bench_purchases
"""
_QUESTION = """
SELECT id, -(embedding <#> (SELECT embedding FROM bench_shoppers WHERE id = $1)) AS score
FROM bench_products AS product
WHERE in_stock AND NOT EXISTS (SELECT FROM bench_purchases WHERE user_id = $1 AND product_id = product.id)
ORDER BY embedding <#> (SELECT embedding FROM bench_shoppers WHERE id = $1) LIMIT 20
"""
_CONNECTION = {"hnsw.iterative_scan": "relaxed_order"}


class Item(msgspec.Struct):
    """One product of an answer."""

    product_id: str
    score: float


def application(url: str) -> Litestar:
    """An API of one handler over the tables of `load`."""

    @asynccontextmanager
    async def connected(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, max_size=10, server_settings=_CONNECTION) as pool:
            app.state.pool = pool
            yield

    @get("/users/{user_id:str}/recommendations", media_type=MediaType.JSON)
    async def recommendations(user_id: str, state: State) -> dict[str, list[Item]]:
        rows = await state.pool.fetch(_QUESTION, user_id)
        return {"items": [Item(product_id, score) for product_id, score in rows]}

    @get("/health", sync_to_thread=False)
    def health() -> dict[str, str]:
        return {}

    return Litestar([recommendations, health], lifespan=[connected], openapi_config=None)


async def load(url: str, snapshot: Path, histories: Histories, user_ids: Sequence[str]) -> None:
    """Fills the tables with products and shoppers, and builds the index."""
    items, queries, in_stock = (
        np.load(snapshot / f"{name}.npy", mmap_mode="r")
        for name in ("item_vectors", "query_vectors", "in_stock")
    )
    lookup, ids = IdLookup.of(histories.ids), histories.ids
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLES.format(dims=items.shape[1]))
        await connection.set_type_codec(
            "vector", encoder=_encoded, decoder=bytes, schema="public", format="binary"
        )
        products = ((ids.text(row), bool(in_stock[row]), items[row]) for row in range(len(items)))
        await connection.copy_records_to_table("bench_products", records=products)
        for user_id in user_ids:
            bought = [purchase.product_id for purchase in histories.purchases(user_id)]
            rows = lookup.find(bought)
            vector = queries[rows[rows < len(queries)]].sum(axis=0) / np.sqrt(max(len(rows), 1))
            await connection.execute("INSERT INTO bench_shoppers VALUES ($1, $2)", user_id, vector)
            await connection.copy_records_to_table(
                "bench_purchases", records=[(user_id, product_id) for product_id in bought]
            )
        await connection.execute(_INDEX)
    finally:
        await connection.close()


def _encoded(vector: NDArray[np.float32]) -> bytes:
    """The binary form of pgvector: dimensions, zero, and elements, all in network order."""
    return struct.pack(">HH", len(vector), 0) + vector.astype(">f4").tobytes()


def main() -> None:
    """Serves until SIGTERM."""
    parser = ArgumentParser(prog="python -m benchmarks.serving.programs.pgvector")
    parser.add_argument("--database", required=True, help="URL of PostgreSQL with the tables")
    parser.add_argument("--port", type=int, required=True)
    parsed = parser.parse_args()
    serve(application(parsed.database), parsed.port)


if __name__ == "__main__":
    main()
