"""Reasons as sentences that a shopper can read."""

import json
from collections.abc import Iterable, Mapping

import numpy as np

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


def bought_together_reason(snapshot: Snapshot, row: int, joint_buyers: int) -> Reason:
    """Says how many of the buyers of the product in `row` bought the item in the same basket."""
    buyers = max(int(snapshot.columns.buyers[row]), joint_buyers)
    text = f"{joint_buyers:,} of {buyers:,} who bought {title_of(snapshot, row)} also bought this with it"
    return Reason("bought_together", text, (snapshot.product_id(row),))


def due_again_reason(
    snapshot: Snapshot, row: int, elapsed_days: float, interval_days: float, *, personal: bool
) -> Reason:
    """Says how often the item is bought, by the shopper or in general, and how long ago the last time was."""
    every, ago = _days(interval_days), _days(elapsed_days)
    text = (
        f"You buy this about every {every}, the last time {ago} ago"
        if personal
        else f"Usually bought again after {every}; you bought it {ago} ago"
    )
    return Reason("due_again", text, (snapshot.product_id(row),))


def trending_reason(snapshot: Snapshot, row: int) -> Reason:
    """Says how much better than usual the item sells."""
    return Reason("trending", f"Sells {float(snapshot.columns.trending[row]):.1f} times as well as usual")


def new_reason(snapshot: Snapshot, row: int) -> Reason:
    """Says since when the shop has the item."""
    day = np.datetime64(int(snapshot.columns.created_at[row]), "s").astype("datetime64[D]")
    return Reason("new", f"New since {day}")


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


def _days(days: float) -> str:
    count = max(round(float(days)), 0)
    return "1 day" if count == 1 else f"{count:,} days"
