"""What every store of quotas does, whichever it is; and what only the shared one can."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis

from adapters.cache import (
    Ask,
    Grant,
    InProcessQuotas,
    Quota,
    QuotaStore,
    RedisBounds,
    RedisCache,
    RedisQuotas,
)
from tests.support.servers.redis_server import RedisServer

pytestmark = pytest.mark.anyio

HOUR = 3600
PATIENT = RedisBounds(connect_seconds=20, read_seconds=20, total_seconds=60)


@pytest.fixture(params=["in-process", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[QuotaStore]:
    if request.param == "in-process":
        yield InProcessQuotas(max_entries=1000)
        return
    url, prefix = request.getfixturevalue("redis_url"), request.getfixturevalue("redis_namespace")
    cache = RedisCache(url, prefix=prefix, bounds=PATIENT)
    yield RedisQuotas(cache)
    await cache.close()


async def test_units_are_taken_until_none_are_left(store: QuotaStore) -> None:
    ask = Ask("a", Quota(10, HOUR), 1, 4)
    grants = [(await store.take([ask]))[0] for _ in range(4)]
    assert grants == [Grant(4, 6), Grant(4, 2), Grant(2, 0), Grant(0, 0)]


async def test_less_than_the_least_is_not_taken(store: QuotaStore) -> None:
    quota = Quota(10, HOUR)
    assert await store.take([Ask("a", quota, 8, 8)]) == [Grant(8, 2)]
    assert await store.take([Ask("a", quota, 3, 9)]) == [Grant(0, 2)]
    assert await store.take([Ask("a", quota, 2, 9)]) == [Grant(2, 0)]


async def test_several_keys_at_once_each_by_itself(store: QuotaStore) -> None:
    asks = [Ask("a", Quota(3, HOUR), 1, 1), Ask("b", Quota(10**9, HOUR), 1, 10**7)]
    assert await store.take(asks) == [Grant(1, 2), Grant(10**7, 99 * 10**7)]


async def test_a_bucket_fills_again(store: QuotaStore) -> None:
    ask = Ask("a", Quota(20, 1), 20, 20)
    assert await store.take([ask]) == [Grant(20, 0)]
    assert (await store.take([ask]))[0].taken == 0
    await asyncio.sleep(1.05)
    assert await store.take([ask]) == [Grant(20, 0)]


async def test_many_at_once_get_no_more_than_there_is(store: QuotaStore) -> None:
    ask = Ask("a", Quota(150, HOUR), 1, 1)
    grants = await asyncio.gather(*(store.take([ask]) for _ in range(400)))
    assert sum(grant.taken for (grant,) in grants) == 150


async def test_a_full_bucket_leaves_nothing_behind(redis_url: str, redis_namespace: str) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace)
    await RedisQuotas(cache).take([Ask("a", Quota(1000, 1), 1, 100), Ask("b", Quota(10, HOUR), 1, 5)])
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.pttl(f"{redis_namespace}quota:a") <= 101
        assert HOUR * 499 < client.pttl(f"{redis_namespace}quota:b") <= HOUR * 500 + 1
    await cache.close()


async def test_a_clock_that_was_set_back_leaves_no_debt(redis_url: str, redis_namespace: str) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace)
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{redis_namespace}quota:a", "4102444800000000")  # written in the year 2100
    ask = Ask("a", Quota(10, 1), 1, 10)
    assert await RedisQuotas(cache).take([ask]) == [Grant(0, 0)]
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{redis_namespace}quota:a", "1")
    assert await RedisQuotas(cache).take([ask]) == [Grant(10, 0)]
    await cache.close()


async def test_what_is_read_ahead_costs_no_second_round_trip(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:")
    await cache.set("profile", b"1", 60)
    ask = Ask("a", Quota(10, HOUR), 1, 1)
    with redis.Redis.from_url(own_redis.url) as client:

        def commands() -> dict[str, int]:
            stats = client.info("commandstats")
            return {name: stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("get", "eval")}

        def round_trips() -> int:
            return int(client.info("stats")["total_reads_processed"])

        before, trips = commands(), round_trips()
        await RedisQuotas(cache).take([ask], read_ahead="profile")
        assert await cache.get("profile") == b"1"
        between = round_trips() - trips
        after = commands()
    # The script reads its bucket too, and the look at the statistics is a round trip itself.
    assert {name: after[name] - before[name] for name in after} == {"get": 2, "eval": 1}
    assert between == 2
    await cache.set("profile", b"2", 60)
    assert await cache.get("profile") == b"2"
    await cache.close()


async def test_only_the_task_that_read_ahead_uses_it(redis_url: str, redis_namespace: str) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace)
    await cache.set("profile", b"1", 60)
    await asyncio.create_task(_take_ahead(RedisQuotas(cache)))
    await cache.set("profile", b"2", 60)
    assert await cache.get("profile") == b"2"
    await cache.close()


async def _take_ahead(store: RedisQuotas) -> None:
    await store.take([Ask("a", Quota(10, HOUR), 1, 1)], read_ahead="profile")
