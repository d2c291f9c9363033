"""Rate limits around every route that asks for a token."""

from typing import Any, cast

from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import Principal
from service.limits.admission import QuotaState, RateLimits, TooManyRequests

_STATE = "rate_limits"


class RateLimitMiddleware:
    """Litestar middleware (plain ASGI), inside of authentication: what has no caller is not limited.

    Use it as `DefineMiddleware(RateLimitMiddleware, limits=…)`.

    Args:
        app: the next application.
        limits: of the process.
        uncounted: paths that cost nothing: an ingress's question about a call is not a second call.
    """

    def __init__(self, app: ASGIApp, limits: RateLimits, uncounted: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._limits = limits
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on that its caller has a unit for; the answer says how many are left.

        Raises:
            TooManyRequests: there is none.
        """
        principal = scope.get("user")
        if not isinstance(principal, Principal) or scope["path"] in self._uncounted:
            await self._app(scope, receive, send)
            return
        user_id = scope["path_params"].get("user_id")
        quota_state = self._limits.quota_state(principal, user_id)
        try:
            await self._limits.spend(quota_state, 1, user_id if scope.get("method") == "GET" else None)
        except TooManyRequests as refusal:
            refusal.headers |= quota_state.headers()
            raise
        scope["state"][_STATE] = self._limits, quota_state

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                stands = [(name.encode(), value.encode()) for name, value in quota_state.headers().items()]
                message["headers"] = [*message["headers"], *stands]
            await send(message)

        await self._app(scope, receive, answer)


async def spend_more(request: Request[Any, Any, Any], units: int) -> None:
    """Counts a request as `units` in all; to be called before any of its work is done.

    Raises:
        TooManyRequests: its caller has not as many.
    """
    limited = cast("tuple[RateLimits, QuotaState] | None", request.scope["state"].get(_STATE))
    if limited is not None and units > 1:
        limits, quota_state = limited
        await limits.spend(quota_state, units - 1)
