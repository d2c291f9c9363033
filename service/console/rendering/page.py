"""Templates, and what all pages have in common."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from service.console.facts.product_lines import ProductLine
from service.console.login.sessions import session_of
from service.console.rendering.addresses import PRODUCTS, SHOPPERS, product_address, shopper_address
from service.console.rendering.drawing import Bar, Sparkline, Tile, picture_of
from service.console.rendering.static_files import asset_version
from service.http.cookies import cookie_of
from service.http.middleware.authentication import CONSOLE
from service.http.middleware.path_prefix import path_prefix

Page = Response[str]
"""A page, or a fragment of one."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the pages. No script or style is inline, and pictures of products may come by HTTPS."""

HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    # With `no-referrer`, browsers would send forms with the origin `null`.
    "referrer-policy": "same-origin",
}

THEME = "console-theme"
"""Cookie with the chosen theme, which a script sets."""

_THEMES = ("light", "dark")

FRAGMENT = "x-fragment"
"""Header of requests for a part of a page, which scripts send, and of its answers.

Scripts show nothing else: a proxy may answer in the place of the service.
"""

NAVIGATION = (
    ("Overview", CONSOLE, "home"),
    ("Shoppers", SHOPPERS, "shopper"),
    ("Guest", f"{CONSOLE}/guest", "guest"),
    ("Products", PRODUCTS, "product"),
    ("Map", f"{CONSOLE}/map", "map"),
    ("Snapshots", f"{CONSOLE}/snapshots", "snapshots"),
    ("Data", f"{CONSOLE}/data", "data"),
    ("Live", f"{CONSOLE}/live", "live"),
)
"""Pages of the menu: title, path and icon (`icons.html`)."""


_MAX_NAME = 120


_LINE_ENDS = re.compile(r"(?:(?<=>)|(?<=[%#]})|(?<=\) }}))\s*\n\s*(?=<|{[%#]|{{ \w+\()")
"""Line ends and indentation between tags and calls of macros, which would be nodes of the page."""


class _WithoutIndentation(Extension):
    """Removes line ends between tags.

    In a shopper's page they were half of all nodes.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template as it is compiled."""
        del name, filename
        return _LINE_ENDS.sub("", source)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        extensions=[_WithoutIndentation],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day,
        "minute": minute,
        "number": number,
        "signed": signed,
        "name": name_of,
    }
    environment.globals |= {
        "tile": Tile.of,
        "bar_of": Bar.of,
        "picture_of": picture_of,
        "sparkline_of": Sparkline.of,
        "navigation": NAVIGATION,
        "product_address": product_address,
        "shopper_address": shopper_address,
    }
    return environment


def page(request: Request[Any, Any, Any], template: str, *, status: int = 200, **values: object) -> Page:
    """Renders a template.

    Besides `values`, templates know `session` (None if nobody is signed in), `here` (path of the page), `theme` (the
    chosen one, empty for that of the system), `url` (public address of a path of the console) and `asset` (that of a
    static file).
    """
    html = _templates().get_template(template).render(**_shared(request), **values)
    headers = {**HEADERS, FRAGMENT: "1"} if FRAGMENT in request.headers else HEADERS
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=headers)


def redirect(
    request: Request[Any, Any, Any], path: str, cookies: Sequence[Cookie] | None = None
) -> Response[bytes]:
    """Sends the browser to another path of the console."""
    return redirect_to(path_prefix(request.scope) + path, cookies)


def redirect_to(location: str, cookies: Sequence[Cookie] | None) -> Response[bytes]:
    """Sends the browser to `location`, with GET."""
    return Response(b"", status_code=303, headers=HEADERS | {"location": location}, cookies=cookies)


def _shared(request: Request[Any, Any, Any]) -> Mapping[str, object]:
    prefix, theme = path_prefix(request.scope), cookie_of(request.scope, THEME)
    return {
        "theme": theme if theme in _THEMES else "",
        "session": session_of(request.scope),
        "here": request.scope["path"],
        "url": lambda path: prefix + path,
        "asset": lambda name: f"{prefix}{CONSOLE}/static/{name}?v={asset_version(name)}",
    }


def name_of(product: ProductLine) -> str:
    """The title of a product, or its id.

    Only its own page has a long title in full.

    >>> name_of(ProductLine("p1", "word " * 40))[-15:], name_of(ProductLine("p1"))
    ('word word word…', 'p1')
    """
    name = product.title or product.product_id
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME].rstrip()}…"


def day(seconds: float | datetime) -> str:
    """A date such as `3 May 2026`, in UTC.

    >>> day(0.0)
    '1 Jan 1970'
    """
    moment = seconds if isinstance(seconds, datetime) else datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%b %Y}"


def minute(seconds: float) -> str:
    """A date and time such as `3 May 2026, 14:40 UTC`.

    >>> minute(60.0)
    '1 Jan 1970, 00:01 UTC'
    """
    return f"{day(seconds)}, {datetime.fromtimestamp(seconds, UTC):%H:%M UTC}"


def signed(value: float) -> str:
    """A difference with its sign and two decimals.

    >>> signed(0.5), signed(-0.126), signed(-0.001)
    ('+0.50', '−0.13', '0.00')
    """
    text = f"{value:+.2f}".replace("-", "−")
    return text[1:] if text[1:] == "0.00" else text


def number(value: float) -> str:
    """A number with separators of thousands and at most two decimals.

    >>> number(67742), number(0.257), number(3.0)
    ('67,742', '0.26', '3')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
