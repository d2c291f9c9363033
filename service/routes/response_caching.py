"""Sends finished answers again, before a request is routed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from service.auth import AuthorizationError, Principal
from service.http.path_prefix import public_path
from service.http.problems import send_problem
from service.limits import Admission, Caller, TooManyRequests, request_quota
from service.recommendations.response_cache import Key, ResponseCache
from service.recommendations.service import Recommendations
from service.routes.access import Requirement, checked_requirement
from service.routes.answers import not_modified, noted_basis
from service.routes.units import call_units
from service.signed.recommendation_ids import Recommended

_START = b'{"recommendation_id":"'
_OF_ONE_ANSWER = frozenset({b"content-length", b"ratelimit", b"ratelimit-policy"})
_ENTRY_BYTES = 2_000
"""Estimate of what a kept answer takes beside its body and its key."""


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """An answer that can be sent again, and what is known of its request.

    Attributes:
        route: template of the path.
        requirement: what a caller needs.
        user_id: the shopper in the path.
        units: for the rate limits.
        headers: those of every answer, without its length.
        etag: of a shared list.
        body: JSON. Without the beginning up to the recommendation id, if each answer has its own.
        issued: content of the recommendation id. None: it is a part of the body.
        shopper: the shopper who sees the answer.
        scenario: for the metrics.
        strategy: for the metrics.
    """

    route: str
    requirement: Requirement
    user_id: str | None
    units: int
    headers: Sequence[tuple[bytes, bytes]]
    etag: str | None
    body: bytes
    issued: Recommended | None
    shopper: str | None
    scenario: str
    strategy: str

    def is_allowed(self, principal: Principal) -> bool:
        """True if the caller may make the request."""
        try:
            self.requirement.check(principal)
        except AuthorizationError:
            return False
        return True


class ResponseCaching:
    """Answers a repeated request with the kept answer, if that is still valid.

    Plain ASGI, inside of authentication.

    Access, rate limits, fair shares and metrics are those of a computed answer. Requests that may not be made, and
    those that have to wait for their turn, are passed on.
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
        self._admission = admission
        self._recommendations = recommendations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends a kept answer, or passes the request on and keeps its answer."""
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
        if response is None or not response.is_allowed(principal):
            await self._pass_on(key, scope, receive, send)
            return
        scope["path_template"] = response.route
        if not self._admission.spend_at_once(scope, caller, response.user_id, response.units):
            try:
                await self._admission.spend(scope, caller, response.user_id, response.units)
            except TooManyRequests as rejection:
                await send_problem(rejection, public_path(scope), send)
                return
            response = self._cache.find(key)  # It may be outdated by now.
        if response is not None and self._admission.shares.pass_by(caller, response.units):
            await self._repeat(response, scope, send)
        else:
            await self._pass_on(key, scope, receive, send)

    async def _repeat(self, response: KeptResponse, scope: Scope, send: Send) -> None:
        self._recommendations.metrics.answered(response.scenario, response.strategy)
        self._recommendations.metrics.repeated(response.scenario)
        headers = [*response.headers, *request_quota(scope).headers()]
        status, body = 200, response.body
        if response.etag is not None and not_modified(scope["headers"], response.etag):
            status, body = 304, b""
            headers = [header for header in headers if header[0] != b"content-type"]
        else:
            if response.issued is not None:
                new_id = self._recommendations.id_again(response.issued, response.shopper)
                body = _START + new_id.encode() + body
            headers.append((b"content-length", b"%d" % len(body)))
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _pass_on(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal headers
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = list(message["headers"])
            elif message["type"] == "http.response.body" and headers is not None:
                self._keep(key, scope, headers, message["body"])
            await send(message)

        await self._app(scope, receive, send_and_keep)

    def _keep(self, key: Key, scope: Scope, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        answered = noted_basis(scope)
        if answered is None:
            return
        view, issued = answered.view, None
        etag = next((value.decode() for name, value in headers if name == b"etag"), None)
        if etag is None:
            issued = self._recommendations.ids.read(view.recommendation_id)
            body = body.removeprefix(_START + view.recommendation_id.encode())
        response = KeptResponse(
            route=scope["path_template"],
            requirement=checked_requirement(scope),
            user_id=scope["path_params"].get("user_id"),
            units=call_units(scope),
            headers=[header for header in headers if header[0] not in _OF_ONE_ANSWER],
            etag=etag,
            body=body,
            issued=issued,
            shopper=answered.shopper,
            scenario=view.scenario,
            strategy=view.strategy,
        )
        self._cache.keep(key, response, len(body) + _ENTRY_BYTES, answered)


def _key(scope: Scope, caller: Caller) -> Key:
    """Everything that an answer depends on, beside what it is made from.

    `Host` is in it because the framework rejects invalid ones. A shopper's own token leaves out what the shopper hid.
    """
    host = [value for name, value in scope["headers"] if name == b"host"][:1]
    return scope["raw_path"], scope["query_string"], *host, caller.shopper
