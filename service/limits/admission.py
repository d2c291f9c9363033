"""Lets requests pass as long as their client and their shopper have units left."""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.cache import Quota, QuotaStore
from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.http.problems import ProblemException
from service.limits.lease import Lease

_LEASES_KEPT = 100_000
_ANY_USER = ".any"


@dataclass(frozen=True, slots=True)
class Quotas:
    """What each client and each shopper may ask; None is no limit."""

    client: Quota | None
    shopper: Quota | None


class TooManyRequests(ProblemException):
    """A quota is used up.

    Args:
        policy: which one, as the headers call it.
        seconds: until it is worth trying again.
    """

    def __init__(self, policy: str, seconds: int) -> None:
        super().__init__(
            429,
            "too-many-requests",
            "Too Many Requests",
            f"The {policy}'s requests of the last minute use up its limit; try again in {seconds} s.",
            headers={"retry-after": str(seconds)},
        )


@dataclass(frozen=True, slots=True)
class QuotaState:
    """The quotas that a request counts against, and how they stand."""

    leases: Sequence[Lease]
    clock: Callable[[], float]

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` as of draft-ietf-httpapi-ratelimit-headers-10.

        `q` units per `w` seconds; `r` are left, as far as this pod knows; in `t` seconds all will be there again.
        """
        now = self.clock()
        policies, stands = [], []
        for lease in self.leases:
            quota, left = lease.quota, lease.remaining(now)
            full_in = math.ceil((quota.requests - left) * quota.seconds / quota.requests)
            policies.append(f'"{lease.policy}";q={quota.requests};w={quota.seconds}')
            stands.append(f'"{lease.policy}";r={left};t={full_in}')
        if not policies:
            return {}
        return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(stands)}


class RateLimits:
    """Spends units of leases; a lease that is used up is renewed once, however many requests wait for it.

    Args:
        store: where leases come from; never unavailable.
        quotas: how much there is.
        metrics: counts refusals.
        read_ahead: the cache's key of a user's profile.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: QuotaStore,
        quotas: Quotas,
        metrics: ServiceMetrics,
        read_ahead: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._quotas = quotas
        self._metrics = metrics
        self._read_ahead = read_ahead
        self._clock = clock
        self._leases: OrderedDict[tuple[str, ...], Lease] = OrderedDict()
        self._renewals: dict[str, asyncio.Event] = {}

    def quota_state(self, principal: Principal, user_id: str | None) -> QuotaState:
        """The quotas that a request of this caller for this user counts against.

        The shopper is the user in the path where the caller is one of the shop's own services, else the caller: a
        shopper cannot use up another's quota by asking for what is not theirs.
        """
        leases = []
        if self._quotas.client:
            leases.append(self._lease("client", self._quotas.client, principal.issuer, principal.client_id))
        shopper = _shopper(principal, user_id)
        if self._quotas.shopper and shopper is not None:
            leases.append(self._lease("shopper", self._quotas.shopper, shopper))
        return QuotaState(leases, self._clock)

    async def spend(self, quota_state: QuotaState, units: int, profile_of: str | None = None) -> None:
        """Spends `units` of each quota, or nothing; waits for Redis only where a lease is used up.

        Args:
            quota_state: the quotas.
            units: 0 is free.
            profile_of: the user whose profile is asked for next: read in the same round trip, when there is one.

        Raises:
            TooManyRequests: one of them does not have as many.
        """
        for lease in quota_state.leases:
            lease.wanted += units
        try:
            await self._cover(quota_state, units, profile_of)
        finally:
            for lease in quota_state.leases:
                lease.wanted -= units
        for lease in quota_state.leases:
            lease.spend(units)

    async def _cover(self, quota_state: QuotaState, units: int, profile_of: str | None) -> None:
        """Returns when every lease covers `units`; nothing is awaited between that and the return."""
        while lacking := [lease for lease in quota_state.leases if not lease.covers(units)]:
            renewal = next((self._renewals[each.key] for each in lacking if each.key in self._renewals), None)
            if renewal is not None:
                await renewal.wait()
                continue
            self._refuse_hopeless(lacking, units)
            await self._renew(lacking, units, profile_of)
            profile_of = None

    def _refuse_hopeless(self, lacking: Sequence[Lease], units: int) -> None:
        now = self._clock()
        last = max(lacking, key=lambda lease: lease.seconds_until(units, now))
        wait = last.seconds_until(units, now)
        if wait > 0:
            self._metrics.limited(last.policy)
            raise TooManyRequests(last.policy, math.ceil(wait))

    async def _renew(self, lacking: Sequence[Lease], units: int, profile_of: str | None) -> None:
        done = asyncio.Event()
        self._renewals.update((lease.key, done) for lease in lacking)
        ahead = self._read_ahead(profile_of) if profile_of is not None else None
        try:
            grants = await self._store.take([lease.request(units) for lease in lacking], ahead)
            now = self._clock()
            for lease, grant in zip(lacking, grants, strict=True):
                lease.take(grant, now)
        finally:
            for lease in lacking:
                del self._renewals[lease.key]
            done.set()

    def _lease(self, policy: str, quota: Quota, *name: str) -> Lease:
        found = self._leases.get((policy, *name))
        if found is None:
            digest = hashlib.blake2b("\0".join(name).encode(errors="surrogatepass"), digest_size=16)
            found = self._leases[policy, *name] = Lease(policy, f"{policy}:{digest.hexdigest()}", quota)
            if len(self._leases) > _LEASES_KEPT:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end((policy, *name))
        return found


def _shopper(principal: Principal, user_id: str | None) -> str | None:
    if any(scope.endswith(_ANY_USER) for scope in principal.scopes):
        return user_id
    # By RFC 9068, section 2.2, a client that acts for itself is its own subject.
    return principal.subject if principal.subject != principal.client_id else None
