"""Request bodies: JSON in UTF-8 to structures, and what is wrong with one, where."""

import re
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

import msgspec

from service.http.problems import ProblemError
from service.http.refusals import InvalidValues, MalformedBody

T = TypeVar("T")

_PATH = re.compile(r"^(?P<finding>.*?) - at `\$(?P<path>.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")


def decoded_body(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The body in the decoder's type.

    Raises:
        MalformedBody: it is not JSON, or not UTF-8.
        InvalidValues: it is JSON of another shape; the pointer names the first value that is wrong.
    """
    try:
        body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidValues([_hinted(finding(error), decoder.type)]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(str(error)) from error
    except RecursionError as error:
        raise MalformedBody("it is nested too deeply") from error


def finding(error: msgspec.ValidationError, within: str = "") -> ProblemError:
    """What msgspec says, with its path as a JSON pointer below the pointer `within`."""
    found = _PATH.match(str(error))
    if found is None:
        return ProblemError(f"{error}.", pointer=within)
    return ProblemError(f"{found['finding']}.", pointer=within + _pointer(found["path"]))


def _hinted(found: ProblemError, kind: type) -> ProblemError:
    """With the nearest name that exists, where the body has a field that does not."""
    unknown = _UNKNOWN.search(found.detail)
    nearest = get_close_matches(unknown["name"], _fields(kind), n=1) if unknown else []
    if not nearest:
        return found
    return msgspec.structs.replace(found, detail=f"{found.detail} Did you mean `{nearest[0]}`?")


@cache
def _fields(kind: type) -> list[str]:
    """Names of all fields of a body and of what it is made of."""
    _, components = msgspec.json.schema_components([kind])
    return sorted({name for part in components.values() for name in part.get("properties", ())})


def _pointer(path: str) -> str:
    """`.lines[0].id` as `/lines/0/id`; what msgspec does not name, such as a map's key, ends the pointer."""
    parts: list[Any] = []
    for step in _STEP.finditer(path):
        part = step["field"] or step["index"]
        if part is None:
            break
        parts.append(part)
    return "".join(f"/{part}" for part in parts)
