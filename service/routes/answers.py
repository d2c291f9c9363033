"""Answers with lists, which may be sent again."""

from typing import Any, cast

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from service.recommendations.responses import Answered, RecommendationsView
from service.routes.etags import etag_of, not_modified
from service.routes.response_caching import repeatable

CACHE_CONTROL = "private, no-cache"
"""Only the caller keeps the answer, and revalidates it before each use: a product may have sold out."""

_HEADERS = [
    ResponseHeader(name="ETag", description="Version of the list.", documentation_only=True),
    ResponseHeader(name="Cache-Control", description="`private, no-cache`.", documentation_only=True),
]
_NOT_MODIFIED = {304: ResponseSpec(None, description="The list still has the version of `If-None-Match`.")}


def shared_list(path: str, summary: str) -> get:
    """Route decorator of a shared list, with its documented headers."""
    return get(path, summary=summary, response_headers=_HEADERS, responses=_NOT_MODIFIED)


def shared_answer(request: Request[Any, Any, Any], answered: Answered) -> Response[RecommendationsView]:
    """The list with its ETag, or 304 if the caller has this version."""
    body = msgspec.json.encode(answered.view)
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": CACHE_CONTROL}
    if not_modified(request.scope["headers"], etag):
        return Response(cast("RecommendationsView", None), status_code=304, headers=headers)
    repeatable(request, answered)
    # Encoded once: Litestar sends bytes as they are.
    return Response(cast("RecommendationsView", body), media_type="application/json", headers=headers)


def personal_answer(request: Request[Any, Any, Any], answered: Answered) -> RecommendationsView:
    """The list of one shopper."""
    repeatable(request, answered)
    return answered.view
