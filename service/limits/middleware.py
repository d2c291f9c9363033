"""Rate limits around the routes, and the quota of the current request."""

from dataclasses import dataclass
from typing import cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from adapters.cache import CacheEntry
from service.auth import Principal
from service.limits.admission import QuotaState, RateLimits, TooManyRequests

_STATE_KEY = "quota"


@dataclass(frozen=True, slots=True)
class RequestQuota:
    """The quotas of one request, of which one unit is spent.

    Attributes:
        cached_profile: entry of the shopper's profile, if it was read together with a lease.
    """

    limits: RateLimits
    state: QuotaState
    cached_profile: CacheEntry | None

    async def count_as(self, units: int) -> None:
        """Counts the request as `units` requests. Called before the work is done.

        Raises:
            TooManyRequests: the caller has fewer units left.
        """
        if units > 1:
            await self.limits.spend(self.state, units - 1)


def request_quota(scope: Scope) -> RequestQuota:
    """The quota of the current request. A dependency of handlers behind `RateLimitMiddleware`."""
    return cast("RequestQuota", scope["state"][_STATE_KEY])


class RateLimitMiddleware:
    """Litestar middleware (plain ASGI), inside of authentication. Requests without a caller are not limited.

    Use it as `DefineMiddleware(RateLimitMiddleware, limits=…)`.

    Args:
        uncounted: paths that cost nothing, such as an ingress's verification of a call.
    """

    def __init__(self, app: ASGIApp, limits: RateLimits, uncounted: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._limits = limits
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Spends one unit, passes the request on, and adds rate limit headers.

        Raises:
            TooManyRequests: no unit is left.
        """
        principal = scope.get("user")
        if not isinstance(principal, Principal) or scope["path"] in self._uncounted:
            await self._app(scope, receive, send)
            return
        user_id = scope["path_params"].get("user_id")
        state = self._limits.quota_state(principal, user_id)
        try:
            profile_of = user_id if scope.get("method") == "GET" else None
            cached_profile = await self._limits.spend(state, 1, profile_of)
        except TooManyRequests as rejection:
            rejection.headers |= state.headers()
            raise
        scope["state"][_STATE_KEY] = RequestQuota(self._limits, state, cached_profile)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                limits = [(name.encode(), value.encode()) for name, value in state.headers().items()]
                message["headers"] = [*message["headers"], *limits]
            await send(message)

        await self._app(scope, receive, send_with_limits)
