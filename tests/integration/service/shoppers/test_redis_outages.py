"""A Redis that hangs, is read-only or is full: what a shopper notices."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from adapters.cache import RedisBounds, RedisCache
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_until

EVENT = {"product_id": "p1", "occurred_at": "2026-01-01T00:00:00Z"}

TIMEOUT = 2.0


@pytest.fixture
def served(own_redis: RedisServer, tmp_path: Path) -> Iterator[ServedShop]:
    """A shop whose pending invalidations are repeated, as in production."""
    built: list[ServedShop] = []

    async def repeat_invalidations() -> None:
        try:
            while not built:
                await asyncio.sleep(0.01)
            await built[0].components.profile_invalidator.run()
        finally:
            await cache.close()

    cache = RedisCache(
        own_redis.url, prefix="p:", bounds=RedisBounds(read_seconds=TIMEOUT, total_seconds=TIMEOUT)
    )
    overrides = {"cache": cache, "background": [repeat_invalidations]}
    with served_shop(shop(), tmp_path, overrides=overrides) as running:
        built.append(running)
        yield running


def degraded(served: ServedShop, user_id: str = "u1") -> list[str]:
    answer = served.for_you(user_id)
    assert answer.status_code == 200, answer.text
    named: list[str] = answer.json()["degraded"]
    return named


def test_a_hanging_redis_costs_one_request_one_timeout(served: ServedShop, own_redis: RedisServer) -> None:
    degraded(served)
    own_redis.pause(signal.SIGSTOP)
    try:
        assert degraded(served) == ["redis"]
        began = time.perf_counter()
        assert [degraded(served) for _ in range(30)] == [["redis"]] * 30
        assert time.perf_counter() - began < 15 * TIMEOUT, "each would wait for several timeouts"
        assert served.count("recommender.degraded", scenario="for-you", dependency="redis") == 31
    finally:
        own_redis.pause(signal.SIGCONT)
    wait_until(lambda: degraded(served) == [], "Redis is used again")


@pytest.mark.parametrize("trouble", ["read-only", "full"])
def test_a_redis_that_accepts_no_writes_is_named(
    served: ServedShop, own_redis: RedisServer, trouble: str
) -> None:
    degraded(served)
    with redis.Redis.from_url(own_redis.url) as operator:
        if trouble == "full":
            operator.config_set("maxmemory", "1")
        else:
            operator.replicaof("127.0.0.1", "1")
        event = EVENT | {"id": "e1", "user_id": "u1", "kind": "hide"}
        assert served.post("/v1/events", {"events": [event]}).status_code == 202
        assert "redis" in degraded(served)
        assert "p1" not in [item["product_id"] for item in served.for_you("u1").json()["items"]], "hidden"
        erased = served.client.delete("/v1/users/u1", headers={"authorization": f"Bearer {served.token()}"})
        assert (erased.status_code, erased.headers["retry-after"]) == (503, "5")
        if trouble == "full":
            operator.config_set("maxmemory", "0")
        else:
            operator.replicaof("NO", "ONE")
    wait_until(lambda: degraded(served) == [], "Redis is used again")
    assert served.client.delete(
        "/v1/users/u1", headers={"authorization": f"Bearer {served.token()}"}
    ).status_code in (200, 202)


def test_a_pending_invalidation_holds_when_redis_comes_back(
    served: ServedShop, own_redis: RedisServer
) -> None:
    """The profile in Redis is outdated until the invalidation is repeated."""

    def shown() -> list[str]:
        return [item["product_id"] for item in served.for_you("u1").json()["items"]]

    hidden = shown()[0]
    own_redis.pause(signal.SIGSTOP)
    try:
        assert degraded(served, "u2") == ["redis"], "it is left alone"
        event = EVENT | {"id": "e1", "user_id": "u1", "kind": "hide", "product_id": hidden}
        assert served.post("/v1/events", {"events": [event]}).status_code == 202
    finally:
        own_redis.pause(signal.SIGCONT)
    wait_until(lambda: degraded(served, "u2") == [], "Redis is used again")
    assert all(hidden not in shown() for _ in range(5))
