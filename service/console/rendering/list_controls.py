"""Sliders and filters of the lists, as a form sends them."""

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from litestar import Request

from adapters.catalog import id_fault
from recommender.entities import Filters, Query
from recommender.normalization import normalize
from recommender.snapshot.categories import path_parts
from service.http.problems import InvalidParameter
from service.snapshots.live import Serving

LIMIT = 12
MAX_PICKED = 20
_MAX_DEPARTMENTS = 60
_MAX_BRANDS = 300


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
    brand: str = ""
    price_min: float | None = None
    price_max: float | None = None
    in_stock: bool = False
    include_purchased: bool = False
    picked: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """True if any filter is set."""
        prices = self.price_min is not None or self.price_max is not None
        return bool(self.category or self.brand or self.in_stock or prices)

    @property
    def without_filters(self) -> str:
        """The query of an address that keeps everything but the filters."""
        picked = [("picked", product_id) for product_id in self.picked]
        purchased = [("include_purchased", "1")] if self.include_purchased else []
        diversity = [("diversity", f"{self.diversity * 100:g}")] if self.diversity else []
        shown = [("list", self.shown)] if self.shown else []
        return urlencode([*shown, *picked, *diversity, *purchased])

    def query(self, *, limit: int = LIMIT) -> Query:
        """The query for the core, with explanations."""
        categories = (self.category,) if self.category else ()
        brands = (self.brand,) if self.brand else ()
        filters = Filters(
            categories, self.in_stock, brands=brands, price_min=self.price_min, price_max=self.price_max
        )
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
        InvalidParameter: a number or an id that no form sends, or a lowest price above the highest.
    """
    given = request.query_params
    # Without scripts, the pressed button follows the fields of the form.
    unpicked = given.getall("unpicked", [])
    picked = [normalize(each) for each in given.getall("picked", []) if each and each not in unpicked]
    for product_id in picked:
        if fault := id_fault(product_id):
            raise InvalidParameter("picked", f"the id {product_id[:50]!r} {fault}")
    price_min, price_max = (_number(name, given.get(name)) for name in ("price_min", "price_max"))
    if price_min is not None and price_max is not None and price_min > price_max:
        raise InvalidParameter(
            "price_min", f"the lowest price, {price_min:g}, is above the highest, {price_max:g}"
        )
    return ListControls(
        shown=given.getall("list", [""])[-1][:40],
        diversity=min(_number("diversity", given.get("diversity")) or 0.0, 100.0) / 100,
        category=given.get("category", "")[:1000],
        brand=given.get("brand", "")[:1000],
        price_min=price_min,
        price_max=price_max,
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


def choices(serving: Serving, controls: ListControls) -> dict[str, Any]:
    """Names that the form offers: `departments`, the first parts of category paths, and `brands`.

    The largest brands stand in the order of the alphabet. A name that the address has is always among them.
    """
    snapshot = serving.snapshot
    first = (path_parts(path)[0] for path in snapshot.categories.paths)
    departments = list(dict.fromkeys(first))[:_MAX_DEPARTMENTS]
    codes = snapshot.columns.brand_codes
    largest = np.argsort(-np.bincount(codes[codes >= 0]), kind="stable")[:_MAX_BRANDS]
    brands = [snapshot.brands.names[code] for code in sorted(largest.tolist())]
    return {
        "departments": _with_chosen(departments, controls.category),
        "brands": _with_chosen(brands, controls.brand),
    }


def _with_chosen(names: list[str], chosen: str) -> list[str]:
    return names if not chosen or chosen in names else [chosen, *names]
