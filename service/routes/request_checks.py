"""Checks of every request before its handler, and the answer to `OPTIONS`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints
from urllib.parse import unquote_to_bytes

from litestar import Request, Response
from litestar.di import Dependency

from service.http.json_bodies import closest_name
from service.http.problems import InvalidParameter
from service.routes.parameters import checked_id

_METHODS = ("get", "post", "put", "delete")
_REPEATABLE = frozenset({"category", "brand", "exclude", "and_bought"})
_MAY_BE_EMPTY = frozenset({"exclude"})
"""A list of ids, which may have none."""

_NEVER_NULL = frozenset({"price_min", "price_max", "expand", "in_stock", "window", "lacking"})
_OF_NO_URL = frozenset({"request", "return"})


async def check_request(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Answers `OPTIONS`, and rejects URLs that the route does not know.

    Raises:
        InvalidParameter: an unknown or ambiguous query parameter, or an invalid id in the path.
    """
    if request.method == "OPTIONS":
        return _options(request)
    _reject_garbled(request.scope["raw_path"], request.path_params.items())
    if request.scope["query_string"]:
        given: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            given.setdefault(name, []).append(value)
        _reject_unknown_parameters(request, given)
        _reject_ambiguous_parameters(given)
        _reject_garbled(request.scope["query_string"], given.items())
    for name, value in request.path_params.items():
        checked_id(name, value)
    return None


def _options(request: Request[Any, Any, Any]) -> Response[None]:
    """Lists all methods of the path. The framework would list those of one handler."""
    item = (request.app.openapi_schema.paths or {})[request.scope["path_template"]]
    methods = [method.upper() for method in _METHODS if getattr(item, method) is not None]
    return Response(None, status_code=204, headers={"allow": ", ".join([*methods, "OPTIONS"])})


def _reject_garbled(encoded: bytes, values: Iterable[tuple[str, object]]) -> None:
    """Rejects values that are not UTF-8.

    The server and the framework replace such bytes, so that different ids would name one shopper, and a filter would
    not be the one that was sent.

    Args:
        encoded: the part of the URL that holds the values.
        values: names and decoded values.
    """
    if b"%" not in encoded:
        return
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError as error:
        for name, value in values:
            if "\ufffd" in str(value):
                raise InvalidParameter(name, "it is not percent-encoded UTF-8") from error


def _reject_unknown_parameters(request: Request[Any, Any, Any], names: Iterable[str]) -> None:
    """Rejects query parameters that the route does not have, and suggests the closest name.

    A misspelled filter must not be ignored: the page would show products that the caller meant to hide.
    """
    known = _query_parameters(request.route_handler.fn) - request.path_params.keys()
    for name in names:
        if name not in known:
            nearest = closest_name(name, sorted(known))
            hint = (
                f"did you mean {nearest!r}?"
                if nearest
                else f"there are: {', '.join(sorted(known)) or 'none'}"
            )
            raise InvalidParameter(name, f"no such parameter; {hint}")


@cache
def _query_parameters(handler: Callable[..., Any]) -> frozenset[str]:
    """Parameters of the handler's URL, with those of its call for a list."""
    hints = get_type_hints(handler, include_extras=True)
    found = {name for name, hint in hints.items() if not _is_injected(hint)} - _OF_NO_URL
    if "call" in hints:
        shared = fields(get_args(hints["call"])[0])
        found |= {each.name for each in shared if not _is_injected(each.type)}
    return frozenset(found)


def _is_injected(hint: object) -> bool:
    """True for a type such as `NamedDependency[LiveSnapshot]`."""
    return any(isinstance(each, Dependency) for each in get_args(hint)[1:])


def _reject_ambiguous_parameters(given: Mapping[str, Sequence[str]]) -> None:
    """Rejects repeated, empty and null parameters.

    The framework would silently use one of the values, or none.
    """
    for name, values in given.items():
        if name not in _REPEATABLE and len(values) > 1:
            raise InvalidParameter(name, f"it is given {len(values)} times")
        if name not in _MAY_BE_EMPTY and not all(value.strip() for value in values):
            raise InvalidParameter(name, "it is empty; leave the parameter out")
        if name in _NEVER_NULL and values[0].lower() == "null":
            raise InvalidParameter(name, "null is not a value; leave the parameter out")
