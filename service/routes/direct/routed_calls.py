"""Routed and decoded calls, kept to answer later ones without the router."""

from collections import OrderedDict
from collections.abc import Sequence
from re import compile as pattern

import msgspec
from litestar.types import Scope

from adapters.catalog import MAX_ID_CHARACTERS
from service.auth import AuthorizationError, Principal
from service.recommendations.paging import ListRequest
from service.routes.access import Requirement, checked_requirement
from service.routes.units import call_units
from service.signed.signer import FORMAT

Headers = Sequence[tuple[bytes, bytes]]

_MAX_CALLS = 1_000
_MAX_KEY = 500
"""Bytes of query and host, without the cursor. Longer ones are hardly sent for many shoppers."""

_OF_ONE_ANSWER = frozenset({b"content-length", b"ratelimit", b"ratelimit-policy"})
PLAIN_ID = rf"[A-Za-z0-9_-][A-Za-z0-9._~:@+=,-]{{0,{MAX_ID_CHARACTERS - 1}}}"
"""Pattern of ids that are valid and in normal form, as most are. The router decides on all others."""

_PATH = pattern(f"/v1/users/({PLAIN_ID})/([a-z-]+)")
_CURSOR = pattern(b"(?:^|(?<=&))cursor=(%s)(?=&|$)" % FORMAT.encode())
_Key = tuple[str | bytes | None, ...]


class RoutedCall(msgspec.Struct, frozen=True):
    """A call as the router, the access table and the parameters' decoder made it.

    Attributes:
        route: template of the path.
        requirement: what a caller needs.
        user_id: the shopper in the path.
        units: units that it costs.
        headers: those of every answer, without its length.
        request: the request for a list of the shopper in the path. None for other calls.
    """

    route: str
    requirement: Requirement
    user_id: str | None
    units: int
    headers: Headers
    request: ListRequest | None

    @classmethod
    def of(cls, scope: Scope, headers: Headers, request: ListRequest | None) -> "RoutedCall":
        """The call that was answered with these headers."""
        return cls(
            route=scope["path_template"],
            requirement=checked_requirement(scope),
            user_id=scope["path_params"].get("user_id"),
            units=call_units(scope),
            headers=[header for header in headers if header[0] not in _OF_ONE_ANSWER],
            request=request,
        )

    def is_allowed(self, principal: Principal) -> bool:
        """True if the caller may make the call."""
        try:
            self.requirement.check(principal)
        except AuthorizationError:
            return False
        return True


class RoutedCalls:
    """Calls for lists of shoppers, as they were routed for others.

    Path and query decide on a call. The router and its checks have accepted all of them but the shopper and the cursor,
    which are taken from each request. Only calls that were answered are kept, the last 1,000.
    """

    def __init__(self) -> None:
        self._calls: OrderedDict[_Key, RoutedCall] = OrderedDict()

    def find(self, scope: Scope) -> RoutedCall | None:
        """The call of a request, or None if the router has to find out."""
        url = _Url.of(scope)
        known = self._calls.get(url.key) if url is not None else None
        if url is None or known is None or known.request is None:
            return None
        self._calls.move_to_end(url.key)
        return RoutedCall(
            known.route,
            Requirement(known.requirement.scope, (url.user_id,)),
            url.user_id,
            known.units,
            known.headers,
            known.request.for_shopper(url.user_id, url.cursor),
        )

    def keep(self, scope: Scope, call: RoutedCall) -> None:
        """Keeps an answered call for a shopper's list."""
        url = _Url.of(scope)
        if url is None or call.request is None or sum(map(len, filter(None, url.key))) > _MAX_KEY:
            return
        self._calls[url.key] = call
        if len(self._calls) > _MAX_CALLS:
            self._calls.popitem(last=False)


class _Url(msgspec.Struct, frozen=True):
    """The URL of a shopper's list, taken apart.

    Attributes:
        user_id: the shopper, in normal form.
        cursor: names the page.
        key: everything else that the router reads. It rejects invalid hosts.
    """

    user_id: str
    cursor: str | None
    key: _Key

    @classmethod
    def of(cls, scope: Scope) -> "_Url | None":
        """The URL. None: not one of these, or another spelling of its path."""
        path = _PATH.fullmatch(scope["path"])
        if path is None or b"%" in scope["raw_path"]:
            return None
        query, cursor, after = scope["query_string"], None, None
        if b"cursor=" in query and (found := _CURSOR.search(query)):
            start, end = found.span(1)
            query, cursor, after = query[:start], found[1].decode(), query[end:]
        return cls(path[1], cursor, (path[2], query, after, host_of(scope)))


def host_of(scope: Scope) -> bytes | None:
    """The `Host` header, if any."""
    for name, value in scope["headers"]:
        if name == b"host":
            return value
    return None
