"""Lists for pages: each item with its picture and the parts of its score."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from service.console.facts.lists import ConsoleList
from service.console.facts.product_lines import ProductLine, product_lines
from service.console.rendering.list_controls import ListControls
from service.console.rendering.page import day
from service.console.rendering.prices import price_text
from service.console.rendering.score_parts import (
    Part,
    contributions,
    date_of,
    decimals_of,
    scale_of,
    score_text,
    terms,
)
from service.recommendations.responses import ItemView
from service.snapshots.live import Serving

TITLES = {
    "for-you": ("For you", "What the shopper may like and has not bought yet."),
    "buy-again": ("Buy again", "What the shopper buys regularly and is due."),
    "session": ("For this session", "What fits the products that were looked at."),
    "basket": ("Completes the basket", "What others buy with these products."),
    "new": ("New arrivals", "The latest products, preferred categories first."),
    "trending": ("Trending", "What sells better than usual."),
    "popular": ("Popular", "What most shoppers buy."),
    "similar": ("Similar", "What shoppers take instead of it."),
    "bought-together": ("Bought together", "What goes into one basket with it."),
    "ranking": ("Sorted products", "A given list in the best order."),
}
"""Title and explanation of each list."""

STRATEGIES = {
    "personalised": "personal",
    "session": "from this session",
    "preferred-categories": "from preferred categories",
    "popular": "popular products",
    "none": "empty",
}
"""Rungs of the fallback ladder in words. Others are named as their list."""

SEVERAL_SCALES = "Scores of different kinds cannot be compared."


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    """One item of a list.

    Attributes:
        place: 1 for the first.
        product: its picture and names.
        price: with its currency, empty without one.
        label, shown: what the list is ordered by, and its value as text.
        bar: the value for a bar, None for a date.
        longest: the value of a full bar.
        entered: true if only further purchases brought it here.
        parts: the score by product, or by term if it comes from no product.
        terms: the score by term.
    """

    place: int
    product: ProductLine
    price: str
    in_stock: bool
    label: str
    shown: str
    bar: float | None
    longest: float
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


@dataclass(frozen=True, slots=True)
class ListTab:
    """The tab of a list.

    Attributes:
        size: number of its items.
    """

    scenario: str
    title: str
    size: int


def explained(
    serving: Serving, lists: Sequence[ConsoleList], degraded: Sequence[str] = ()
) -> list[ExplainedList]:
    """The lists with the names of all products that they mention.

    They are those after further purchases, if there are any. `degraded` are the dependencies that were down.
    """
    shown = [_items_of(each) for each in lists]
    named = {product_id for items in shown for item in items for product_id in _products_of(item)}
    named |= {product_id for each in lists if each.after is not UNSET for product_id in each.after.left}
    lines = {line.product_id: line for line in product_lines(serving, sorted(named))}
    return [_explained(each, items, lines, degraded) for each, items in zip(lists, shown, strict=True)]


def list_values(
    serving: Serving, lists: Sequence[ConsoleList], controls: ListControls, degraded: Sequence[str] = ()
) -> dict[str, Any]:
    """Values for the template of lists: tabs, the open list, and picked products."""
    opened = next((each for each in lists if each.scenario == controls.shown), lists[0])
    return {
        "tabs": [ListTab(each.scenario, TITLES[each.scenario][0], len(_items_of(each))) for each in lists],
        "open_list": explained(serving, [opened], degraded)[0],
        "controls": controls,
        "picked": product_lines(serving, controls.picked),
    }


def _items_of(each: ConsoleList) -> Sequence[ItemView]:
    return each.items if each.after is UNSET else each.after.items


def _products_of(item: ItemView) -> Iterable[str]:
    yield item.product_id
    for contribution in item.contributions or ():
        if contribution.product_id is not None:
            yield contribution.product_id


def _explained(
    each: ConsoleList,
    items: Sequence[ItemView],
    lines: Mapping[str, ProductLine],
    degraded: Sequence[str],
) -> ExplainedList:
    title, about = TITLES[each.scenario]
    after = None if each.after is UNSET else each.after
    entered = set(after.entered) if after else set()
    unknown = [] if each.unknown_filters is UNSET else each.unknown_filters
    strategy = after.strategy if after else each.strategy
    scales = defaultdict[frozenset[str], list[float]](list)
    for item in items:
        scales[scale_of(item)].append(item.score)
    return ExplainedList(
        each.scenario,
        title,
        f"{about} {SEVERAL_SCALES}" if len(scales) > 1 and each.scenario != "new" else about,
        _strategy(each.scenario, strategy, degraded),
        [
            _item(place, item, lines, scales[scale_of(item)], entered=item.product_id in entered)
            for place, item in enumerate(items, 1)
        ],
        after is not None,
        [lines[product_id] for product_id in after.left] if after else [],
        [name for filtered in unknown for name in filtered.close_matches],
    )


def _strategy(scenario: str, strategy: str, degraded: Sequence[str]) -> str:
    """The strategy in words, empty if the title says it.

    A fallback has its cause.
    """
    if strategy == scenario or strategy not in STRATEGIES:
        return ""
    if strategy != "popular":
        return STRATEGIES[strategy]
    cause = f"while data is missing ({', '.join(degraded)})" if degraded else "because too little is known"
    return f"{STRATEGIES[strategy]}, {cause}"


def _item(
    place: int, item: ItemView, lines: Mapping[str, ProductLine], scores: Sequence[float], *, entered: bool
) -> ExplainedItem:
    decimals, date = decimals_of(scores), date_of(item)
    by_term = terms(item, decimals)
    return ExplainedItem(
        place,
        lines[item.product_id],
        price_text(item.product or {}),
        bool((item.product or {}).get("in_stock", True)),
        "score" if date is None else "added",
        score_text(item.score, decimals) if date is None else day(date),
        item.score if date is None else None,
        max(scores),
        item.reason.text,
        entered,
        contributions(item, lines, decimals) or by_term,
        by_term,
    )
