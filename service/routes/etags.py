"""ETags of the lists that are the same for every caller."""

import hashlib
from typing import Any, cast

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from service.http.compression import MIN_BYTES
from service.recommendations.responses import RecommendationsView

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


def shared_answer(
    request: Request[Any, Any, Any], view: RecommendationsView
) -> Response[RecommendationsView]:
    """The list with its ETag, or 304 if the caller has this version."""
    body = msgspec.json.encode(view)
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": CACHE_CONTROL}
    if not_modified(request, etag):
        return Response(cast("RecommendationsView", None), status_code=304, headers=headers)
    # Encoded once: Litestar sends bytes as they are.
    return Response(cast("RecommendationsView", body), media_type="application/json", headers=headers)


def etag_of(content: bytes) -> str:
    """The tag of an answer.

    It is weak if the answer may be sent compressed, because both forms share it.
    """
    tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    return f"W/{tag}" if len(content) >= MIN_BYTES else tag


def not_modified(request: Request[Any, Any, Any], etag: str) -> bool:
    """True if `If-None-Match` lists the tag, by weak comparison (RFC 9110, 13.1.2)."""
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in given or "*" in given
