"""The map of the catalog."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException

from service.console.facts.catalog_map import MapProducts, NoMap, OtherSnapshot
from service.console.facts.console_facts import ConsoleFacts
from service.console.pages.rendering import HEADERS, Page, page
from service.http.authentication import CONSOLE

MAP = f"{CONSOLE}/map"
MAX_ROWS, MAX_WORDS = 100, 100
_ROWS = re.compile(r"\d{1,10}(,\d{1,10})*")


@get(MAP, include_in_schema=False)
async def map_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """The map, or why there is none.

    The query's `product` is shown in the middle.
    """
    try:
        version, _ = await facts.catalog_map.columns()
    except NoMap as error:
        return page(request, "map.html", version=None, reason=error.detail, product="")
    return page(
        request, "map.html", version=version, reason="", product=request.query_params.get("product", "")
    )


@get(f"{MAP}/columns", include_in_schema=False)
async def map_columns(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Response[bytes]:
    """The columns of the map of the query's `version`, which a browser keeps.

    Raises:
        OtherSnapshot: it is no longer live.
        NoMap: it has no map.
    """
    version, body = await facts.catalog_map.columns()
    if request.query_params.get("version") != version:
        raise OtherSnapshot(request.query_params.get("version", ""))
    headers = {"cache-control": "private, max-age=86400, immutable"}
    return Response(body, media_type="application/octet-stream", headers=headers)


@get(f"{MAP}/products", include_in_schema=False)
async def map_products(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Response[bytes]:
    """Products by the query's `rows` of `version`, `words` or `product`.

    Raises:
        OtherSnapshot: the version of the rows is no longer live.
        ValidationException: too many rows or words.
    """
    query = request.query_params
    return Response(
        msgspec.json.encode(await _found(facts, query)), media_type=MediaType.JSON, headers=HEADERS
    )


async def _found(facts: ConsoleFacts, query: Mapping[str, str]) -> MapProducts:
    if "words" in query:
        if len(query["words"]) > MAX_WORDS:
            raise ValidationException(f"A search has at most {MAX_WORDS} characters.")
        return await facts.catalog_map.with_words(query["words"])
    if "product" in query:
        return facts.catalog_map.of_id(query["product"])
    rows = query.get("rows", "")
    if not _ROWS.fullmatch(rows) or rows.count(",") >= MAX_ROWS:
        raise ValidationException(f"Rows are at most {MAX_ROWS} numbers, separated by commas.")
    return facts.catalog_map.of_rows(query.get("version"), [int(row) for row in rows.split(",")])


map_handlers = (map_page, map_columns, map_products)
