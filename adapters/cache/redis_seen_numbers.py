"""Sets of seen numbers that all pods share, on the cache's connections."""

from collections.abc import Mapping, Sequence
from typing import cast

from adapters.cache.redis_cache import RedisCache
from adapters.cache.seen_numbers import MAX_NUMBERS

_ADD = f"""
local answer, position = {{}}, 2
for _, key in ipairs(KEYS) do
  if redis.call('TYPE', key).ok ~= 'set' then redis.call('DEL', key) end
  local held, count = redis.call('SCARD', key), tonumber(ARGV[position])
  for index = position + 1, position + count do
    local new = 0
    if held < {MAX_NUMBERS} then new = redis.call('SADD', key, ARGV[index]) end
    held = held + new
    answer[#answer + 1] = new
  end
  redis.call('EXPIRE', key, ARGV[1])
  position = position + count + 1
end
return answer
"""
"""Arguments: time to live, then for each key the number of its numbers, and these."""


class RedisSeen:
    """Sets in Redis, below the cache's prefix.

    Args:
        cache: cache whose connections are used.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._cache = cache

    async def add(self, numbers: Mapping[str, Sequence[int]], ttl_seconds: int) -> list[bool]:
        """See `SeenStore.add`."""
        arguments = [ttl_seconds]
        for added in numbers.values():
            arguments += (len(added), *added)
        answer, _ = await self._cache.evaluate(_ADD, [f"seen:{key}" for key in numbers], arguments, None)
        return [bool(new) for new in cast("list[int]", answer)]
