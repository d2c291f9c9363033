"""Contract of `Cache`, over every implementation."""

import asyncio

import pytest

from adapters.cache import Cache, InProcessCache, RedisCache, new_epoch
from tests.support.builders.storage.recorded_copies import following

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["in-process", "redis"])
def cache(request: pytest.FixtureRequest, redis_cache: RedisCache) -> Cache:
    if request.param == "redis":
        return redis_cache
    return InProcessCache(max_entries=1000, max_bytes=10_000_000)


async def test_an_absent_key_returns_none(cache: Cache) -> None:
    assert await cache.get("absent") is None


@pytest.mark.parametrize("value", [b"\x00\xff\r\n", b"x" * 1_000_000])
async def test_bytes_are_returned_unchanged(cache: Cache, value: bytes) -> None:
    await cache.set("key", value, 60)
    assert await cache.get("key") == value


async def test_an_empty_value_counts_as_absent(cache: Cache) -> None:
    await cache.set("key", b"", 60)
    assert await cache.get("key") is None


@pytest.mark.parametrize("key", ["50%25 off", "茶:1", "a b\\c", "*"])
async def test_keys_are_matched_exactly(cache: Cache, key: str) -> None:
    await cache.set(key, b"1", 60)
    await cache.set(key + "x", b"2", 60)
    assert await cache.get(key) == b"1"


async def test_a_second_set_replaces_the_value(cache: Cache) -> None:
    await cache.set("key", b"1", 60)
    await cache.set("key", b"2", 60)
    assert await cache.get("key") == b"2"


async def test_an_entry_expires_after_its_time_to_live(cache: Cache) -> None:
    await cache.set("key", b"1", 0.05)
    await cache.set("other", b"2", 60)
    await asyncio.sleep(0.1)
    assert await cache.get("key") is None
    assert await cache.get("other") == b"2"


async def test_a_new_value_gets_its_own_time_to_live(cache: Cache) -> None:
    await cache.set("key", b"1", 0.05)
    await cache.set("key", b"2", 60)
    await asyncio.sleep(0.1)
    assert await cache.get("key") == b"2"


@pytest.mark.parametrize("ttl", [0, -1, 0.0001, float("nan")])
async def test_a_time_to_live_under_a_millisecond_is_rejected(cache: Cache, ttl: float) -> None:
    with pytest.raises(ValueError, match="at least a millisecond"):
        await cache.set("key", b"1", ttl)


async def test_concurrent_calls_do_not_mix_values(cache: Cache) -> None:
    await asyncio.gather(*(cache.set(str(number), str(number).encode(), 60) for number in range(200)))
    values = await asyncio.gather(*(cache.get(str(number)) for number in range(200)))
    assert values == [str(number).encode() for number in range(200)]


async def test_invalidation_removes_the_named_entries_only(cache: Cache) -> None:
    for key in ("a", "b", "c"):
        await cache.set(key, b"1", 60)
    await cache.invalidate(["a", "b", "absent"])
    assert [await cache.get(key) for key in ("a", "b", "c")] == [None, None, b"1"]
    await cache.invalidate(["a"])
    await cache.invalidate([])


async def test_a_value_loaded_before_an_invalidation_is_not_cached(cache: Cache) -> None:
    before = await cache.epoch("key")
    await cache.invalidate(["key"])
    await cache.set_unless_invalidated("key", b"old", 60, before)
    assert await cache.get("key") is None
    now = await cache.epoch("key")
    assert now != before
    await cache.set_unless_invalidated("key", b"new", 60, now)
    assert await cache.get("key") == b"new"


async def test_an_entry_is_replaced_at_its_epoch_only(cache: Cache) -> None:
    before, epoch = await cache.epoch("key"), new_epoch()
    await cache.set_unless_invalidated("key", b"old", 60, before)
    async with following(cache) as author, following(cache) as other:
        assert await cache.replace("key", b"new", 60, before, epoch, author)
        assert await other.until("drop key") == []
        assert author.last == "start"
    assert await cache.get("key") == b"new"
    assert await cache.epoch("key") == epoch
    await cache.set_unless_invalidated("key", b"read before", 60, before)
    assert not await cache.replace("key", b"late", 60, before, new_epoch(), author)
    assert await cache.get("key") == b"new"
    await cache.invalidate(["key"])
    assert not await cache.replace("key", b"late", 60, epoch, new_epoch(), author)
    assert await cache.get("key") is None
    with pytest.raises(ValueError, match="at least a millisecond"):
        await cache.replace("key", b"1", 0, await cache.epoch("key"), epoch, author)


async def test_an_entry_set_at_an_epoch_expires(cache: Cache) -> None:
    await cache.set_unless_invalidated("key", b"1", 0.05, await cache.epoch("key"))
    await asyncio.sleep(0.1)
    assert await cache.get("key") is None
    with pytest.raises(ValueError, match="at least a millisecond"):
        await cache.set_unless_invalidated("key", b"1", 0, b"0")
