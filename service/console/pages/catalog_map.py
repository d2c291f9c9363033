"""The map of the catalog."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException

from service.console.facts.catalog_map import EncodedMap, MapProducts, NoMap, OtherSnapshot
from service.console.facts.console_facts import ConsoleFacts
from service.console.rendering.page import HEADERS, Page, page
from service.http.middleware.authentication import CONSOLE

MAP = f"{CONSOLE}/map"
MAX_PLACES, MAX_WORDS = 100, 100
_PLACES = re.compile(r"\d{1,10}(,\d{1,10})*")


@get(MAP, include_in_schema=False)
async def map_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """The map, or why there is none.

    The query's `product` is shown in the middle.
    """
    try:
        version = (await facts.catalog_map.encoded()).version
    except NoMap as error:
        return page(request, "map.html", version=None, reason=error.detail, product="")
    return page(
        request, "map.html", version=version, reason="", product=request.query_params.get("product", "")
    )


@get(f"{MAP}/columns", include_in_schema=False)
async def map_columns(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Response[bytes]:
    """The map of the query's `version`, which a browser keeps.

    Raises:
        OtherSnapshot: it is no longer live.
        NoMap: it has no map.
    """
    encoded = await _encoded(facts, request.query_params)
    headers = {"cache-control": "private, max-age=86400, immutable"}
    return Response(encoded.body, media_type="application/octet-stream", headers=headers)


@get(f"{MAP}/products", include_in_schema=False)
async def map_products(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Response[bytes]:
    """Products of the map of `version` by the query's `places`, `words` or `product`.

    Raises:
        OtherSnapshot: the version is no longer live.
        NoMap: it has no map.
        ValidationException: too many places or words.
    """
    query = request.query_params
    encoded = await _encoded(facts, query)
    found = await _found(facts, query, encoded)
    entries = [
        {"place": None if (place := int(encoded.places[each.row])) < 0 else place, "product": each.product}
        for each in found.products
    ]
    body = msgspec.json.encode({"products": entries, "complete": found.complete})
    return Response(body, media_type=MediaType.JSON, headers=HEADERS)


async def _encoded(facts: ConsoleFacts, query: Mapping[str, str]) -> EncodedMap:
    """The map that the page shows. Raises OtherSnapshot."""
    encoded = await facts.catalog_map.encoded()
    if query.get("version") != encoded.version:
        raise OtherSnapshot(query.get("version", ""))
    return encoded


async def _found(facts: ConsoleFacts, query: Mapping[str, str], encoded: EncodedMap) -> MapProducts:
    if "words" in query:
        if len(query["words"]) > MAX_WORDS:
            raise ValidationException(f"A search has at most {MAX_WORDS} characters.")
        return await facts.catalog_map.with_words(query["words"])
    if "product" in query:
        return facts.catalog_map.of_id(query["product"])
    places = query.get("places", "")
    if not _PLACES.fullmatch(places) or places.count(",") >= MAX_PLACES:
        raise ValidationException(f"Places are at most {MAX_PLACES} numbers, separated by commas.")
    known = [int(place) for place in places.split(",") if int(place) < len(encoded.rows)]
    return facts.catalog_map.of_rows(encoded.version, encoded.rows[known].tolist())


map_handlers = (map_page, map_columns, map_products)
