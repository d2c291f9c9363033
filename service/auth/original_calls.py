"""The original call in the headers of a proxy that asks for verification."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

HEADER_FAMILIES = (
    (b"x-original-method", (b"x-original-uri", b"x-original-url")),
    (b"x-forwarded-method", (b"x-forwarded-uri",)),
)
"""Headers of the method and of the address: nginx and ingress-nginx, then Traefik and Caddy."""

_METHOD = re.compile(rb"[A-Z]{1,20}")
_ADDRESS = re.compile(rb"(?:https?://[^/?#\s]+)?(/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))?")
"""Path and query of visible ASCII without `#`, after an optional host."""

_MAX_HEADERS = 8
"""Proxies set two of them. Each method is checked with each address, so that many headers would be many checks."""


class UnclearCall(Exception):
    """The headers describe no call. The message names them."""


@dataclass(frozen=True, slots=True)
class OriginalCall:
    """A request as the proxy received it.

    Attributes:
        method: in capitals.
        path: percent-encoded.
        query: percent-encoded, without the question mark.
    """

    method: str
    path: str
    query: str


def original_calls(headers: Iterable[tuple[bytes, bytes]]) -> list[OriginalCall]:
    """All calls that the headers describe.

    There are several if a client sends such headers through a proxy that sets others of them. The proxy's own cannot
    be recognized, so that the caller must be allowed to make all of them, and a client gains nothing by adding headers.

    Args:
        headers: ASGI headers, which have lower-case names.

    Raises:
        UnclearCall: a method without an address, an address without a method, a malformed value, or too many headers.
    """
    sent = [(name, value) for name, value in headers if name.startswith((b"x-original-", b"x-forwarded-"))]
    named = {name for method, addresses in HEADER_FAMILIES for name in (method, *addresses)}
    if sum(name in named for name, _ in sent) > _MAX_HEADERS:
        raise UnclearCall(f"more than {_MAX_HEADERS} headers describe it")
    calls = []
    for method_name, address_names in HEADER_FAMILIES:
        methods = [value for name, value in sent if name == method_name]
        addresses = [value for name, value in sent if name in address_names]
        if bool(methods) != bool(addresses):
            names = b" or ".join(address_names).decode()
            raise UnclearCall(f"{method_name.decode()} and {names} are needed together")
        calls += [_call(method, address) for method, address in product(methods, addresses)]
    return calls


def _call(method: bytes, address: bytes) -> OriginalCall:
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not _METHOD.fullmatch(method):
        raise UnclearCall("the original method or address is malformed")
    return OriginalCall(method.decode(), parts[1].decode(), (parts[2] or b"").decode())
