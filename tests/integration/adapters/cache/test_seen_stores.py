"""Contract of `SeenStore`, over every implementation."""

import pytest
import redis

from adapters.cache import CacheUnavailable, InProcessSeen, RedisCache, RedisSeen, SeenStore
from adapters.cache.seen_numbers import MAX_NUMBERS
from tests.support.servers.redis_server import RedisServer
from tests.support.tokens import Clock

pytestmark = pytest.mark.anyio

DAY = 86_400


@pytest.fixture(params=["in-process", "redis"])
def store(request: pytest.FixtureRequest, redis_cache: RedisCache) -> SeenStore:
    return InProcessSeen() if request.param == "in-process" else RedisSeen(redis_cache)


async def test_number_is_new_once_for_each_key(store: SeenStore) -> None:
    largest = 2**48 - 1
    assert await store.add({"a": [1, largest, 1], "b": [1]}, DAY) == [True, True, False, True]
    assert await store.add({"b": [largest], "a": [largest, 2]}, DAY) == [True, False, True]


async def test_full_set_has_seen_everything(store: SeenStore) -> None:
    assert await store.add({"a": range(MAX_NUMBERS)}, DAY) == [True] * MAX_NUMBERS
    assert await store.add({"a": [MAX_NUMBERS, 0], "b": [0]}, DAY) == [False, False, True]


async def test_each_addition_renews_the_time_to_live_of_a_set() -> None:
    clock = Clock()
    store = InProcessSeen(clock)
    for _ in range(3):
        await store.add({"a": [1]}, 10)
        clock.now += 9
    assert await store.add({"a": [1]}, 10) == [False]
    clock.now += 10
    assert await store.add({"a": [1]}, 10) == [True]


async def test_numbers_of_one_process_are_bounded() -> None:
    store = InProcessSeen(max_held=6)
    await store.add({"a": [1, 2], "b": [1, 2]}, DAY)
    await store.add({"a": [3]}, DAY)
    assert await store.add({"a": [1, 2, 3]}, DAY) == [False] * 3
    assert await store.add({"b": [1]}, DAY) == [True]


async def test_sets_in_redis_expire(redis_cache: RedisCache, redis_url: str, redis_namespace: str) -> None:
    await RedisSeen(redis_cache).add({"a": [1]}, DAY)
    with redis.Redis.from_url(redis_url) as observer:
        assert 0 < observer.ttl(f"{redis_namespace}seen:a") <= DAY


async def test_key_of_another_type_is_replaced(
    redis_cache: RedisCache, redis_url: str, redis_namespace: str
) -> None:
    with redis.Redis.from_url(redis_url) as observer:
        observer.set(f"{redis_namespace}seen:a", "damaged")
    assert await RedisSeen(redis_cache).add({"a": [1, 1]}, DAY) == [True, False]


async def test_store_is_unavailable_without_redis(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:")
    own_redis.stop()
    with pytest.raises(CacheUnavailable):
        await RedisSeen(cache).add({"a": [1]}, DAY)
