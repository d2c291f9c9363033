"""Reasons as sentences that a shopper can read."""

import json
from collections.abc import Collection, Sequence

from recommender.entities import Reason
from recommender.snapshot import Snapshot


def title_of(snapshot: Snapshot, row: int) -> str:
    """The title of the product in `row`."""
    return str(json.loads(snapshot.documents.raw(row))["title"])


def because_of(snapshot: Snapshot, row: int, causes: Sequence[int], bought: Collection[int]) -> Reason:
    """Names the products, `causes`, that contribute most to the score of the item in `row`, strongest first.

    Those that were bought are not mixed with those that were only looked at: the sentence is about what the strongest
    is. Each title is named once; a cause with the item's own title is told apart, or the item would look bought
    already.
    """
    owned = bool(causes) and causes[0] in bought
    titles: dict[str, str] = {}
    for cause in causes:
        if (cause in bought) == owned:
            titles.setdefault(title_of(snapshot, cause), snapshot.product_id(cause))
    own = title_of(snapshot, row)
    names = " and ".join(f"another {title}" if title == own else title for title in titles)
    if owned:
        return Reason("because_you_bought", f"Because you bought {names}", tuple(titles.values()))
    return Reason("because_you_viewed", f"Because you looked at {names}", tuple(titles.values()))


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
