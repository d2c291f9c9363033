"""Rate limits and fair shares around the routes."""

from collections.abc import Callable
from typing import cast

from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from service.auth import Principal
from service.http.middleware.request_limits import WITH_BODY
from service.limits.admission import Admission
from service.limits.caller import Caller
from service.limits.fair_shares import FairShares, Turn


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
                message["headers"] = [*message["headers"], *quota.state.headers()]
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
