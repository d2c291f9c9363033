"""A cache of bytes with a time to live: Redis in production, in-process as the embedded default.

Errors:

    CacheUnavailable   the cache did not answer in time or refused; the caller goes on without it
"""

from adapters.cache.in_process_cache import InProcessCache
from adapters.cache.port import Cache, CacheUnavailable
from adapters.cache.redis_cache import RedisBounds, RedisCache

__all__ = ["Cache", "CacheUnavailable", "InProcessCache", "RedisBounds", "RedisCache"]
