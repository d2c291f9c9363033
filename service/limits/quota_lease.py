"""One pod's lease of a quota that all pods share."""

import math
from dataclasses import dataclass, field

from adapters.cache import LeaseGrant, LeaseRequest, Quota

LEASES_PER_QUOTA = 100
"""A lease is a hundredth of the quota, which is what a pod may hold unspent."""


@dataclass(slots=True)
class Lease:
    """Unspent units of a quota, and the last known state of its shared bucket.

    Attributes:
        policy: name of the quota, as in the headers.
        key: key of the shared bucket.
        quota: size and refill of the shared bucket.
        held: unspent units of this pod.
        wanted: units for which requests of this pod wait.
        policy_header: the quota in `RateLimit-Policy`.
    """

    policy: str
    key: str
    quota: Quota
    held: int = 0
    wanted: int = 0
    policy_header: str = field(init=False)
    _left: int | None = None
    _seen_at: float = 0.0

    def __post_init__(self) -> None:
        self.policy_header = f'"{self.policy}";q={self.quota.requests};w={self.quota.seconds}'

    def cost(self, units: int, spent: int = 0) -> int:
        """Cost of `units` after `spent` ones: together a full bucket at most."""
        return max(0, min(units, self.quota.requests - spent))

    def covers(self, units: int, spent: int = 0) -> bool:
        """True if `units` are held."""
        return self.held >= self.cost(units, spent)

    def spend(self, units: int, spent: int = 0) -> None:
        """Spends `units` that are held."""
        self.held -= self.cost(units, spent)

    def seconds_until(self, units: int, now: float, spent: int = 0) -> float:
        """Minimum seconds until `units` can be available.

        0 if the shared bucket may have them now.
        """
        missing = self.cost(units, spent) - self.held - self._refilled(now)
        return max(0.0, missing * self.quota.seconds / self.quota.requests)

    def request(self, units: int, spent: int = 0) -> LeaseRequest:
        """A request that covers `units`: one block, or all wanted units if more."""
        minimum = max(1, self.cost(units, spent) - self.held)
        block = -(-self.quota.requests // LEASES_PER_QUOTA)
        return LeaseRequest(self.key, self.quota, minimum, max(minimum, block, self.wanted - self.held))

    def take(self, grant: LeaseGrant, now: float) -> None:
        """Adds granted units. `now` is in monotonic seconds."""
        self.held += grant.units
        self._left, self._seen_at = grant.remaining, now

    def remaining_header(self, now: float) -> str:
        """The state of the quota in `RateLimit`.

        The units left are an upper bound, since other pods may have taken some.
        """
        full, seconds = self.quota.requests, self.quota.seconds
        left = min(full, self.held + math.floor(self._refilled(now)))
        full_in = math.ceil((full - left) * seconds / full)
        return f'"{self.policy}";r={left};t={full_in}'

    def _refilled(self, now: float) -> float:
        """Upper bound of the units in the shared bucket."""
        full = self.quota.requests
        if self._left is None or self._left >= full:
            return full
        elapsed = max(0.0, now - self._seen_at)
        return min(full, self._left + elapsed * full / self.quota.seconds)
