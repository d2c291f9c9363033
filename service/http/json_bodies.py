"""Request bodies: JSON decoded into structs, with a JSON pointer to what is invalid."""

import re
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

import msgspec
from litestar import Request

from service.http.problems import InvalidValues, MalformedBody, ProblemError, UnsupportedMediaType

MAX_BODY_BYTES = 10_000_000
"""The framework rejects longer bodies with a 413 while it reads them."""

T = TypeVar("T")

_JSON = "application/json"
_PATH = re.compile(r"^(?P<finding>.*?) - at `\$(?P<path>.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")


async def json_body(request: Request[Any, Any, Any], decoder: msgspec.json.Decoder[T]) -> T:
    """The request's body in the decoder's type.

    A body without a `Content-Type` counts as JSON.

    Raises:
        UnsupportedMediaType: another `Content-Type`.
        InvalidValues: no body, or JSON of another shape.
        MalformedBody: not JSON, or not UTF-8.
    """
    media_type = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise UnsupportedMediaType(f"The body is {media_type[:100]!r}. This call takes {_JSON}.")
    content = await request.body()
    if not content:
        raise InvalidValues([ProblemError("A body is required.", pointer="")])
    return decode_body(content, decoder)


def decode_body(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The body in the decoder's type.

    Raises:
        MalformedBody: not JSON, or not UTF-8.
        InvalidValues: JSON of another shape. The pointer names the first invalid value.
    """
    try:
        body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidValues([_with_hint(finding(error), decoder.type)]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(str(error)) from error
    except RecursionError as error:
        raise MalformedBody("it is nested too deeply") from error


def finding(error: msgspec.ValidationError, within: str = "") -> ProblemError:
    """The message of msgspec, with its path as a JSON pointer below `within`."""
    found = _PATH.match(str(error))
    if found is None:
        return ProblemError(f"{error}.", pointer=within)
    return ProblemError(f"{found['finding']}.", pointer=within + _pointer(found["path"]))


def _with_hint(found: ProblemError, kind: type) -> ProblemError:
    """Adds the closest known name to a finding about an unknown field."""
    unknown = _UNKNOWN.search(found.detail)
    nearest = get_close_matches(unknown["name"], _fields(kind), n=1) if unknown else []
    if not nearest:
        return found
    return msgspec.structs.replace(found, detail=f"{found.detail} Did you mean `{nearest[0]}`?")


@cache
def _fields(kind: type) -> list[str]:
    """Names of all fields of a body, nested ones included."""
    _, components = msgspec.json.schema_components([kind])
    return sorted({name for part in components.values() for name in part.get("properties", ())})


def _pointer(path: str) -> str:
    """`.lines[0].id` as `/lines/0/id`.

    The pointer ends at a part that msgspec does not name, such as a map's key.
    """
    parts: list[Any] = []
    for step in _STEP.finditer(path):
        part = step["field"] or step["index"]
        if part is None:
            break
        parts.append(part)
    return "".join(f"/{part}" for part in parts)
