"""Admission of a request: the units that it spends, and its place among others."""

from dataclasses import dataclass
from typing import cast

import msgspec
from litestar.types import Scope

from adapters.cache import CacheEntry
from service.limits.caller import Caller
from service.limits.fair_shares import FairShares
from service.limits.rate_limits import QuotaState, RateLimits, TooManyRequests

_STATE_KEY = "quota"


class RequestQuota(msgspec.Struct):
    """The quotas of one request, of which some units are spent.

    Attributes:
        caller: who sent the request.
        state: the quotas, which also have the headers of the answer.
        spent: units that the request has spent.
        cached_profile: entry of the shopper's profile, if it was read together with a lease.
    """

    admission: "Admission"
    caller: Caller
    state: QuotaState
    spent: int
    cached_profile: CacheEntry | None = None

    async def count_as(self, units: int) -> None:
        """Counts the request as `units`. Called before the work is done.

        Raises:
            TooManyRequests: the caller has fewer units left.
        """
        if units > self.spent:
            await self.admission.limits.spend(self.state, units - self.spent, spent=self.spent)
            self.admission.shares.charge(self.caller, units - self.spent)
            self.spent = units


def request_quota(scope: Scope) -> RequestQuota:
    """The quota of the current request, for handlers behind `RateLimitMiddleware`."""
    return cast("RequestQuota", scope["state"][_STATE_KEY])


@dataclass(frozen=True, slots=True)
class Admission:
    """Rate limits and fair shares of a process.

    Attributes:
        limits: quotas over all pods.
        shares: order of the requests of this pod.
    """

    limits: RateLimits
    shares: FairShares

    def spend_at_once(self, scope: Scope, caller: Caller, user_id: str | None, units: int) -> bool:
        """Spends as `spend` if that needs no waiting. Otherwise spends nothing."""
        state = self.limits.quota_state(caller, user_id)
        if not self.limits.spend_at_once(state, units):
            return False
        scope["state"][_STATE_KEY] = RequestQuota(self, caller, state, units)
        return True

    async def spend(self, scope: Scope, caller: Caller, user_id: str | None, units: int) -> RequestQuota:
        """Spends the units of a request, unless that was done before.

        Args:
            scope: the request.
            caller: who sent it.
            user_id: the shopper in the path.
            units: units that the request costs.

        Raises:
            TooManyRequests: too few units are left.
        """
        if _STATE_KEY not in scope["state"]:
            state = self.limits.quota_state(caller, user_id)
            profile_of = (user_id or caller.shopper) if scope.get("method") == "GET" else None
            try:
                cached_profile = await self.limits.spend(state, units, profile_of)
            except TooManyRequests as rejection:
                rejection.headers |= {name.decode(): value.decode() for name, value in state.headers()}
                raise
            scope["state"][_STATE_KEY] = RequestQuota(self, caller, state, units, cached_profile)
        return request_quota(scope)
