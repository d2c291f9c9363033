"""Byte cache with expiry, and shared quotas. Redis in production, in-process by default.

Errors:

    CacheUnavailable   the cache did not answer in time, or refused; the caller continues without it
"""

from adapters.cache.in_process_cache import InProcessCache
from adapters.cache.in_process_quotas import InProcessQuotas
from adapters.cache.port import Cache, CacheEntry, CacheUnavailable, Copies, new_epoch
from adapters.cache.quotas import LeaseGrant, LeaseRequest, Leases, Quota, QuotaStore
from adapters.cache.redis_addresses import redis_address
from adapters.cache.redis_cache import RedisCache
from adapters.cache.redis_connection import RedisBounds, UnsupportedRedis
from adapters.cache.redis_quotas import RedisQuotas
from adapters.cache.redis_seen_numbers import RedisSeen
from adapters.cache.seen_numbers import InProcessSeen, SeenStore

__all__ = [
    "Cache",
    "CacheEntry",
    "CacheUnavailable",
    "Copies",
    "InProcessCache",
    "InProcessQuotas",
    "InProcessSeen",
    "LeaseGrant",
    "LeaseRequest",
    "Leases",
    "Quota",
    "QuotaStore",
    "RedisBounds",
    "RedisCache",
    "RedisQuotas",
    "RedisSeen",
    "SeenStore",
    "UnsupportedRedis",
    "new_epoch",
    "redis_address",
]
