"""What one pod holds of a quota that all pods share; pure, the time is passed in."""

import math
from dataclasses import dataclass

from adapters.cache import LeaseGrant, LeaseRequest, Quota

BLOCKS = 100
"""A lease is a hundredth of the quota: that much may a pod hold without spending it."""


@dataclass(slots=True)
class Lease:
    """Units of a quota that were taken out of the shared bucket and not spent yet, and what is known of the bucket.

    Attributes:
        policy: name of the quota, as the headers say it.
        key: of the shared bucket.
        quota: of the shared bucket.
        held: units of this pod.
        wanted: units that requests of this pod are waiting for.
    """

    policy: str
    key: str
    quota: Quota
    held: int = 0
    wanted: int = 0
    _left: int | None = None
    _seen_at: float = 0.0

    def cost(self, units: int) -> int:
        """`units`, but never more than there can be: what costs more than a full bucket takes all of it."""
        return min(units, self.quota.requests)

    def covers(self, units: int) -> bool:
        """Whether `units` are held."""
        return self.held >= self.cost(units)

    def spend(self, units: int) -> None:
        """Gives `units` away that are held."""
        self.held -= self.cost(units)

    def seconds_until(self, units: int, now: float) -> float:
        """Seconds until there can be `units`; 0 when there may be already, which only the shared bucket knows."""
        missing = self.cost(units) - self.held - self._refilled(now)
        return max(0.0, missing * self.quota.seconds / self.quota.requests)

    def request(self, units: int) -> LeaseRequest:
        """What to take so that `units` are covered: a block, or what is being waited for, if that is more."""
        minimum = max(1, self.cost(units) - self.held)
        block = -(-self.quota.requests // BLOCKS)
        return LeaseRequest(self.key, self.quota, minimum, max(minimum, block, self.wanted - self.held))

    def take(self, grant: LeaseGrant, now: float) -> None:
        """Adds what was granted; `now` in monotonic seconds."""
        self.held += grant.units
        self._left, self._seen_at = grant.remaining, now

    def remaining(self, now: float) -> int:
        """Units that are left in all, as far as this pod knows: others may have taken some since it last looked."""
        return min(self.quota.requests, self.held + math.floor(self._refilled(now)))

    def _refilled(self, now: float) -> float:
        """Units that the shared bucket holds at most: others only take from it."""
        if self._left is None:
            return self.quota.requests
        elapsed = max(0.0, now - self._seen_at)
        return min(self.quota.requests, self._left + elapsed * self.quota.requests / self.quota.seconds)
