"""Rate limits of clients and shoppers, spent from leases of their quotas."""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from adapters.cache import CacheEntry, Quota, QuotaStore
from adapters.telemetry import ServiceMetrics
from service.http.problems import ProblemException
from service.limits.caller import Caller
from service.limits.quota_lease import Lease

_MAX_LEASES = 100_000
_MAX_NAME = 200
"""Characters. Leases are found by a digest of a longer name."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """Quotas per client and per shopper. None disables a limit."""

    client: Quota | None
    shopper: Quota | None


class TooManyRequests(ProblemException):
    """A quota is used up.

    Args:
        policy: name of the quota, as in the headers.
        seconds: time after which a retry may succeed.
    """

    def __init__(self, policy: str, seconds: int) -> None:
        super().__init__(
            429,
            "too-many-requests",
            "Too Many Requests",
            f"The {policy} has used up its requests per minute. Retry in {seconds} s.",
            headers={"retry-after": str(seconds)},
        )


class QuotaState(msgspec.Struct, frozen=True):
    """The quotas that a request counts against."""

    leases: Sequence[Lease]
    clock: Callable[[], float]

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10.

        `q` units per `w` seconds. `r` units are left, as far as this pod knows. The quota is full again in `t` seconds.
        """
        if not self.leases:
            return []
        now = self.clock()
        policies = ", ".join([lease.policy_header for lease in self.leases])
        left = ", ".join([lease.remaining_header(now) for lease in self.leases])
        return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", left.encode())]


class RateLimits:
    """Spends units of leases. Requests that wait for the same lease share one renewal.

    Args:
        store: grants leases; never unavailable.
        profile_key: cache key of a shopper's profile.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: QuotaStore,
        quotas: Quotas,
        metrics: ServiceMetrics,
        profile_key: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._quotas = quotas
        self._metrics = metrics
        self._profile_key = profile_key
        self._clock = clock
        self._leases: OrderedDict[tuple[str, ...], Lease] = OrderedDict()
        self._renewals: dict[str, asyncio.Event] = {}

    def quota_state(self, caller: Caller, user_id: str | None) -> QuotaState:
        """The quotas that a request of this caller for this user counts against.

        A shopper's token counts against the shopper alone: however many shoppers a client has, none can use up the
        quota of another. A client that acts for itself counts against the client, and against the user in the path.
        """
        leases = []
        if self._quotas.client and caller.shopper is None:
            leases.append(self._lease("client", self._quotas.client, *caller.client))
        shopper = user_id if caller.shopper is None else caller.shopper
        if self._quotas.shopper and shopper is not None:
            leases.append(self._lease("shopper", self._quotas.shopper, shopper))
        return QuotaState(leases, self._clock)

    async def spend(
        self, quota_state: QuotaState, units: int, profile_of: str | None = None, *, spent: int = 0
    ) -> CacheEntry | None:
        """Spends `units` of each quota, or nothing.

        Waits for Redis only if a lease is used up.

        Args:
            quota_state: the quotas.
            units: number of units; 0 is free.
            profile_of: shopper whose profile is needed next. A round trip for a lease reads it too.
            spent: units that the request has spent. A repetition needs these again.

        Returns:
            The cache's entry of the profile, if a round trip read it.

        Raises:
            TooManyRequests: a quota has fewer units left.
        """
        if self.spend_at_once(quota_state, units, spent):
            return None
        leases = quota_state.leases
        for lease in leases:
            lease.wanted += units
        try:
            entry = await self._cover(quota_state, units, profile_of, spent)
        finally:
            for lease in leases:
                lease.wanted -= units
        for lease in leases:
            lease.spend(units, spent)
        return entry

    def spend_at_once(self, quota_state: QuotaState, units: int, spent: int = 0) -> bool:
        """Spends `units` of each quota if leases cover them all. Otherwise spends nothing."""
        leases = quota_state.leases
        for lease in leases:
            if not lease.covers(units, spent):
                return False
        for lease in leases:
            lease.spend(units, spent)
        return True

    async def _cover(
        self, quota_state: QuotaState, units: int, profile_of: str | None, spent: int
    ) -> CacheEntry | None:
        """Returns once every lease covers `units`, without a switch of tasks in between."""
        entry = None
        while lacking := [lease for lease in quota_state.leases if not lease.covers(units, spent)]:
            renewal = next((self._renewals[each.key] for each in lacking if each.key in self._renewals), None)
            if renewal is not None:
                await renewal.wait()
                continue
            self._reject_exhausted(lacking, units, spent)
            entry = await self._renew(lacking, units, profile_of, spent) or entry
            profile_of = None
        return entry

    def _reject_exhausted(self, lacking: Sequence[Lease], units: int, spent: int) -> None:
        now = self._clock()
        last = max(lacking, key=lambda lease: lease.seconds_until(units, now, spent))
        if last.seconds_until(units, now, spent) > 0:
            self._metrics.limited(last.policy)
            raise TooManyRequests(last.policy, math.ceil(last.seconds_until(units + spent, now)))

    async def _renew(
        self, lacking: Sequence[Lease], units: int, profile_of: str | None, spent: int
    ) -> CacheEntry | None:
        done = asyncio.Event()
        self._renewals.update((lease.key, done) for lease in lacking)
        ahead = self._profile_key(profile_of) if profile_of is not None else None
        try:
            grants, entry = await self._store.take([lease.request(units, spent) for lease in lacking], ahead)
            now = self._clock()
            for lease, grant in zip(lacking, grants, strict=True):
                lease.take(grant, now)
        finally:
            for lease in lacking:
                del self._renewals[lease.key]
            done.set()
        return entry

    def _lease(self, policy: str, quota: Quota, *name: str) -> Lease:
        known: tuple[str, ...] = (policy, *name)
        if sum(map(len, name)) > _MAX_NAME:
            known = (_bucket(policy, name),)
        lease = self._leases.get(known)
        if lease is None:
            lease = self._leases[known] = Lease(policy, _bucket(policy, name), quota)
            if len(self._leases) > _MAX_LEASES:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(known)
        return lease


def _bucket(policy: str, name: Sequence[str]) -> str:
    # A digest, because a name can be long, and Redis must not hold a shopper's id.
    digest = hashlib.blake2b("\0".join(name).encode(errors="surrogatepass"), digest_size=16)
    return f"{policy}:{digest.hexdigest()}"
