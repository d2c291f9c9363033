"""Bodies are read strictly, and whatever is wrong with one is the caller's fault, never an internal error."""

import re
from typing import Any

import msgspec
from litestar import Request

from service.problems import ProblemException
from service.refusals import InvalidBody
from service.routes.parameters import refuse_unknown_parameters

_PLACE = re.compile(r"(?P<finding>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)


async def check_request(request: Request[Any, Any, Any]) -> None:
    """Refuses unknown query parameters, and a body that is not exactly what the handler's `data` describes.

    The framework alone would take the text "5" for a number, and fail at bytes that are no UTF-8.

    Raises:
        InvalidParameter: a query parameter does not exist.
        ProblemException: the body is not JSON (400).
        InvalidBody: it is not what it should be; with a pointer.
    """
    await refuse_unknown_parameters(request)
    expected = request.route_handler.parsed_fn_signature.parameters["data"].annotation
    content = await request.body()
    if not content:
        raise InvalidBody("", "a body is required")
    try:
        msgspec.json.decode(content, type=expected)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemException(
            400, "bad-request", "Bad Request", f"The body is not JSON: {error}."
        ) from error


def _refusal(message: str) -> InvalidBody:
    """Msgspec's "… - at `$.items[0].kind`" as a finding and a JSON pointer."""
    match = _PLACE.fullmatch(message)
    finding, path = (match["finding"], match["path"] or "") if match else (message, "")
    return InvalidBody("".join(f"/{part}" for part in re.split(r"[.\[\]]+", path) if part), finding)
