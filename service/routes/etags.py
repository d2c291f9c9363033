"""Lists that everyone gets alike carry an ETag, so that who has one already is told so in a few bytes."""

import hashlib
from typing import Any, cast

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from service.recommendations.responses import RecommendationsView

CACHE_CONTROL = "private, no-cache"
"""Kept by the caller alone, and asked about before each use: a product may be sold out in the meantime."""

_HEADERS = [
    ResponseHeader(name="ETag", description="Names this state of the list.", documentation_only=True),
    ResponseHeader(name="Cache-Control", description="`private, no-cache`.", documentation_only=True),
]
_NOT_MODIFIED = {304: ResponseSpec(None, description="The list is still the one that `If-None-Match` names.")}


def shared_list(path: str, summary: str) -> get:
    """The route of such a list, with what the documentation says of its answers."""
    return get(path, summary=summary, response_headers=_HEADERS, responses=_NOT_MODIFIED)


def shared_answer(
    request: Request[Any, Any, Any], view: RecommendationsView
) -> Response[RecommendationsView]:
    """The list with its ETag, or 304 without a body where the caller has it already."""
    body = msgspec.json.encode(view)
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"etag": etag, "cache-control": CACHE_CONTROL}
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(cast("RecommendationsView", None), status_code=304, headers=headers)
    # Encoded once: Litestar sends bytes as they are.
    return Response(cast("RecommendationsView", body), media_type="application/json", headers=headers)


def _names(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag, weakly compared (RFC 9110, 13.1.2)."""
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in given or "*" in given
