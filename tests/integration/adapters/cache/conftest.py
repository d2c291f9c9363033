"""A cache in Redis."""

from collections.abc import AsyncIterator

import pytest

from adapters.cache import RedisCache
from tests.support.builders.storage.redis_bounds import PATIENT


@pytest.fixture
async def redis_cache(redis_url: str, redis_namespace: str) -> AsyncIterator[RedisCache]:
    """Empty cache below a prefix of its own."""
    cache = RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT)
    yield cache
    await cache.close()
