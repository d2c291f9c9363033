"""Quotas that all pods share: one script in Redis, on the cache's connections."""

from collections.abc import Sequence
from typing import cast

from adapters.cache.quotas import Ask, Grant
from adapters.cache.redis_cache import RedisCache

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {}
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local least, most = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local full_at = math.min(math.max(tonumber(redis.call('GET', key)) or now, now), now + window)
  local free = math.floor((now + window - full_at) * requests / window)
  local units = 0
  if free >= least then units = math.min(free, most) end
  if units > 0 then
    full_at = full_at + math.ceil(units * window / requests)
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
  end
  answer[2 * i - 1] = units
  answer[2 * i] = free - units
end
return answer
"""
"""As `quotas.taken`, for several keys, by Redis' own clock; a bucket that is full again vanishes."""


class RedisQuotas:
    """Buckets in Redis, under the cache's prefix.

    Args:
        cache: whose connections are used, and for which is read ahead.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._cache = cache

    async def take(self, asks: Sequence[Ask], read_ahead: str | None = None) -> list[Grant]:
        """See `QuotaStore.take`."""
        arguments: list[int] = []
        for ask in asks:
            arguments += (ask.quota.requests, ask.quota.seconds * 1_000_000, ask.least, ask.most)
        keys = [f"quota:{ask.key}" for ask in asks]
        answer = cast("list[int]", await self._cache.evaluate(_TAKE, keys, arguments, read_ahead))
        return [Grant(*answer[start : start + 2]) for start in range(0, len(answer), 2)]
