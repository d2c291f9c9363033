"""Pages of products: search, one product, and who is shown it."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from recommender.entities import Query
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.gaps import Gap
from service.console.facts.product_lines import line_of, product_lines
from service.console.facts.search import MAX_SCANNED
from service.console.pages.errors import is_fragment
from service.console.rendering.addresses import PRODUCTS
from service.console.rendering.explained_lists import explained
from service.console.rendering.page import Page, name_of, page
from service.console.rendering.prices import price_text
from service.http.problems import UnknownProduct

MAX_WORDS = 200
_FOUND, _LISTED = 48, 12
_MAX_DIGITS = 10

GAP_LABELS: Mapping[Gap, str] = {
    "stock": "Sold out",
    "text": "Without text",
    "category": "Without a category",
    "price": "Without a price",
    "picture": "Without a picture",
    "buyers": "Bought by nobody",
    "second_buyer": "Bought by one shopper",
}
"""Headings of products by what they lack."""


@get(PRODUCTS, include_in_schema=False)
async def products(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """Products with the query's `words` in their title, the most popular ones without any.

    With `lacking`, they are those that lack this.
    """
    words = request.query_params.get("words", "").strip()[:MAX_WORDS]
    given = request.query_params.get("lacking", "")
    gap = cast(Gap, given) if given in GAP_LABELS else None
    offset = _offset_of(request.query_params.get("offset", ""))
    found = await facts.search.find(words, _FOUND, gap, offset)
    given = {name: value for name, value in (("words", words), ("lacking", gap)) if value}
    return page(
        request,
        "products.html",
        words=words,
        lacking=gap or "",
        label=GAP_LABELS[gap] if gap else "",
        found=found,
        offset=offset,
        first=_address(given, 0),
        meant=_address({"words": found.did_you_mean or ""}, 0),
        before=_address(given, max(0, offset - _FOUND)) if offset else "",
        after=_address(given, found.next_offset) if found.next_offset else "",
    )


def _offset_of(given: str) -> int:
    """Number of products before the page, 0 for anything that is no such number."""
    return min(int(given), MAX_SCANNED) if given.isdecimal() and len(given) < _MAX_DIGITS else 0


def _address(given: Mapping[str, str], offset: int) -> str:
    """Path of another page of the same products."""
    parameters = urlencode({**given, "offset": offset} if offset else given)
    return f"{PRODUCTS}?{parameters}" if parameters else PRODUCTS


@get(f"{PRODUCTS}/{{product_id:str}}", include_in_schema=False)
async def product(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts], product_id: FromPath[str]
) -> Page:
    """One product: its sales, what goes with it, and a place for its audience.

    Raises:
        UnknownProduct: neither snapshot nor overlay has the product.
    """
    found = await facts.products.read(product_id, Query(_LISTED, explain=True))
    serving = facts.products.recommendations.live.serving
    return page(
        request,
        "product.html",
        found=found,
        line=line_of(found.product_id, found.product),
        price=price_text(found.product),
        weeks=(found.statistics and found.statistics.weeks) or [],
        lists=explained(serving, found.lists),
    )


@get(f"{PRODUCTS}/{{product_id:str}}/shoppers", include_in_schema=False)
async def audience(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts], product_id: FromPath[str]
) -> Page:
    """The shoppers who are shown a product.

    It takes up to two seconds, so that a page loads them afterwards. Without scripts, `now` is in the query.

    Raises:
        UnknownProduct: neither snapshot nor overlay has the product.
    """
    serving = facts.products.recommendations.live.serving
    (line,) = product_lines(serving, [product_id])
    if not line.in_catalog and serving.snapshot.lookup.row(product_id) < 0:
        raise UnknownProduct(product_id)
    fragment = is_fragment(request)
    found = await facts.audiences.read(product_id) if fragment or "now" in request.query_params else None
    template = "audience_fragment.html" if fragment else "audience.html"
    return page(
        request,
        template,
        found=found,
        product_id=product_id,
        title=name_of(line),
    )


product_handlers = (products, product, audience)
