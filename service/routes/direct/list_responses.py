"""Responses with lists, noted by their handlers so that they can be sent again."""

from typing import Any, cast

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import Scope

from service.http.etags import etag_of, not_modified
from service.recommendations.paging import ListRequest
from service.recommendations.responses import ListResponse, RecommendationsView

CACHE_CONTROL = "private, no-cache"
"""Only the caller keeps the answer, and revalidates it before each use: a product may have sold out."""

_STATE_KEY = "answered"

_HEADERS = [
    ResponseHeader(name="ETag", description="Version of the list.", documentation_only=True),
    ResponseHeader(name="Cache-Control", description="`private, no-cache`.", documentation_only=True),
]
_NOT_MODIFIED = {304: ResponseSpec(None, description="The list still has the version of `If-None-Match`.")}


def shared_list(path: str, summary: str) -> get:
    """Decorates the handler of a shared list with its route and documented headers."""
    return get(path, summary=summary, response_headers=_HEADERS, responses=_NOT_MODIFIED)


def shared_response(request: Request[Any, Any, Any], answered: ListResponse) -> Response[RecommendationsView]:
    """The list with its ETag, or 304 if the caller has this version."""
    body = msgspec.json.encode(answered.view)
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": CACHE_CONTROL}
    if not_modified(request.scope["headers"], etag):
        return Response(cast("RecommendationsView", None), status_code=304, headers=headers)
    _note(request, answered, None)
    # Encoded once: Litestar sends bytes as they are.
    return Response(cast("RecommendationsView", body), media_type="application/json", headers=headers)


def personal_response(
    request: Request[Any, Any, Any], answered: ListResponse, decoded: ListRequest | None = None
) -> RecommendationsView:
    """The list of one shopper.

    Args:
        request: the request.
        answered: the list.
        decoded: the request for the list of the shopper in the path. None for a list of another path.
    """
    _note(request, answered, decoded)
    return answered.view


def noted_response(scope: Scope) -> tuple[ListResponse, ListRequest | None] | None:
    """Takes the noted response and its decoded request from the scope.

    None if the handler noted none, or they were taken before.
    """
    noted: tuple[ListResponse, ListRequest | None] | None = scope["state"].pop(_STATE_KEY, None)
    return noted


def _note(request: Request[Any, Any, Any], answered: ListResponse, decoded: ListRequest | None) -> None:
    request.scope["state"][_STATE_KEY] = answered, decoded
