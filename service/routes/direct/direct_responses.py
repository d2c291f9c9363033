"""Responds to requests without the router if one like them was routed before."""

from collections.abc import Sequence

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from service.auth import Principal
from service.http.etags import not_modified
from service.http.middleware.path_prefix import public_path
from service.http.problems import send_problem
from service.limits import Admission, Caller, TooManyRequests, request_quota
from service.recommendations.response_cache import Key, ResponseCache
from service.recommendations.responses import ListResponse
from service.recommendations.service import Recommendations
from service.routes.direct.list_responses import noted_response
from service.routes.direct.routed_calls import RoutedCall, RoutedCalls, host_of

_START = b'{"recommendation_id":"'
_DEPENDS_ON_TIME = frozenset({"buy-again"})
"""Scenarios whose answers are not kept."""

_ENTRY_BYTES = 2_000
"""Estimate of what a kept answer takes beside its body and its key."""


class KeptResponse(msgspec.Struct, frozen=True):
    """An answer that can be sent again.

    Attributes:
        call: the call that it answers.
        etag: ETag of a shared list. None for a personal one.
        body: JSON. Without the beginning up to the recommendation id, if each answer has its own.
        products: those of the recommendation id. None: the id is a part of the body.
        shopper: the shopper who sees the answer.
        scenario, strategy, version: those of the answer. `version` is the snapshot's.
    """

    call: RoutedCall
    etag: str | None
    body: bytes
    products: bytes | None
    shopper: str | None
    scenario: str
    strategy: str
    version: str


class DirectResponses:
    """Answers a request without the router, if one like it was routed before.

    Plain ASGI, inside of authentication. A repeated request gets the kept answer while that is valid. The list of
    another shopper, or another page, is computed from the parameters that were decoded before.

    Access, rate limits, fair shares and metrics are those of the router's way. Requests that may not be made, and those
    that fail, are passed on, so that only the router's way rejects.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: ResponseCache[KeptResponse],
        admission: Admission,
        recommendations: Recommendations,
    ) -> None:
        self._app = app
        self._cache = cache
        self._calls = RoutedCalls()
        self._admission = admission
        self._recommendations = recommendations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request, or passes it on and keeps the result."""
        principal = scope.get("user")
        if (
            scope["type"] != ScopeType.HTTP
            or scope["method"] != "GET"
            or not isinstance(principal, Principal)
        ):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        caller = Caller.of(principal)
        key = _key(scope, caller)
        response = self._cache.find(key)
        call = self._calls.find(scope) if response is None else response.call
        if call is None or not call.is_allowed(principal):
            await self._route_and_keep(key, scope, receive, send)
            return
        scope["path_template"] = call.route
        if not self._admission.spend_at_once(scope, caller, call.user_id, call.units):
            try:
                await self._admission.spend(scope, caller, call.user_id, call.units)
            except TooManyRequests as rejection:
                await send_problem(rejection, public_path(scope), send)
                return
            response = self._cache.find(key)  # It may be outdated by now.
        if response is not None and self._admission.shares.begin_without_turn(caller, call.units):
            await self._send_again(response, scope, send)
            return
        answered = await self._compute(call, caller, scope)
        if answered is None:
            await self._route_and_keep(key, scope, receive, send)
            return
        body = msgspec.json.encode(answered.view)
        await _send(call, scope, send, body)
        self._keep(key, call, answered, None, body)

    async def _send_again(self, response: KeptResponse, scope: Scope, send: Send) -> None:
        recommendations = self._recommendations
        recommendations.metrics.answered(response.scenario, response.strategy)
        recommendations.metrics.repeated(response.scenario)
        if response.etag is not None and not_modified(scope["headers"], response.etag):
            await _send(response.call, scope, send, None)
            return
        body = response.body
        if response.products is not None:
            new_id = recommendations.ids.personal(
                response.scenario, response.version, response.shopper, response.products
            )
            body = _START + new_id.encode() + body
        await _send(response.call, scope, send, body)

    async def _compute(self, call: RoutedCall, caller: Caller, scope: Scope) -> ListResponse | None:
        """The answer, computed in the caller's turn.

        None if that failed, or if it is not the list of a shopper. The router then answers.

        Raises:
            Overloaded: too many requests are in flight.
        """
        request, user_id, shares = call.request, call.user_id, self._admission.shares
        if request is None or user_id is None:
            return None
        recommendations = self._recommendations
        loaded = recommendations.profiles.kept(user_id)
        if loaded is not None and not shares.begin_without_turn(caller, call.units):
            loaded = None
        turn = await shares.turn(caller, call.units) if loaded is None else None
        try:
            if loaded is not None:
                return recommendations.personal_page(request.after_cursor(recommendations.cursors), loaded)
            return await recommendations.personal_list(request, request_quota(scope).cached_profile)
        except Exception:  # noqa: BLE001 - the router answers the request, and makes the error's response
            return None
        finally:
            if turn is not None:
                turn.close()

    async def _route_and_keep(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal headers
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = list(message["headers"])
            elif message["type"] == "http.response.body" and headers is not None:
                self._keep_routed(key, scope, headers, message["body"])
            await send(message)

        await self._app(scope, receive, send_and_keep)

    def _keep_routed(
        self, key: Key, scope: Scope, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> None:
        noted = noted_response(scope)
        if noted is None:
            return
        answered, request = noted
        call = RoutedCall.of(scope, headers, request)
        etag = next((value.decode() for name, value in call.headers if name == b"etag"), None)
        self._calls.keep(scope, call)
        self._keep(key, call, answered, etag, body)

    def _keep(
        self, key: Key, call: RoutedCall, answered: ListResponse, etag: str | None, body: bytes
    ) -> None:
        view = answered.view
        if view.scenario in _DEPENDS_ON_TIME:
            return
        if etag is None:
            body = body.removeprefix(_START + view.recommendation_id.encode())
        response = KeptResponse(
            call=call,
            etag=etag,
            body=body,
            products=answered.products if etag is None else None,
            shopper=answered.shopper,
            scenario=view.scenario,
            strategy=view.strategy,
            version=view.snapshot_version,
        )
        self._cache.keep(key, response, len(body) + _ENTRY_BYTES, answered)


async def _send(call: RoutedCall, scope: Scope, send: Send, body: bytes | None) -> None:
    """Sends an answer to `call`. None: the caller has it already."""
    headers = [*call.headers, *request_quota(scope).state.headers()]
    if body is None:
        status, body = 304, b""
        headers = [header for header in headers if header[0] != b"content-type"]
    else:
        status = 200
        headers.append((b"content-length", b"%d" % len(body)))
    start: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _key(scope: Scope, caller: Caller) -> Key:
    """Everything that an answer depends on, beside what it is made from.

    `Host` is in it because the framework rejects invalid ones. A shopper's own token leaves out what the shopper hid.
    """
    return scope["raw_path"], scope["query_string"], host_of(scope), caller.shopper
