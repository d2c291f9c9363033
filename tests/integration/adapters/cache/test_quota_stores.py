"""Contract of `QuotaStore`, over every implementation, and the Redis store's own behavior."""

import asyncio

import pytest
import redis

from adapters.cache import (
    CacheEntry,
    InProcessQuotas,
    LeaseGrant,
    LeaseRequest,
    Quota,
    QuotaStore,
    RedisCache,
    RedisQuotas,
)
from tests.support.builders.storage.redis_bounds import PATIENT
from tests.support.servers.redis_server import RedisServer
from tests.support.tokens import Clock

pytestmark = pytest.mark.anyio

HOUR = 3600


@pytest.fixture(params=["in-process", "redis"])
def store(request: pytest.FixtureRequest, redis_cache: RedisCache) -> QuotaStore:
    return InProcessQuotas(max_entries=1000) if request.param == "in-process" else RedisQuotas(redis_cache)


async def test_units_are_granted_until_none_are_left(store: QuotaStore) -> None:
    request = LeaseRequest("a", Quota(10, HOUR), 1, 4)
    grants = [(await store.take([request])).grants[0] for _ in range(4)]
    assert grants == [LeaseGrant(4, 6), LeaseGrant(4, 2), LeaseGrant(2, 0), LeaseGrant(0, 0)]


async def test_fewer_units_than_the_minimum_are_not_granted(store: QuotaStore) -> None:
    quota = Quota(10, HOUR)
    assert (await store.take([LeaseRequest("a", quota, 8, 8)])).grants == [LeaseGrant(8, 2)]
    assert (await store.take([LeaseRequest("a", quota, 3, 9)])).grants == [LeaseGrant(0, 2)]
    assert (await store.take([LeaseRequest("a", quota, 2, 9)])).grants == [LeaseGrant(2, 0)]


async def test_each_key_of_one_call_is_granted_independently(store: QuotaStore) -> None:
    requests = [LeaseRequest("a", Quota(3, HOUR), 1, 1), LeaseRequest("b", Quota(10**9, HOUR), 1, 10**7)]
    assert (await store.take(requests)).grants == [LeaseGrant(1, 2), LeaseGrant(10**7, 99 * 10**7)]


async def test_an_empty_bucket_refills(store: QuotaStore) -> None:
    request = LeaseRequest("a", Quota(20, 1), 20, 20)
    assert (await store.take([request])).grants == [LeaseGrant(20, 0)]
    assert (await store.take([request])).grants[0].units == 0
    await asyncio.sleep(1.05)
    assert (await store.take([request])).grants == [LeaseGrant(20, 0)]


async def test_concurrent_requests_never_exceed_the_quota(store: QuotaStore) -> None:
    request = LeaseRequest("a", Quota(150, HOUR), 1, 1)
    leases = await asyncio.gather(*(store.take([request]) for _ in range(400)))
    assert sum(grant.units for (grant,), _ in leases) == 150


async def test_the_key_of_a_full_bucket_expires(
    redis_cache: RedisCache, redis_url: str, redis_namespace: str
) -> None:
    await RedisQuotas(redis_cache).take(
        [LeaseRequest("a", Quota(1000, 1), 1, 100), LeaseRequest("b", Quota(10, HOUR), 1, 5)]
    )
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.pttl(f"{redis_namespace}quota:a") <= 101
        assert HOUR * 499 < client.pttl(f"{redis_namespace}quota:b") <= HOUR * 500 + 1


@pytest.mark.parametrize(
    "value", ["4102444800000000", "nan", "-inf", "inf", "1e400", "0x7f", "", b"\xff\xfe", "1", None]
)
async def test_an_impossible_bucket_counts_as_full(
    redis_cache: RedisCache, redis_url: str, redis_namespace: str, value: str | bytes | None
) -> None:
    """A clock that was set back must not block a caller for good."""
    with redis.Redis.from_url(redis_url) as client:
        if value is None:
            client.lpush(f"{redis_namespace}quota:a", "x")
        else:
            client.set(f"{redis_namespace}quota:a", value)
    request = LeaseRequest("a", Quota(10, HOUR), 1, 10)
    grants = [(await RedisQuotas(redis_cache).take([request])).grants[0] for _ in range(2)]
    assert grants == [LeaseGrant(10, 0), LeaseGrant(0, 0)]


@pytest.mark.parametrize(("seconds", "units"), [(-1, 0), (-1800, 0), (-3700, 10), (361, 1), (7200, 10)])
async def test_clock_that_is_set_back_a_little_refills_no_bucket(
    redis_cache: RedisCache, redis_url: str, redis_namespace: str, seconds: int, units: int
) -> None:
    """The bucket is empty when the clock jumps by `seconds`."""
    clock, request = Clock(), LeaseRequest("a", Quota(10, HOUR), 1, 10)
    store = InProcessQuotas(max_entries=10, clock=clock)
    assert (await store.take([request])).grants == [LeaseGrant(10, 0)]
    clock.now += seconds
    assert (await store.take([request])).grants == [LeaseGrant(units, 0)]
    with redis.Redis.from_url(redis_url) as client:
        now, _ = client.time()
        client.set(f"{redis_namespace}quota:a", (now + HOUR - seconds) * 1_000_000)
    assert (await RedisQuotas(redis_cache).take([request])).grants == [LeaseGrant(units, 0)]


async def test_an_entry_of_another_type_is_read_ahead_as_absent(
    redis_cache: RedisCache, redis_url: str, redis_namespace: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.lpush(f"{redis_namespace}profile", "x")
    leases = await RedisQuotas(redis_cache).take(
        [LeaseRequest("a", Quota(10, HOUR), 1, 1)], read_ahead="profile"
    )
    assert leases == ([LeaseGrant(1, 9)], CacheEntry("profile", None))


async def test_reading_ahead_saves_a_round_trip(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("profile", b"1", 60)
    request = LeaseRequest("a", Quota(10, HOUR), 1, 1)
    with redis.Redis.from_url(own_redis.url) as client:

        def commands() -> dict[str, int]:
            stats = client.info("commandstats")
            return {
                name: stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]
                for name in ("get", "getrange", "eval")
            }

        def round_trips() -> int:
            return int(client.info("stats")["total_reads_processed"])

        before, trips = commands(), round_trips()
        leases = await RedisQuotas(cache).take([request], read_ahead="profile")
        assert leases.entry == CacheEntry("profile", b"1")
        between = round_trips() - trips
        after = commands()
    # The script reads its bucket too, and reading the statistics is a round trip itself.
    assert {name: after[name] - before[name] for name in after} == {"get": 1, "getrange": 1, "eval": 1}
    assert between == 2
    await cache.close()


async def test_an_absent_entry_is_read_ahead_as_absent(redis_cache: RedisCache) -> None:
    request = LeaseRequest("a", Quota(10, HOUR), 1, 1)
    assert (await RedisQuotas(redis_cache).take([request], read_ahead="profile")).entry == CacheEntry(
        "profile", None
    )
    assert (await RedisQuotas(redis_cache).take([request])).entry is None
