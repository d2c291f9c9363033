"""Expiry and eviction of the in-process cache."""

import pytest

from adapters.cache import InProcessCache

pytestmark = pytest.mark.anyio


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_entry_expires_exactly_at_its_time_to_live() -> None:
    clock = Clock()
    cache = InProcessCache(max_entries=10, max_bytes=1000, clock=clock)
    await cache.set("a", b"1", ttl_seconds=10)
    clock.now = 9.999
    assert await cache.get("a") == b"1"
    clock.now = 10
    assert await cache.get("a") is None


async def test_the_least_recently_used_entry_is_evicted() -> None:
    cache = InProcessCache(max_entries=2, max_bytes=1000)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.get("a")
    await cache.set("c", b"3", 60)
    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_size_of_keys_and_values_is_bounded() -> None:
    cache = InProcessCache(max_entries=100, max_bytes=20)
    await cache.set("a", b"123456789", 60)
    await cache.set("b", b"123456789", 60)
    assert await cache.get("a") == b"123456789"
    await cache.set("é", b"1", 60)
    assert [await cache.get(key) for key in ("a", "b", "é")] == [b"123456789", None, b"1"]


async def test_replaced_expired_and_invalidated_entries_free_their_bytes() -> None:
    clock = Clock()
    cache = InProcessCache(max_entries=100, max_bytes=20, clock=clock)
    for _ in range(5):
        await cache.set("a", b"123456789", 60)
    await cache.set("b", b"123456789", 1)
    clock.now = 2
    assert await cache.get("b") is None
    await cache.invalidate(["a"])
    await cache.set("c", b"123456789", 60)
    await cache.set("d", b"123456789", 60)
    assert await cache.get("c") == await cache.get("d") == b"123456789"


async def test_a_value_larger_than_the_cache_evicts_no_other_entry() -> None:
    cache = InProcessCache(max_entries=100, max_bytes=20)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.set("b", b"x" * 21, 60)
    assert await cache.get("a") == b"1"
    assert await cache.get("b") is None
