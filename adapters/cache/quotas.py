"""Quotas that pods share: the arithmetic, and what a store of them promises.

A quota is a bucket of `requests` units that fills evenly within `seconds`. It is kept as one number, the time at which
the bucket will be full (the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371):

    free = floor((now + window - full_at) · requests / window)
    taking n moves full_at by ceil(n · window / requests)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Quota:
    """So many units per so many seconds, and as many at once.

    Raises:
        ValueError: on construction, when one of them is not positive.
    """

    requests: int
    seconds: int

    def __post_init__(self) -> None:
        if self.requests < 1 or self.seconds < 1:
            raise ValueError(
                f"a quota is at least one request in one second, not {self.requests} in {self.seconds}"
            )


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for units of one quota.

    Attributes:
        key: whose quota; made of digests, never of a name.
        quota: how much there is.
        least: units without which none are wanted.
        most: units that are taken where there are as many.
    """

    key: str
    quota: Quota
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an ask got: units taken, 0 or at least `least`; and units that were left then."""

    taken: int
    left: int


class QuotaStore(Protocol):
    """Hands out units of quotas; every answer is one atomic step for all of its asks."""

    async def take(self, asks: Sequence[Ask], read_ahead: str | None = None) -> list[Grant]:
        """A grant for each ask, in their order.

        Args:
            asks: of different keys.
            read_ahead: a key of the cache that this task will ask for next; a store that shares the cache's
                connection reads it in the same round trip.

        Raises:
            CacheUnavailable: the store cannot be reached, within a bounded time.
        """
        ...


def taken(full_at: int | None, now: int, ask: Ask) -> tuple[int, Grant]:
    """The bucket after an ask: when it will be full, and the grant.

    Args:
        full_at: when it would have been full, in µs; None for one that is not known, which is full.
        now: µs on the same clock. A clock that was set back leaves a bucket empty at worst, never in debt.
        ask: what is wanted.
    """
    window = ask.quota.seconds * 1_000_000
    full_at = min(max(full_at or now, now), now + window)
    free = (now + window - full_at) * ask.quota.requests // window
    if free < ask.least:
        return full_at, Grant(0, free)
    units = min(free, ask.most)
    return full_at - (-units * window // ask.quota.requests), Grant(units, free - units)
