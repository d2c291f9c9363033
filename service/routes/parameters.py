"""What the routes share: query parameters, and the refusal of those that do not exist."""

from collections.abc import Callable
from difflib import get_close_matches
from inspect import signature
from math import isfinite
from typing import Annotated, Any, Literal

from litestar import Request
from litestar.di import Provide
from litestar.params import Parameter

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from recommender.entities import Filters, Query
from service.http.refusals import InvalidParameter
from service.recommendations.responses import Presentation

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
Brands = Annotated[
    list[str] | None,
    Parameter(description="Only products of this brand. Given several times: of any of them."),
]
PriceMin = Annotated[
    float | None,
    Parameter(ge=0, description="Only products that cost at least this; none without a price."),
]
PriceMax = Annotated[
    float | None,
    Parameter(ge=0, description="Only products that cost at most this; none without a price."),
]
StrictFiltering = Annotated[
    bool,
    Parameter(
        description="`false`: a page that the filters leave short is filled up with other products, each marked "
        "`outside_filters`; never with excluded ones or those bought before."
    ),
]
IncludePurchased = Annotated[
    bool,
    Parameter(description="`true`: products that the shopper bought before may be among the items."),
]
Diversity = Annotated[
    float,
    Parameter(
        ge=0,
        le=1,
        description="0: the most relevant items; up to 1: items that are less and less alike. 0.5 keeps most of the "
        "relevance.",
    ),
]
Explain = Annotated[
    bool, Parameter(description="`true`: each item carries the terms that its score is the sum of.")
]
Expand = Annotated[
    Literal["product"] | None, Parameter(description="`product`: each item carries the product itself.")
]
ForShopper = Annotated[
    str | None,
    Parameter(
        max_length=MAX_ID_CHARACTERS,
        description="The shopper whose list it is; needs the right to read that shopper's recommendations.",
    ),
]

Cursor = Annotated[
    str | None,
    Parameter(
        max_length=8192,
        description="The `next_cursor` of the page before, with the same arguments; `limit` and `expand` may differ. "
        "No page repeats what an earlier one showed, and 500 items are the most that a list can be read.",
    ),
]

DEFAULT_LIMIT = 10


def requested_query(
    limit: Limit = DEFAULT_LIMIT,
    category: Categories = None,
    in_stock: InStock = False,
    exclude: Exclude = None,
    brand: Brands = None,
    price_min: PriceMin = None,
    price_max: PriceMax = None,
    strict_filtering: StrictFiltering = True,
    diversity: Diversity = 0.0,
    explain: Explain = False,
) -> Query:
    """The core's query for these parameters; a dependency of every route that recommends.

    Raises:
        InvalidParameter: a price that is no number, bounds the wrong way round, or what no id can be.
    """
    _check_prices(price_min, price_max)
    excluded = frozenset(
        checked_id("exclude", product_id) for part in exclude or () for product_id in split_ids(part)
    )
    filters = Filters(tuple(category or ()), in_stock, excluded, tuple(brand or ()), price_min, price_max)
    return Query(limit, filters, strict_filtering=strict_filtering, diversity=diversity, explain=explain)


def requested_presentation(expand: Expand = None, cursor: Cursor = None) -> Presentation:
    """Which page is shown, and how; a dependency of every route that answers with a list."""
    return Presentation(expand is not None, cursor)


def _check_prices(price_min: float | None, price_max: float | None) -> None:
    for name, price in (("price_min", price_min), ("price_max", price_max)):
        if price is not None and not isfinite(price):
            raise InvalidParameter(name, "a price is a finite number")
    if price_min is not None and price_max is not None and price_min > price_max:
        raise InvalidParameter("price_min", f"{price_min:g} is more than price_max, {price_max:g}")


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
    """`value`, if it is an id by the catalog's rule; raises InvalidParameter naming the parameter."""
    fault = id_fault(value)
    if fault:
        raise InvalidParameter(name, f"{value[:50]!r}: {fault}")
    return value


QUERY = {
    "requested": Provide(requested_query, sync_to_thread=False),
    "presentation": Provide(requested_presentation, sync_to_thread=False),
}
"""The dependencies that give a route its `requested` query and the page's `presentation`."""

_FROM_QUERY: dict[str, Callable[..., object]] = {
    "requested": requested_query,
    "presentation": requested_presentation,
}
_FROM_SERVICE = {"recommendations", "shoppers", "live", "request"}


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
    """What the route takes from the query: its own parameters, and those of the dependencies that read it."""
    own = request.route_handler.parsed_fn_signature.parameters.keys()
    shared = [signature(_FROM_QUERY[name]).parameters.keys() for name in own & _FROM_QUERY.keys()]
    return sorted((own - request.path_params.keys() - _FROM_QUERY.keys() - _FROM_SERVICE).union(*shared))
