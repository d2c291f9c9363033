"""Rate limits and fair shares around the routes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import msgspec
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from adapters.cache import CacheEntry
from service.auth import Principal
from service.http.request_limits import WITH_BODY
from service.limits.admission import QuotaState, RateLimits, TooManyRequests
from service.limits.caller import Caller
from service.limits.fair_shares import FairShares, Turn

_STATE_KEY = "quota"


class RequestQuota(msgspec.Struct):
    """The quotas of one request, of which some units are spent.

    Attributes:
        caller: who sent the request.
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
            await self.admission.limits.spend(self.state, units - self.spent)
            self.admission.shares.charge(self.caller, units - self.spent)
            self.spent = units

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Headers of the answer."""
        return self.state.headers()


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
            units: of the request.

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


class RateLimitMiddleware:
    """Litestar middleware (plain ASGI), inside of authentication. Requests without a caller are not limited.

    Use it as `DefineMiddleware(RateLimitMiddleware, admission=…)`.

    Args:
        admission: quotas over all pods, and order of the requests of this pod.
        units: units of a request, as far as its URL says.
        uncounted: paths that cost nothing, such as an ingress's verification of a call.
    """

    def __init__(
        self,
        app: ASGIApp,
        admission: Admission,
        units: Callable[[Scope], int],
        uncounted: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._admission = admission
        self._units = units
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Spends the request's units, waits for its turn, and passes it on.

        Adds rate limit headers to the answer.

        Raises:
            TooManyRequests: too few units are left.
            Overloaded: too many requests are in flight.
        """
        principal = scope.get("user")
        if not isinstance(principal, Principal) or scope["path"] in self._uncounted:
            await self._app(scope, receive, send)
            return
        caller, units = Caller.of(principal), self._units(scope)
        quota = await self._admission.spend(scope, caller, scope["path_params"].get("user_id"), units)
        passage = _Passage(self._admission.shares, caller, units, receive)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                passage.close()  # A slow reader does not keep others waiting.
                message["headers"] = [*message["headers"], *quota.headers()]
            await send(message)

        try:
            if scope.get("method") not in WITH_BODY:
                await passage.enter()
            await self._app(scope, passage.receive, send_with_limits)
        finally:
            passage.close()


class _Passage:
    """One request's way through the fair shares. It enters once its body is complete."""

    def __init__(self, shares: FairShares, caller: Caller, units: int, receive: Receive) -> None:
        self._shares = shares
        self._caller = caller
        self._units = units
        self._receive = receive
        self._turn: Turn | None = None
        self._complete = False

    async def enter(self) -> None:
        """Waits for a turn. Raises Overloaded."""
        self._turn = await self._shares.turn(self._caller, self._units)

    async def receive(self) -> HTTPReceiveMessage:
        """The next part of the body.

        Waits for the request's turn after the last part. Raises Overloaded.
        """
        message = await self._receive()
        if not self._complete and message["type"] == "http.request" and not message.get("more_body", False):
            self._complete = True
            await self.enter()
        return cast("HTTPReceiveMessage", message)

    def close(self) -> None:
        """Ends the turn, once."""
        if self._turn is not None:
            self._turn.close()
            self._turn = None
