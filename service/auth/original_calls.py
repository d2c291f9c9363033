"""Reads which call a proxy asks about, when it asks the service before it passes a request on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

_FAMILIES = (
    (b"x-original-method", (b"x-original-uri", b"x-original-url")),
    (b"x-forwarded-method", (b"x-forwarded-uri",)),
)
"""Header of the method and headers of the address: nginx and ingress-nginx; Traefik and Caddy."""

_METHOD = re.compile(rb"[A-Z]{1,20}")
_ADDRESS = re.compile(rb"(?:https?://[^/?#\s]+)?(/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))?")
"""A path and a query of visible ASCII without `#`, behind a host where the proxy sends one."""


class UnclearCall(Exception):
    """What the proxy sent describes no call; the message says which headers."""


@dataclass(frozen=True, slots=True)
class OriginalCall:
    """A request as the proxy received it.

    Attributes:
        method: in capitals.
        path: still percent-encoded.
        query: the same, without the question mark.
    """

    method: str
    path: str
    query: str


def original_calls(headers: Iterable[tuple[bytes, bytes]]) -> list[OriginalCall]:
    """All calls that the headers describe; ASGI headers have lower-case names.

    More than one comes about when a client sends such headers through a proxy that sets others of them. Nobody can
    tell here which are the proxy's, so that the caller must ask for every one of them: nothing is gained by adding any.

    Raises:
        UnclearCall: a method comes without an address, an address without a method, or either is malformed.
    """
    sent = [(name, value) for name, value in headers if name.startswith((b"x-original-", b"x-forwarded-"))]
    calls = []
    for method_name, address_names in _FAMILIES:
        methods = [value for name, value in sent if name == method_name]
        addresses = [value for name, value in sent if name in address_names]
        if bool(methods) != bool(addresses):
            names = b" or ".join(address_names).decode()
            raise UnclearCall(f"{method_name.decode()} and {names} only say something together")
        calls += [_call(method, address) for method, address in product(methods, addresses)]
    return calls


def _call(method: bytes, address: bytes) -> OriginalCall:
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not _METHOD.fullmatch(method):
        raise UnclearCall("the original method or address is malformed")
    return OriginalCall(method.decode(), parts[1].decode(), (parts[2] or b"").decode())
