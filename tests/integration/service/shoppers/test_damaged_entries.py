"""Bytes in Redis and in the database that no release of ours wrote."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import create_engine, text

from adapters.cache import RedisCache
from service.shoppers.profiles.profile_cache import ProfileCache, bound_value
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

NAN, INFINITE = float("nan"), float("inf")
pack = msgspec.msgpack.encode
GOOD = [[2_000_000_000.0, [["p1", 1_999_999_000.0, "purchase"]], {}, False]]
DAMAGE: dict[str, bytes] = {
    "no msgpack": b"\xc1" * 20,
    "truncated": pack(GOOD[0])[:-3],
    "wrong UTF-8": pack(GOOD[0]).replace(b"p1", b"\xff\xfe"),
    "JSON": b'{"read_at": 1}',
    "another shape": pack({"read_at": 1}),
    "another version": pack([1.0, [], {}, False, "more", 7]),
    "NaN age": pack([NAN, [], {}, False]),
    "infinite age": pack([INFINITE, [], {}, False]),
    "future age": pack([9e10, [], {}, False]),
    "NaN time": pack([2e9, [["p1", NAN, "purchase"]], {}, False]),
    "infinite time": pack([2e9, [["p1", -INFINITE, "purchase"]], {}, False]),
    "unknown kind": pack([2e9, [["p1", 1e9, "smile"]], {}, False]),
    "odd ids": pack([2e9, [["", 1e9, "view"], ["\0" * 300, 1e9, "view"]], {}, False]),
    "NaN price": pack([2e9, [], {"price_min": NAN, "price_max": INFINITE}, False]),
    "nested": b"\x91" * 100_000,
    "huge": b"\x94" + b"x" * 5_000_000,
    "large number": pack([2e9, [["p1", 2**63, "view"]], {}, False]),
    "random": secrets.token_bytes(300),
    "packed, short": pack([2e9, b"\1\0\0\0", {}, False]),
    "packed, huge": pack([2e9, b"\xff" * 300, {}, False]),
    "packed, NaN time": pack([2e9, b"\1\0\0\0" * 2 + b"\xff" * 8 + b"\1\0\0\0" * 3 + b"\0x", {}, False]),
    "packed, wrong UTF-8": pack([2e9, b"\1\0\0\0" * 2 + bytes(8) + b"\1\0\0\0" * 3 + b"\0\xff", {}, False]),
}


@pytest.fixture(scope="module")
def served(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    folder = tmp_path_factory.mktemp("served")
    with served_shop(shop(), folder, settings={"redis_url": redis_url}) as running:
        yield running


@pytest.fixture
def store(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def answers(served: ServedShop, user_id: str) -> list[Any]:
    """Every call that reads what is stored of a shopper."""
    own = f"/v1/users/{user_id}"
    calls = [
        served.get(f"{own}/{path}") for path in ("recommendations", "buy-again", "preferences", "profile")
    ]
    return [*calls, served.post("/v1/recommendations", {"user_id": user_id, "basket": ["p1"]})]


@pytest.mark.parametrize("damage", [*DAMAGE, "list", "hash"])
def test_a_damaged_profile_in_redis_is_a_miss(served: ServedShop, store: redis.Redis, damage: str) -> None:
    user_id = f"u-{secrets.token_hex(4)}"
    key = f"profile:2:{user_id}"
    name = f"recommender:{key}"
    if damage == "list":
        store.lpush(name, "x")
    elif damage == "hash":
        store.hset(name, "x", "y")
    else:
        store.set(name, bound_value(key, DAMAGE[damage]))
    for answer in answers(served, user_id):
        assert answer.status_code == 200, answer.text
        assert "redis" not in answer.json().get("degraded", [])


@pytest.mark.parametrize("table", ["profiles", "preferences"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_row_is_ignored(served: ServedShop, table: str, damage: str) -> None:
    user_id, time = f"u-{secrets.token_hex(4)}", "read_at" if table == "profiles" else "updated_at"
    engine = create_engine(f"sqlite:///{served.folder / 'recommender.db'}")
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO {table} (user_id, content, {time}) VALUES (:user_id, :content, :at)"),
            {"user_id": user_id, "content": DAMAGE[damage], "at": "2026-05-17 09:30:00.000000"},
        )
    engine.dispose()
    for answer in answers(served, user_id):
        assert answer.status_code == 200, answer.text


@pytest.mark.anyio
@pytest.mark.parametrize("damage", [b"\xff\xfe", b"nan", b"1e400", b"soon", b"-1e99"])
async def test_a_damaged_tombstone_excludes_everything(
    redis_url: str, redis_namespace: str, store: redis.Redis, damage: bytes
) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace)
    profiles = ProfileCache(cache)
    await profiles.write_tombstone("u", 1.0)
    assert await profiles.erased_at("u") == datetime.fromtimestamp(1, UTC)
    [name] = store.keys(f"{redis_namespace}erased:*")
    store.set(name, damage)
    assert await profiles.erased_at("u") == datetime.max.replace(tzinfo=UTC)
    await cache.close()
