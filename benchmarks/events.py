"""Compares the recording of events with bare asyncpg on one PostgreSQL.

Both write the same rows with the same commits. `DATABASE_URL` is the server, and without it a temporary one is started.
The exit code is 1 when events are recorded at less than half the rate of asyncpg.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
import msgspec
from opentelemetry.metrics import NoOpMeter
from sqlalchemy import make_url

from adapters.cache import InProcessCache, InProcessSeen
from adapters.database import EventLimits, EventStore, ShopperStore, open_engine
from adapters.database.migrations import migrate
from adapters.snapshots import SigningKey
from adapters.telemetry import ServiceMetrics
from benchmarks.harness.servers import database_server
from service.shoppers.attribution import Attribution
from service.shoppers.events import BATCH_DECODER, MAX_EVENTS
from service.shoppers.profiles.invalidation import ProfileInvalidator
from service.shoppers.profiles.known_shoppers import KnownShoppers
from service.shoppers.profiles.profile_cache import ProfileCache
from service.shoppers.profiles.profile_updater import ProfileUpdater
from service.shoppers.service import ShopperService
from service.signed.recommendation_ids import RecommendationIds

_Batch = TypeVar("_Batch")

BATCHES, ROUNDS = 20, 5
MIN_RATIO = 0.5
_INSERT = """INSERT INTO events (id, user_id, product_id, kind, occurred_at, recorded_at, quantity, price)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"""
_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Measures both in turns and prints the ratio of their best rounds."""
    with database_server() as (url, _):
        return asyncio.run(_measured(url))


async def _measured(url: str) -> int:
    engine = open_engine(url)
    await migrate(engine)
    shoppers = _shoppers(ShopperStore(engine), EventStore(engine))
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    bare = await asyncpg.connect(plain)
    ours, theirs = [], []
    for turn in range(ROUNDS):
        bodies = [_body(f"ours-{turn}-{batch}") for batch in range(BATCHES)]
        ours.append(await _rate(bodies, lambda body: shoppers.record(BATCH_DECODER.decode(body), _allow)))
        rows = [_rows(f"bare-{turn}-{batch}") for batch in range(BATCHES)]
        theirs.append(await _rate(rows, lambda batch: _inserted(bare, batch)))
    await bare.close()
    await engine.dispose()
    ratio = max(ours) / max(theirs)
    print(f"bodies of {MAX_EVENTS} events, each validated and committed: {max(ours):,.0f} events per second")
    print(
        f"bare asyncpg, the same rows and commits: {max(theirs):,.0f} events per second,"
        f" {ratio:.2f} is the ratio, at least {MIN_RATIO} required"
    )
    return 0 if ratio >= MIN_RATIO else 1


def _allow(user_id: str) -> None:
    """The caller is one of the shop's services and may write any shopper's events."""


async def _rate(batches: Sequence[_Batch], record: Callable[[_Batch], Awaitable[object]]) -> float:
    started = time.perf_counter()
    for batch in batches:
        await record(batch)
    return len(batches) * MAX_EVENTS / (time.perf_counter() - started)


async def _inserted(connection: asyncpg.Connection, rows: list[tuple[object, ...]]) -> None:
    async with connection.transaction():
        await connection.executemany(_INSERT, rows)


def _shoppers(store: ShopperStore, events: EventStore) -> ShopperService:
    metrics = ServiceMetrics(NoOpMeter("benchmark"))
    profiles = ProfileCache(InProcessCache(max_entries=10_000, max_bytes=10**7))
    attribution = Attribution(RecommendationIds([SigningKey(b"0" * 32)]), InProcessSeen(), metrics, time.time)
    updater = ProfileUpdater(profiles, KnownShoppers(0), EventLimits(), time.time, 60, 3600)
    invalidator = ProfileInvalidator(profiles)
    return ShopperService(events, store, profiles, invalidator, attribution, updater, metrics, time.time)


def _body(name: str) -> bytes:
    fields = ("id", "user_id", "product_id", "kind", "occurred_at")
    events = [dict(zip(fields, row[:5], strict=True)) | {"quantity": 1, "price": 9.5} for row in _rows(name)]
    return msgspec.json.encode({"events": events})


def _rows(name: str) -> list[tuple[object, ...]]:
    return [
        (f"{name}-{n:03}", f"u{n % 100}", f"p{n}", "view", _TIME, _TIME, 1, 9.5) for n in range(MAX_EVENTS)
    ]


if __name__ == "__main__":
    sys.exit(main())
