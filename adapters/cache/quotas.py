"""Quotas shared by all pods: their arithmetic and the interface of their store.

A quota is a token bucket of `requests` units that refills evenly within `seconds`. A store keeps one number per bucket,
the time at which the bucket is full again (the "theoretical arrival time" of the generic cell rate algorithm,
ITU-T I.371):

    free = floor((now + window - full_at) · requests / window)
    taking n moves full_at by ceil(n · window / requests)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from adapters.cache.port import CacheEntry


@dataclass(frozen=True, slots=True)
class Quota:
    """Units per window of time. A full bucket allows all of them at once.

    Attributes:
        requests: number of units.
        seconds: length of the window.

    Raises:
        ValueError: one of them is not positive.
    """

    requests: int
    seconds: int

    def __post_init__(self) -> None:
        if self.requests < 1 or self.seconds < 1:
            raise ValueError(
                f"a quota is at least one request in one second, not {self.requests} in {self.seconds}"
            )


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """Request for units of one quota.

    Attributes:
        key: name of the bucket, made of digests so that it holds no user id.
        quota: size and window of the bucket.
        minimum: units without which nothing is taken.
        maximum: units to take if available.
    """

    key: str
    quota: Quota
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class LeaseGrant:
    """Units taken for one request.

    Attributes:
        units: 0, or at least the request's `minimum`.
        remaining: units left in the bucket at that time.
    """

    units: int
    remaining: int


class Leases(NamedTuple):
    """Answer of a store.

    Attributes:
        grants: one per request, in the same order.
        entry: entry of the cache that was read in the same round trip, if any.
    """

    grants: list[LeaseGrant]
    entry: CacheEntry | None = None


class QuotaStore(Protocol):
    """Hands out units of quotas. Each call is one atomic step."""

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        """Takes units for each request, and may read an entry of the cache.

        Args:
            requests: requests with different keys.
            read_ahead: key of a cache entry that the caller reads next. A store on the cache's own connection reads
                it in the same round trip.

        Raises:
            CacheUnavailable: the store cannot be reached within a bounded time.
        """
        ...


def grant_lease(full_at: int | None, now: int, request: LeaseRequest) -> tuple[int, LeaseGrant]:
    """Takes units out of a bucket.

    Args:
        full_at: time at which the bucket is full. None, or a time that cannot be right: it is full now.
        now: µs on the same clock. If it was set back by up to a window, the bucket is empty until it has caught up.
        request: units to take.

    Returns:
        The time at which the bucket is full again, and the grant.
    """
    window = request.quota.seconds * 1_000_000
    if full_at is None or not now <= full_at <= now + 2 * window:
        full_at = now
    full_at = min(full_at, now + window)
    free = (now + window - full_at) * request.quota.requests // window
    if free < request.minimum:
        return full_at, LeaseGrant(0, free)
    units = min(free, request.maximum)
    return full_at - (-units * window // request.quota.requests), LeaseGrant(units, free - units)
