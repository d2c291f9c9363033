"""Rejects requests under overload before they are read and routed."""

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth import Principal
from service.http.middleware.path_prefix import public_path
from service.http.problems import Overloaded, send_problem
from service.limits.caller import Caller
from service.limits.fair_shares import FairShares


class EarlyRejection:
    """Sheds requests where that costs least. Plain ASGI, inside of authentication.

    The same requests would be shed later, behind the router, where each rejection costs a fifth of an answer. With
    several times the load that a process can answer, those rejections alone would use it up, and answers and probes
    would wait for them.

    Args:
        app: the next layer.
        api: knows the routes, by which rejections are counted.
        shares: decides who is shed.
        uncounted: paths that are never shed.
    """

    def __init__(self, app: ASGIApp, api: Litestar, shares: FairShares, uncounted: frozenset[str]) -> None:
        self._app = app
        self._api = api
        self._shares = shares
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rejects the request, or passes it on."""
        principal = scope.get("user")
        if (
            isinstance(principal, Principal)
            and scope["path"] not in self._uncounted
            and self._shares.sheds(Caller.of(principal))
        ):
            self._note_route(scope)
            await send_problem(Overloaded(), public_path(scope), send)
            return
        await self._app(scope, receive, send)

    def _note_route(self, scope: Scope) -> None:
        """Leaves the route's template in the scope for metrics, as the router does."""
        try:
            routed = self._api.asgi_router.handle_routing(path=scope["path"], method=scope.get("method"))
        except HTTPException:  # no such path or method
            return
        scope["path_template"] = routed[-1]
