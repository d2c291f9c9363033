"""Reasons as sentences that a shopper can read."""

import json
from collections.abc import Iterable, Mapping

from recommender.entities import Reason
from recommender.snapshot import Snapshot


def title_of(snapshot: Snapshot, row: int) -> str:
    """The title of the product in `row`."""
    return str(json.loads(snapshot.documents.raw(row))["title"])


_BECAUSE = {
    "purchase": ("because_you_bought", "Because you bought {}"),
    "cart": ("goes_with_your_basket", "Goes with {} in your basket"),
    "click": ("because_you_looked_at", "Because you looked at {}"),
    "view": ("because_you_looked_at", "Because you looked at {}"),
}
"""Code and sentence of what a shopper did with the products that caused an item."""


def because_of(snapshot: Snapshot, row: int, causes: Iterable[int], kind_of: Mapping[int, str]) -> Reason:
    """Names the products, `causes`, that contribute most to the score of the item in `row`.

    One sentence says one thing: causes with which something else was done than with the first are not named.
    Each title is named once; a cause with the item's own title is told apart, or the item would look bought already.
    """
    titles: dict[str, str] = {}
    said = ""
    for cause in causes:
        kind = kind_of[cause]
        said = said or kind
        if _BECAUSE[kind] != _BECAUSE[said]:
            continue
        titles.setdefault(title_of(snapshot, cause), snapshot.product_id(cause))
    own = title_of(snapshot, row)
    names = [f"another {title}" if title == own else title for title in titles]
    code, sentence = _BECAUSE[said or "purchase"]
    return Reason(code, sentence.format(" and ".join(names)), tuple(titles.values()))


def bought_again_reason(snapshot: Snapshot, row: int, days: int) -> Reason:
    """Says on how many days the shopper bought the item, where their own purchases are what its score stands on."""
    text = "You bought this before" if days == 1 else f"You bought this on {days:,} days"
    return Reason("bought_before", text, (snapshot.product_id(row),))


def similar_reason(snapshot: Snapshot, row: int) -> Reason:
    """Says which product the item is similar to."""
    return Reason("similar_to", f"Similar to {title_of(snapshot, row)}", (snapshot.product_id(row),))


def popular_reason(snapshot: Snapshot, row: int) -> Reason:
    """Says how many shoppers bought the item: in the popularity window, else ever, else that it has none."""
    recent = int(snapshot.columns.recent_buyers[row])
    ever = int(snapshot.columns.buyers[row])
    if recent:
        days = snapshot.parameters.popularity_days
        return Reason("popular", f"Bought by {_shoppers(recent)} in {days} days")
    if ever:
        return Reason("popular", f"Bought by {_shoppers(ever)}")
    return Reason("in_the_catalog", "Not bought by anyone yet")


def _shoppers(count: int) -> str:
    return "1 shopper" if count == 1 else f"{count:,} shoppers"
