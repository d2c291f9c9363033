"""Cookies of requests, as browsers send them."""

from litestar.types import Scope


def cookie_of(scope: Scope, name: str) -> str:
    """The value of the first cookie with this name, empty without one.

    Values are not unquoted, because those of this service have no quotes. The framework does that with the standard
    library, whose time is quadratic before Python 3.11.10 and 3.12.6 (CVE-2024-7592), and keeps 1,024 parsed headers.
    """
    wanted = name.encode()
    for header, pairs in scope["headers"]:
        for pair in pairs.split(b";") if header == b"cookie" else ():
            given, _, value = pair.partition(b"=")
            if given.strip() == wanted:
                return value.strip().decode("latin-1")
    return ""
