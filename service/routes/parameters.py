"""What the routes share: query parameters, and the refusal of those that do not exist."""

from difflib import get_close_matches
from inspect import signature
from typing import Annotated, Any, Literal

from litestar import Request
from litestar.di import Provide
from litestar.params import Parameter

from adapters.catalog import id_fault
from recommender.entities import Filters, Query
from service.refusals import InvalidParameter

Limit = Annotated[int, Parameter(ge=1, le=100, description="How many items at most.")]
Categories = Annotated[
    list[str] | None,
    Parameter(
        description="Only products of this category or one below it, such as `Pantry > Pasta`. "
        "Given several times: of any of them."
    ),
]
InStock = Annotated[bool, Parameter(description="`true`: only products that are in stock.")]
Exclude = Annotated[
    list[str] | None,
    Parameter(
        description="Product ids never to be shown, separated by commas, or given several times. "
        "Within an id, a comma is written `\\,` and a backslash `\\\\`."
    ),
]
IncludePurchased = Annotated[
    bool,
    Parameter(description="`true`: products that the shopper bought before may be among the items."),
]
Expand = Annotated[
    Literal["product"] | None, Parameter(description="`product`: each item carries the product itself.")
]

DEFAULT_LIMIT = 10


def requested_query(
    limit: Limit = DEFAULT_LIMIT,
    category: Categories = None,
    in_stock: InStock = False,
    exclude: Exclude = None,
) -> Query:
    """The core's query for these parameters; a dependency of every route that recommends."""
    excluded = frozenset(product_id for part in exclude or () for product_id in split_ids(part))
    return Query(limit, Filters(tuple(category or ()), in_stock, excluded))


def split_ids(text: str) -> list[str]:
    r"""Splits a list of ids at its commas; `\\,` and `\\\\` stand for a comma and a backslash within an id.

    >>> split_ids("a,b\\\\,c")
    ['a', 'b,c']
    """
    ids = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            ids[-1] += next(characters, "\\")
        elif character == ",":
            ids.append("")
        else:
            ids[-1] += character
    return [product_id for product_id in ids if product_id]


def checked_id(name: str, value: str) -> str:
    """`value`, if it is an id by the catalog's rule; raises InvalidParameter naming the path parameter."""
    fault = id_fault(value)
    if fault:
        raise InvalidParameter(name, f"{value[:50]!r}: {fault}")
    return value


_NO_PARAMETERS = {"requested", "recommendations", "shoppers", "live", "request"}

QUERY = {"requested": Provide(requested_query, sync_to_thread=False)}
"""The dependency that gives a route its `requested` query."""


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidParameter for a query parameter that the route does not have, with the nearest one it has.

    A misspelt filter that is silently ignored shows products that were meant to be hidden.
    """
    if not request.query_params:
        return
    known = _query_parameters(request)
    for name in request.query_params:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(known) or 'none'}"
            raise InvalidParameter(name, f"no such parameter; {hint}")


def _query_parameters(request: Request[Any, Any, Any]) -> list[str]:
    """What the route takes from the query: its own parameters, and those of the query it depends on."""
    own = request.route_handler.parsed_fn_signature.parameters.keys()
    shared = signature(requested_query).parameters.keys() if "requested" in own else set()
    return sorted(
        (
            own
            - request.path_params.keys()
            - {"requested", "recommendations", "shoppers", "live", "request", "data"}
        )
        | shared
    )
