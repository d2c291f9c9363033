"""Lists for pages: each item with its picture and the parts of its score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from msgspec import UNSET

from service.console.facts.lists import ConsoleList
from service.console.facts.product_lines import ProductLine, product_lines
from service.console.pages.list_controls import ListControls
from service.console.pages.rendering import day, number
from service.recommendations.responses import ItemView
from service.snapshots.live import Serving

TITLES = {
    "for-you": ("For you", "What the shopper may like and has not bought yet."),
    "buy-again": ("Buy again", "What the shopper buys regularly and is due."),
    "session": ("For you", "What fits the products that were looked at."),
    "basket": ("Completes the basket", "What others buy with these products."),
    "new": ("New arrivals", "The latest products, preferred categories first."),
    "trending": ("Trending", "What sells better than usual."),
    "popular": ("Popular", "What most shoppers buy."),
    "similar": ("Similar", "What shoppers take instead of it."),
    "bought-together": ("Bought together", "What goes into one basket with it."),
}
"""Title and explanation of each list."""

STRATEGIES = {
    "personalised": "personal",
    "session": "from this session",
    "preferred-categories": "from preferred categories",
    "popular": "popular products, because too little is known",
    "none": "empty",
}
"""Rungs of the fallback ladder in words. Others are named as their list."""

TERMS = {
    "factors": "Purchases and texts in common",
    "neighbour": "Bought by the same shoppers",
    "frequency": "Bought before",
    "trend": "Recent demand",
    "popularity": "Buyers",
    "similarity": "Likeness",
    "bought_together": "In one basket more than by chance",
    "basket": "Completes the basket",
    "due": "Bought often, and lately",
    "created_at": "Added",
    "preferred_category": "Preferred category",
}
_DATE_TERMS = ("created_at",)


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of a score.

    Attributes:
        product: the product that it comes from, None for all others together or a term.
        label: what it is.
        shown: its value as text.
        share: in percent of the score, None where that means nothing.
    """

    product: ProductLine | None
    label: str
    value: float
    shown: str
    share: int | None


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    """One item of a list.

    Attributes:
        place: 1 for the first.
        product: its picture and names.
        price: with its currency, empty without one.
        entered: true if only further purchases brought it here.
        parts: the score by product, or by term if it comes from no product.
        terms: the score by term.
    """

    place: int
    product: ProductLine
    price: str
    in_stock: bool
    score: float
    reason: str
    entered: bool
    parts: Sequence[Part]
    terms: Sequence[Part]


@dataclass(frozen=True, slots=True)
class ExplainedList:
    """A list, in its tab.

    Attributes:
        left: products that further purchases removed.
        suggestions: categories that are spelled like an unknown one.
    """

    scenario: str
    title: str
    about: str
    strategy: str
    items: Sequence[ExplainedItem]
    changed: bool
    left: Sequence[ProductLine]
    suggestions: Sequence[str]


def explained(serving: Serving, lists: Sequence[ConsoleList]) -> list[ExplainedList]:
    """The lists with the names of all products that they mention.

    They are those after further purchases, if there are any.
    """
    shown = [each.items if each.after is UNSET else each.after.items for each in lists]
    named = {product_id for items in shown for item in items for product_id in _products_of(item)}
    named |= {product_id for each in lists if each.after is not UNSET for product_id in each.after.left}
    lines = {line.product_id: line for line in product_lines(serving, sorted(named))}
    return [_explained(each, items, lines) for each, items in zip(lists, shown, strict=True)]


def list_values(serving: Serving, lists: Sequence[ConsoleList], controls: ListControls) -> dict[str, Any]:
    """Values for the template of lists, and the products that were picked."""
    shown = explained(serving, lists)
    return {
        "lists": shown,
        "open_list": next((each for each in shown if each.scenario == controls.shown), shown[0]),
        "controls": controls,
        "picked": product_lines(serving, controls.picked),
    }


def _products_of(item: ItemView) -> Iterable[str]:
    yield item.product_id
    for contribution in item.contributions or ():
        if contribution.product_id is not None:
            yield contribution.product_id


def _explained(
    each: ConsoleList, items: Sequence[ItemView], lines: Mapping[str, ProductLine]
) -> ExplainedList:
    title, about = TITLES.get(each.scenario, (each.scenario, ""))
    after = None if each.after is UNSET else each.after
    entered = set(after.entered) if after else set()
    unknown = [] if each.unknown_filters is UNSET else each.unknown_filters
    strategy = after.strategy if after else each.strategy
    return ExplainedList(
        each.scenario,
        title,
        about,
        STRATEGIES.get(strategy, ""),
        [
            _item(place, item, lines, entered=item.product_id in entered)
            for place, item in enumerate(items, 1)
        ],
        after is not None,
        [lines[product_id] for product_id in after.left] if after else [],
        [name for filtered in unknown for name in filtered.close_matches],
    )


def _item(place: int, item: ItemView, lines: Mapping[str, ProductLine], *, entered: bool) -> ExplainedItem:
    terms = _terms(item)
    return ExplainedItem(
        place,
        lines[item.product_id],
        price_text(item.product or {}),
        bool((item.product or {}).get("in_stock", True)),
        item.score,
        item.reason.text,
        entered,
        _contributions(item, lines) or terms,
        terms,
    )


def _contributions(item: ItemView, lines: Mapping[str, ProductLine]) -> list[Part]:
    total = item.score or 1.0
    parts = []
    for each in item.contributions or ():
        product = lines.get(each.product_id) if each.product_id is not None else None
        label = "All other products" if product is None else product.title or product.product_id
        parts.append(Part(product, label, each.value, f"{each.value:.3g}", round(100 * each.value / total)))
    return parts


def _terms(item: ItemView) -> list[Part]:
    """The terms of the score, those of one name together.

    They have shares if they add up to it.
    """
    sums: dict[str, float] = {}
    for term in item.terms or ():
        sums[term.term] = sums.get(term.term, 0.0) + term.value
    is_sum = len(sums) > 1 and item.score > 0 and isclose(sum(sums.values()), item.score, rel_tol=0.01)
    return [
        Part(
            None,
            TERMS[name],
            0.0 if name in _DATE_TERMS else value,
            day(value) if name in _DATE_TERMS else number(value) if abs(value) >= 100 else f"{value:.3g}",
            round(100 * value / item.score) if is_sum else None,
        )
        for name, value in sums.items()
    ]


def price_text(product: Mapping[str, Any]) -> str:
    """The price with its currency, empty without one."""
    price, currency = product.get("price"), product.get("currency")
    return "" if price is None else f"{price:,.2f} {currency or ''}".strip()
