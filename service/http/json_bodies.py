"""Request bodies: JSON decoded into structs, with a JSON pointer to what is invalid."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request

from adapters.catalog import MAX_ID_CHARACTERS
from recommender.snapshot.close_names import close_names
from service.http.problems import (
    InvalidValues,
    MalformedBody,
    ProblemError,
    UnsupportedMediaType,
    shortened,
)

T = TypeVar("T")

_JSON = "application/json"
_PATH_MARK = " - at `$"
INVALID_VALUE = "Invalid enum value"
"""Beginning of the message about a value that is none of a fixed set."""

_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")


async def json_body(request: Request[Any, Any, Any], decoder: msgspec.json.Decoder[T]) -> T:
    """The request's body in the decoder's type.

    A body without a `Content-Type` counts as JSON. The framework rejects one that is longer than the route allows.

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
        return decoder.decode(body.removeprefix(BOM_UTF8))  # RFC 8259, 8.1
    except msgspec.ValidationError as error:
        raise InvalidValues([_finding(error, decoder.type)]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(str(error)) from error
    except RecursionError as error:
        raise MalformedBody("it is nested too deeply") from error


def decode_entry(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T], pointer: str) -> T:
    """One entry of a decoded body in the decoder's type.

    Args:
        raw: the entry.
        decoder: decodes the entry.
        pointer: JSON pointer to the entry.

    Raises:
        InvalidValues: JSON of another shape.
    """
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise InvalidValues([_finding(error, decoder.type, pointer)]) from error


class _Identified(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(max_length=MAX_ID_CHARACTERS)] | None = None


_IDENTIFIED = msgspec.json.Decoder(_Identified)


def entry_id(raw: msgspec.Raw) -> str | None:
    """The id of a rejected entry, if it has a valid one."""
    try:
        return _IDENTIFIED.decode(raw).id
    except msgspec.DecodeError:
        return None


def _finding(error: msgspec.DecodeError, kind: type, within: str = "") -> ProblemError:
    """The fault that msgspec found, with a JSON pointer below `within`."""
    text = str(error)
    end = text.rfind(_PATH_MARK)
    message = text if end < 0 else text[:end]
    pointer = "" if end < 0 else _pointer(text[end + len(_PATH_MARK) : -1])
    hint = _hint(message, kind, pointer.rpartition("/")[2])
    return ProblemError(f"{shortened(message)}.{hint}", pointer=within + pointer)


def _hint(message: str, kind: type, field: str) -> str:
    """The closest known name to an unknown field, or the values that `field` allows."""
    if message.startswith(INVALID_VALUE):
        return f" {allowed(_allowed_values(kind).get(field, ()))}"
    unknown = _UNKNOWN.search(message)
    nearest = closest_name(unknown["name"], _fields(kind)) if unknown else None
    return f" Did you mean `{nearest}`?" if nearest else ""


def allowed(values: Iterable[str]) -> str:
    """The sentence that lists the values that are allowed."""
    return f"Allowed: {', '.join(f'`{value}`' for value in values)}."


def closest_name(name: str, known: Sequence[str]) -> str | None:
    """The known name that a misspelled one resembles, if any."""
    return next(iter(close_names(name, known)), None)


@cache
def _fields(kind: type) -> list[str]:
    """Names of all fields of a body, nested ones included."""
    _, components = msgspec.json.schema_components([kind])
    return sorted({name for part in components.values() for name in part.get("properties", ())})


@cache
def _allowed_values(kind: type) -> dict[str, list[Any]]:
    """Values of each field with a fixed set of them, by its name."""
    _, components = msgspec.json.schema_components([kind])
    fields = [item for part in components.values() for item in part.get("properties", {}).items()]
    found = {name: [schema, *schema.get("anyOf", ())] for name, schema in fields}
    return {
        name: sorted(value for each in schemas for value in each.get("enum", ()))
        for name, schemas in found.items()
    }


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
