"""Rate limits and fair shares around the routes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from adapters.cache import CacheEntry
from service.auth import Principal
from service.http.request_limits import WITH_BODY
from service.limits.admission import QuotaState, RateLimits, TooManyRequests
from service.limits.fair_shares import Caller, FairShares, Turn

_STATE_KEY = "quota"


@dataclass(slots=True)
class RequestQuota:
    """The quotas of one request, of which some units are spent.

    Attributes:
        spent: units that the request has spent.
        cached_profile: entry of the shopper's profile, if it was read together with a lease.
        charge: adds units to the caller's share of this pod.
    """

    limits: RateLimits
    state: QuotaState
    spent: int
    cached_profile: CacheEntry | None
    charge: Callable[[int], None]

    async def count_as(self, units: int) -> None:
        """Counts the request as `units`. Called before the work is done.

        Raises:
            TooManyRequests: the caller has fewer units left.
        """
        if units > self.spent:
            await self.limits.spend(self.state, units - self.spent)
            self.charge(units - self.spent)
            self.spent = units


def request_quota(scope: Scope) -> RequestQuota:
    """The quota of the current request. A dependency of handlers behind `RateLimitMiddleware`."""
    return cast("RequestQuota", scope["state"][_STATE_KEY])


class RateLimitMiddleware:
    """Litestar middleware (plain ASGI), inside of authentication. Requests without a caller are not limited.

    Use it as `DefineMiddleware(RateLimitMiddleware, limits=…)`.

    Args:
        limits: quotas over all pods.
        shares: order of the requests of this pod.
        units: units of a request, as far as its URL says.
        uncounted: paths that cost nothing, such as an ingress's verification of a call.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: RateLimits,
        shares: FairShares,
        units: Callable[[Scope], int],
        uncounted: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._limits = limits
        self._shares = shares
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
        caller, user_id = Caller.of(principal), scope["path_params"].get("user_id")
        state, units = self._limits.quota_state(caller, user_id), self._units(scope)
        try:
            reads = scope.get("method") == "GET"
            profile_of = (user_id or caller.shopper) if reads else None
            cached_profile = await self._limits.spend(state, units, profile_of)
        except TooManyRequests as rejection:
            rejection.headers |= state.headers()
            raise
        charge = partial(self._shares.charge, caller)
        scope["state"][_STATE_KEY] = RequestQuota(self._limits, state, units, cached_profile, charge)

        passage = _Passage(self._shares, caller, units, receive)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                passage.close()  # A slow reader does not keep others waiting.
                limits = [(name.encode(), value.encode()) for name, value in state.headers().items()]
                message["headers"] = [*message["headers"], *limits]
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
