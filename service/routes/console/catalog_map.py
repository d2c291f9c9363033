"""The map of the catalog, for the console."""

from typing import Annotated, Any, cast

from litestar import Request, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from service.console.facts.catalog_map import MapProducts, MapView
from service.console.facts.console_facts import ConsoleFacts
from service.http.etags import not_modified
from service.http.problems import InvalidParameter
from service.routes.direct.list_responses import CACHE_CONTROL
from service.routes.parameters import ID_BOUNDS, checked_id
from service.routes.request_checks import check_request

MAX_ROWS = 100

_HEADERS = [
    ResponseHeader(name="ETag", description="The snapshot of the map.", documentation_only=True),
    ResponseHeader(name="Cache-Control", description="`private, no-cache`.", documentation_only=True),
]
Version = Annotated[str | None, Parameter(description="Snapshot of the map that `rows` are from.")]
MapRows = Annotated[
    str | None,
    Parameter(
        description="Rows of the map, at most 100, separated by commas.", pattern=r"^\d{1,10}(,\d{1,10})*$"
    ),
]
Words = Annotated[
    str | None, Parameter(description="Words, or parts of words, of the title.", min_length=1, max_length=100)
]
ProductId = Annotated[str | None, Parameter(description="Id of one product.", schema_extra=ID_BOUNDS)]


@get(
    "/map",
    summary="The map of the catalog",
    response_headers=_HEADERS,
    responses={304: ResponseSpec(None, description="The map still has the version of `If-None-Match`.")},
)
async def catalog_map(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Response[MapView]:
    """Places and main categories of all products.

    They are columns in the row order of the snapshot. `GET /v1/console/map/products` names the products of rows. The
    answer is a 404 if an earlier release built the snapshot.
    """
    version, body = await facts.catalog_map.view()
    headers = {"etag": f'W/"{version}"', "cache-control": CACHE_CONTROL}
    if not_modified(request.scope["headers"], headers["etag"]):
        return Response(cast("MapView", None), status_code=304, headers=headers)
    # Encoded once: Litestar sends bytes as they are.
    return Response(cast("MapView", body), media_type="application/json", headers=headers)


@get("/map/products", summary="Products on the map")
async def products_on_map(
    facts: NamedDependency[ConsoleFacts],
    rows: MapRows = None,
    version: Version = None,
    words: Words = None,
    product_id: ProductId = None,
) -> MapProducts:
    """Products on the map.

    One of `rows`, `words` and `product_id` may be given. Rows of a snapshot that is no longer live are a 409.
    """
    return await map_products(facts, rows, version, words, product_id)


async def map_products(
    facts: ConsoleFacts, rows: str | None, version: str | None, words: str | None, product_id: str | None
) -> MapProducts:
    """Products on the map, by one of `rows`, `words` and `product_id`.

    Raises:
        InvalidParameter: more than one of them, or too many rows.
        OtherSnapshot: the snapshot of the rows is no longer live.
    """
    if sum(each is not None for each in (rows, words, product_id)) > 1:
        raise InvalidParameter("rows", "name either `rows`, `words` or `product_id`")
    if words is not None:
        return await facts.catalog_map.with_words(words)
    if product_id is not None:
        return facts.catalog_map.of_id(checked_id("product_id", product_id))
    listed = [int(row) for row in rows.split(",")] if rows else []
    if len(listed) > MAX_ROWS:
        raise InvalidParameter("rows", f"it names {len(listed)} rows; at most {MAX_ROWS} are allowed")
    return facts.catalog_map.of_rows(version, listed)


console_map_routes = Router(
    path="/v1/console",
    route_handlers=[catalog_map, products_on_map],
    before_request=check_request,
    tags=["console"],
)
