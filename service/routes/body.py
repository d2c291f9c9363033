"""Bodies as they come over the wire."""

from typing import Any, TypeVar

import msgspec
from litestar import Request

from service.http.json_bodies import decoded_body
from service.http.problems import ProblemError, ProblemException
from service.http.refusals import InvalidValues

T = TypeVar("T")

_JSON = "application/json"


async def json_content(request: Request[Any, Any, Any]) -> bytes:
    """The body of a call that takes JSON; one that does not say what it is counts as JSON.

    Raises:
        ProblemException: it says that it is something else (415).
        InvalidValues: there is none.
    """
    media_type = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if media_type != _JSON:
        detail = f"The body is {media_type[:100]!r}; this call takes {_JSON}."
        raise ProblemException(415, "unsupported-media-type", "Unsupported Media Type", detail)
    content = await request.body()
    if not content:
        raise InvalidValues([ProblemError("A body is required.", pointer="")])
    return content


async def json_body(request: Request[Any, Any, Any], decoder: msgspec.json.Decoder[T]) -> T:
    """The body in the decoder's type; raises what `json_content` and `decoded_body` do."""
    return decoded_body(await json_content(request), decoder)
