"""Quotas shared by all pods, taken by one Redis script on the cache's connections."""

from collections.abc import Sequence
from typing import cast

from adapters.cache.quotas import LeaseGrant, LeaseRequest, Leases
from adapters.cache.redis_cache import RedisCache

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {}
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local minimum, maximum = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local full_at = tonumber(redis.pcall('GET', key))
  if not (full_at and full_at >= now and full_at <= now + 2 * window) then full_at = now end
  full_at = math.min(full_at, now + window)
  local free = math.floor((now + window - full_at) * requests / window)
  local units = 0
  if free >= minimum then units = math.min(free, maximum) end
  if units > 0 then
    full_at = full_at + math.ceil(units * window / requests)
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
  end
  answer[2 * i - 1] = units
  answer[2 * i] = free - units
end
return answer
"""
"""`quotas.grant_lease` for several keys, by the clock of Redis. The key of a full bucket expires."""


class RedisQuotas:
    """Buckets in Redis, below the cache's prefix.

    Args:
        cache: cache whose connections are used and whose entries are read ahead.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._cache = cache

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        """See `QuotaStore.take`."""
        arguments: list[int] = []
        for request in requests:
            arguments += (
                request.quota.requests,
                request.quota.seconds * 1_000_000,
                request.minimum,
                request.maximum,
            )
        keys = [f"quota:{request.key}" for request in requests]
        answer, entry = await self._cache.evaluate(_TAKE, keys, arguments, read_ahead)
        numbers = cast("list[int]", answer)
        grants = [LeaseGrant(*numbers[start : start + 2]) for start in range(0, len(numbers), 2)]
        return Leases(grants, entry)
