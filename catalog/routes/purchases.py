"""Handlers of `/v1/purchases`."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from catalog.cursors import purchases_cursor, read_purchases_cursor
from catalog.entities import PurchaseBody, PurchasePage, PurchasesBody, Recorded
from catalog.repositories.purchases import PurchaseRepository
from catalog.routes.requests import read_body, read_instant

_NDJSON = "application/x-ndjson"
_LINES_AT_ONCE = 5000


@get("/purchases")
async def list_purchases(
    request: Request[Any, Any, Any],
    purchases: NamedDependency[PurchaseRepository],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1000,
    since: FromQuery[str | None] = None,
) -> Response[Any]:
    """Returns a page of all purchases, or all that follow as NDJSON."""
    after = None if cursor is None else read_purchases_cursor(cursor)
    first = None if since is None else read_instant("since", since)
    if _NDJSON in request.headers.get("accept", ""):
        return Stream(_lines(purchases, after, first), media_type=_NDJSON, headers={"Vary": "Accept"})
    items, last = await purchases.page(after=after, since=first, limit=limit)
    page = PurchasePage(items=items, next_cursor=None if last is None else purchases_cursor(last))
    return Response(page, headers={"Vary": "Accept"})


@post("/purchases")
async def record_purchases(
    request: Request[Any, Any, Any], purchases: NamedDependency[PurchaseRepository]
) -> Recorded:
    """Records one or several purchases. Known purchases are counted and unchanged."""
    raw = await request.body()
    fields = read_body(raw, dict[str, msgspec.Raw])
    if "purchases" in fields:
        return await purchases.record(read_body(raw, PurchasesBody).purchases)
    return await purchases.record([read_body(raw, PurchaseBody)])


async def _lines(purchases: PurchaseRepository, after: int | None, since: int | None) -> AsyncIterator[bytes]:
    # Page by page, so that memory and the length of transactions stay bounded.
    encoder = msgspec.json.Encoder()
    while True:
        items, after = await purchases.page(after=after, since=since, limit=_LINES_AT_ONCE)
        yield encoder.encode_lines(items)
        if after is None:
            return
