"""What every cache does, whichever it is."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.cache import Cache, InProcessCache, RedisBounds, RedisCache

pytestmark = pytest.mark.anyio


PATIENT = RedisBounds(connect_seconds=20, read_seconds=20, total_seconds=60)
"""What is tested is what it does, not how fast a busy machine is."""


@pytest.fixture(params=["in-process", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    subject: Cache
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        subject = RedisCache(url, prefix=request.getfixturevalue("redis_namespace"), bounds=PATIENT)
    else:
        subject = InProcessCache(max_entries=1000, max_bytes=10_000_000)
    yield subject
    await subject.close()


async def test_what_is_absent_is_none(cache: Cache) -> None:
    assert await cache.get("absent") is None


@pytest.mark.parametrize("value", [b"", b"\x00\xff\r\n", b"x" * 1_000_000])
async def test_bytes_come_back_as_they_were(cache: Cache, value: bytes) -> None:
    await cache.set("key", value, 60)
    assert await cache.get("key") == value


@pytest.mark.parametrize("key", ["50%25 off", "茶:1", "a b\\c", "*"])
async def test_keys_are_exact(cache: Cache, key: str) -> None:
    await cache.set(key, b"1", 60)
    await cache.set(key + "x", b"2", 60)
    assert await cache.get(key) == b"1"


async def test_the_last_value_counts(cache: Cache) -> None:
    await cache.set("key", b"1", 60)
    await cache.set("key", b"2", 60)
    assert await cache.get("key") == b"2"


async def test_deleting_removes_and_may_be_repeated(cache: Cache) -> None:
    await cache.set("key", b"1", 60)
    await cache.delete("key")
    await cache.delete("key")
    assert await cache.get("key") is None


async def test_an_entry_vanishes_when_its_time_is_over(cache: Cache) -> None:
    await cache.set("key", b"1", 0.05)
    await cache.set("other", b"2", 60)
    await asyncio.sleep(0.1)
    assert await cache.get("key") is None
    assert await cache.get("other") == b"2"


async def test_a_new_value_begins_a_new_time(cache: Cache) -> None:
    await cache.set("key", b"1", 0.05)
    await cache.set("key", b"2", 60)
    await asyncio.sleep(0.1)
    assert await cache.get("key") == b"2"


@pytest.mark.parametrize("ttl", [0, -1, 0.0001, float("nan")])
async def test_no_time_to_live_is_a_mistake(cache: Cache, ttl: float) -> None:
    with pytest.raises(ValueError, match="at least a millisecond"):
        await cache.set("key", b"1", ttl)


async def test_many_at_once(cache: Cache) -> None:
    await asyncio.gather(*(cache.set(str(number), str(number).encode(), 60) for number in range(200)))
    values = await asyncio.gather(*(cache.get(str(number)) for number in range(200)))
    assert values == [str(number).encode() for number in range(200)]


async def test_an_invalidated_entry_is_gone_and_others_stay(cache: Cache) -> None:
    for key in ("a", "b", "c"):
        await cache.set(key, b"1", 60)
    await cache.invalidate(["a", "b", "absent"])
    assert [await cache.get(key) for key in ("a", "b", "c")] == [None, None, b"1"]
    await cache.invalidate([])


async def test_what_was_read_before_an_invalidation_is_not_kept_after_it(cache: Cache) -> None:
    before = await cache.epoch("key")
    await cache.invalidate(["key"])
    await cache.set_unless_invalidated("key", b"old", 60, before)
    assert await cache.get("key") is None
    now = await cache.epoch("key")
    assert now != before
    await cache.set_unless_invalidated("key", b"new", 60, now)
    assert await cache.get("key") == b"new"


async def test_an_entry_made_at_an_epoch_vanishes_in_time_too(cache: Cache) -> None:
    await cache.set_unless_invalidated("key", b"1", 0.05, await cache.epoch("key"))
    await asyncio.sleep(0.1)
    assert await cache.get("key") is None
    with pytest.raises(ValueError, match="at least a millisecond"):
        await cache.set_unless_invalidated("key", b"1", 0, 0)
