"""Query parameters of the routes. `request_checks` rejects all others."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Literal

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.params import Parameter

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from recommender.entities import Filters, Query, Window
from recommender.normalization import normalize
from service.auth import Principal
from service.http.ids import ID_PATTERN
from service.http.problems import InvalidParameter
from service.limits import request_quota
from service.recommendations.responses import Presentation
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer

ID_BOUNDS = {"min_length": 1, "max_length": MAX_ID_CHARACTERS, "pattern": ID_PATTERN}
_TEXTS = {"items": Schema(type=OpenAPIType.STRING, min_length=1)}
_PRICE = {"minimum": 0.0}
"""Bounds that the document would lack: Litestar drops them where a parameter is optional (its issue 4650)."""

Limit = Annotated[int, Parameter(ge=1, le=100, description="Maximum number of items.")]
Categories = Annotated[
    list[str] | None,
    Parameter(
        description="Only products of this category or a category below it, such as `Pantry > Pasta`. "
        "May be repeated to allow several categories.",
        schema_extra=_TEXTS,
    ),
]
InStock = Annotated[
    bool | None,
    Parameter(
        description="`true` returns only products that are in stock, `false` sold-out ones, too. Default: that of the "
        "shop (`SERVICE_IN_STOCK_BY_DEFAULT`)."
    ),
]
Exclude = Annotated[
    list[str] | None,
    Parameter(
        description="Product ids to leave out, separated by commas. May be repeated. "
        "Within an id, write a comma as `\\,` and a backslash as `\\\\`."
    ),
]
Brands = Annotated[
    list[str] | None,
    Parameter(
        description="Only products of this brand. May be repeated to allow several brands.",
        schema_extra=_TEXTS,
    ),
]
PriceMin = Annotated[
    float | None,
    Parameter(ge=0, description="Minimum price. Products without a price are left out.", schema_extra=_PRICE),
]
PriceMax = Annotated[
    float | None,
    Parameter(ge=0, description="Maximum price. Products without a price are left out.", schema_extra=_PRICE),
]
StrictFiltering = Annotated[
    bool,
    Parameter(
        description="`false` fills a page that the filters leave short with other products, each marked "
        "`outside_filters`. Excluded and purchased products are never added."
    ),
]
IncludePurchased = Annotated[
    bool,
    Parameter(description="`true` allows products that the shopper bought before."),
]
PopularIn = Annotated[
    Window | None,
    Parameter(
        description="Counts buyers in the 7 or 30 days up to the latest purchase, or in all time. Default: the "
        "popularity window of the index (`INDEXER_POPULARITY_DAYS`, 90 days)."
    ),
]
TrendingIn = Annotated[
    Literal["7d", "30d"] | None,
    Parameter(
        description="Compares demand in the 7 or 30 days up to the latest purchase with the 90 days before them. "
        "Default: 14 days."
    ),
]
Diversity = Annotated[
    float,
    Parameter(
        ge=0,
        le=1,
        description="0 returns the most relevant items. Higher values return items that are less alike. 0.5 keeps most "
        "of the relevance.",
    ),
]
Explain = Annotated[
    bool,
    Parameter(
        description="`true` adds the terms of its score to each item, and the contributions of products."
    ),
]
Expand = Annotated[
    Literal["product"] | None, Parameter(description="`product` adds the product itself to each item.")
]
ForShopper = Annotated[
    str | None,
    Parameter(
        max_length=MAX_ID_CHARACTERS,
        schema_extra=ID_BOUNDS,
        description="Leaves out what this shopper bought, hid or ignored repeatedly, and lists new arrivals of the "
        "shopper's categories first. The token must reach the shopper. A shopper's own token leaves out what that "
        "shopper hid in any case.",
    ),
]

Cursor = Annotated[
    str | None,
    Parameter(
        max_length=8192,
        schema_extra={"min_length": 1},
        description="`next_cursor` of the previous page. Only `limit`, `expand` and `explain` may differ from its "
        "arguments. No page repeats an earlier item. A list ends after 500 items.",
    ),
]

DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParameters:
    """Parameters of every call for a list.

    A subclass of it is the only dependency of a route: Litestar resolves several in a task group, which costs as much
    as all the rest.
    """

    limit: Limit = DEFAULT_LIMIT
    category: Categories = None
    in_stock: InStock = None
    exclude: Exclude = None
    brand: Brands = None
    price_min: PriceMin = None
    price_max: PriceMax = None
    diversity: Diversity = 0.0

    def filters(self, recommendations: Recommendations) -> Filters:
        """The filters for the core. `recommendations` know the shop's usual one.

        Raises:
            InvalidParameter: an infinite price, a lower bound above the upper one, or an invalid id.
        """
        _check_prices(self.price_min, self.price_max)
        default = recommendations.in_stock_by_default
        return Filters(
            tuple(self.category or ()),
            default if self.in_stock is None else self.in_stock,
            excluded_ids(self.exclude or ()),
            tuple(self.brand or ()),
            self.price_min,
            self.price_max,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCall(ListParameters):
    """A call for a list that a shop shows."""

    recommendations: NamedDependency[Recommendations]
    strict_filtering: StrictFiltering = True
    explain: Explain = False
    expand: Expand = None
    cursor: Cursor = None

    @property
    def query(self) -> Query:
        """The query for the core. Raises InvalidParameter."""
        return Query(
            self.limit,
            self.filters(self.recommendations),
            strict_filtering=self.strict_filtering,
            diversity=self.diversity,
            explain=self.explain,
        )

    @property
    def presentation(self) -> Presentation:
        """The page and its format."""
        return Presentation(self.expand is not None, self.cursor)


def viewer_of(request: Request[Principal, Any, Any], user_id: str | None) -> Viewer:
    """The shopper who sees a list that belongs to no shopper.

    Raises:
        InvalidParameter: an invalid id.
    """
    if user_id is not None:
        checked_id("user_id", user_id)
    return Viewer(user_id, request.user.own_shopper, request_quota(request.scope).cached_profile)


def _check_prices(price_min: float | None, price_max: float | None) -> None:
    for name, price in (("price_min", price_min), ("price_max", price_max)):
        if price is not None and not isfinite(price):
            raise InvalidParameter(name, "a price is a finite number")
    if price_min is not None and price_max is not None and price_min > price_max:
        raise InvalidParameter("price_min", f"{price_min:g} is more than price_max, {price_max:g}")


def excluded_ids(parts: Iterable[str]) -> frozenset[str]:
    """Ids in the values of `exclude`. Raises InvalidParameter for an invalid one."""
    return frozenset(checked_ids("exclude", parts))


def checked_ids(name: str, parts: Iterable[str]) -> list[str]:
    """Distinct ids in the values of a repeated parameter, in order.

    Raises InvalidParameter for an invalid one.
    """
    ids = (checked_id(name, product_id) for part in parts for product_id in split_ids(part))
    return list(dict.fromkeys(ids))


def split_ids(text: str) -> list[str]:
    r"""Splits a list of ids at its commas.

    `\,` and `\\` are a comma and a backslash within an id.

    >>> split_ids("a,b\\,c")
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
    """Returns the normal form of a valid id, or raises InvalidParameter."""
    value = normalize(value)
    fault = id_fault(value)
    if fault:
        raise InvalidParameter(name, f"the id {value[:50]!r} {fault}")
    return value


LIST_CALL = {"call": Provide(ListCall, sync_to_thread=False)}
"""Dependencies of routes that answer with a list."""
