"""A cache of bytes with a time to live, and quotas: Redis in production, in-process as the embedded default.

Errors:

    CacheUnavailable   the cache did not answer in time or refused; the caller goes on without it
"""

from adapters.cache.in_process_cache import InProcessCache
from adapters.cache.in_process_quotas import InProcessQuotas
from adapters.cache.port import Cache, CacheUnavailable
from adapters.cache.quotas import Ask, Grant, Quota, QuotaStore
from adapters.cache.redis_cache import RedisBounds, RedisCache
from adapters.cache.redis_quotas import RedisQuotas

__all__ = [
    "Ask",
    "Cache",
    "CacheUnavailable",
    "Grant",
    "InProcessCache",
    "InProcessQuotas",
    "Quota",
    "QuotaStore",
    "RedisBounds",
    "RedisCache",
    "RedisQuotas",
]
