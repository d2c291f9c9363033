"""Sliders and filters of the lists, as a form sends them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request

from adapters.catalog import id_fault
from recommender.entities import Filters, Query
from recommender.normalization import normalize
from recommender.snapshot.categories import SEPARATOR
from service.http.problems import InvalidParameter
from service.snapshots.live import Serving

LIMIT = 12
MAX_PICKED = 20
_MAX_DEPARTMENTS = 60


@dataclass(frozen=True, slots=True)
class ListControls:
    """The state of the form. Empty fields are absent.

    Attributes:
        shown: scenario of the list that is open.
        picked: product ids that would be bought, or are in a guest's basket.
    """

    shown: str = ""
    diversity: float = 0.0
    category: str = ""
    price_max: float | None = None
    in_stock: bool = False
    include_purchased: bool = False
    picked: tuple[str, ...] = ()

    def query(self, *, limit: int = LIMIT) -> Query:
        """The query for the core, with explanations."""
        categories = (self.category,) if self.category else ()
        filters = Filters(categories=categories, in_stock=self.in_stock, price_max=self.price_max)
        return Query(
            limit,
            filters,
            include_purchased=self.include_purchased,
            diversity=self.diversity,
            explain=True,
        )


def read_controls(request: Request[Any, Any, Any]) -> ListControls:
    """The controls in the query of a request.

    Raises:
        InvalidParameter: a number or an id that no form sends.
    """
    given = request.query_params
    picked = [normalize(each) for each in given.getall("picked", []) if each]
    for product_id in picked:
        if fault := id_fault(product_id):
            raise InvalidParameter("picked", f"the id {product_id[:50]!r} {fault}")
    return ListControls(
        shown=given.get("list", "")[:40],
        diversity=min(_number("diversity", given.get("diversity")) or 0.0, 100.0) / 100,
        category=given.get("category", "")[:1000],
        price_max=_number("price_max", given.get("price_max")),
        in_stock="in_stock" in given,
        include_purchased="include_purchased" in given,
        picked=tuple(dict.fromkeys(picked))[:MAX_PICKED],
    )


def _number(name: str, text: str | None) -> float | None:
    """A number of 0 or more, None for an empty field."""
    if not text or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidParameter(name, f"{text[:50]!r} is not a number") from error
    if not math.isfinite(value) or value < 0:
        raise InvalidParameter(name, "it must be 0 or more")
    return value


def departments(serving: Serving) -> Sequence[str]:
    """First parts of the category paths, for the filter."""
    first = (path.split(SEPARATOR)[0].strip() for path in serving.snapshot.categories.paths)
    return list(dict.fromkeys(first))[:_MAX_DEPARTMENTS]
