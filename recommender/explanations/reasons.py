"""Reasons as sentences that a shopper can read."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Mask, Rows
from recommender.entities import Reason, ReasonCode, Window
from recommender.explanations.titles import name_of, titles_of
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness

_BECAUSE: dict[str, tuple[ReasonCode, str]] = {
    "purchase": ("because_you_bought", "Because you bought {}"),
    "cart": ("goes_with_your_basket", "Goes with {} in your basket"),
    "click": ("because_you_looked_at", "Because you looked at {}"),
    "view": ("because_you_looked_at", "Because you looked at {}"),
}
"""Code and sentence for each kind of interaction with the products that caused an item."""

_LIKENESS: dict[int, tuple[ReasonCode, str]] = {
    Likeness.CATEGORY: ("same_category", "Same category as {}"),
    Likeness.TEXT: ("similar_to", "Similar to {}"),
    Likeness.BUYERS: ("bought_instead", "Often bought instead of {}"),
    Likeness.CLOSEST: ("closest_to", "Among the closest to {}"),
}
"""Code and sentence for each kind of likeness."""

MIN_NAMED_SHARE = 0.01
"""Smallest share of buyers that a reason names. A smaller one reads like a reason against the item."""

MIN_NAMED_BUYERS = 5
"""Fewest buyers that a reason counts. Fewer read like a reason against the item."""

MAX_NAMED_INTERVALS = 4.0
"""Usual intervals since the last purchase after which a reason names the time alone."""

MAX_HISTORY_TREND = 2.0
"""Largest trend of an item that its history explains: s_i of its score, and the ratio that a reason names."""

MIN_TREND_RATIO = 1.5
"""Smallest ratio of recent to usual demand that explains a recommendation."""


class Cause(NamedTuple):
    """A product of the history that caused an item, and the shopper's interaction."""

    product_id: str
    title: str
    kind: str


def because_of(own_title: str, causes: Sequence[Cause]) -> Reason:
    """Names the products that contribute most to an item's score.

    One sentence names one kind of interaction, so causes of another kind than the first are left out. Each name
    stands once.
    """
    code, sentence = _BECAUSE[causes[0].kind if causes else "purchase"]
    named: dict[str, str] = {}
    for product_id, title, kind in causes:
        if _BECAUSE[kind][0] == code:
            named.setdefault(name_of(title, own_title), product_id)
    return Reason(code, sentence.format(" and ".join(named)), tuple(named.values()))


def _names(snapshot: Snapshot, row: int, rows: list[int]) -> list[str]:
    """The name of the product in `row` in the reason of each of `rows`."""
    title, *own_titles = titles_of(snapshot, [row, *rows])
    return [name_of(title, own_title) for own_title in own_titles]


def bought_again_reason(snapshot: Snapshot, row: int, days: int) -> Reason:
    """Names the number of days on which the shopper bought the item."""
    text = "You bought this before" if days == 1 else f"You bought this on {days:,} days"
    return Reason("bought_before", text, (snapshot.product_id(row),), {"days": days})


def likeness_reasons(snapshot: Snapshot, row: int, kinds: Mapping[int, int]) -> list[Reason]:
    """Names how items are like the product in `row`.

    `kinds` has the `Likeness` of each item by its row.
    """
    product_ids = (snapshot.product_id(row),)
    names = _names(snapshot, row, list(kinds))
    sentences = (_LIKENESS[kind] for kind in kinds.values())
    return [
        Reason(code, sentence.format(name), product_ids)
        for name, (code, sentence) in zip(names, sentences, strict=True)
    ]


def same_shoppers_reasons(snapshot: Snapshot, row: int, rows: list[int]) -> list[Reason]:
    """Name the product in `row`, whose buyers also buy the items in `rows`.

    They may buy them before or after it.
    """
    product_ids = (snapshot.product_id(row),)
    return [
        Reason("same_shoppers", f"Also bought by those who bought {name}", product_ids)
        for name in _names(snapshot, row, rows)
    ]


def same_category_reasons(snapshot: Snapshot, product_id: str, title: str, rows: list[int]) -> list[Reason]:
    """Name a product of the category of the items in `rows`."""
    return [
        Reason("same_category", f"Same category as {name_of(title, own_title)}", (product_id,))
        for own_title in titles_of(snapshot, rows)
    ]


def bought_together_reasons(snapshot: Snapshot, row: int, joint_buyers: Mapping[int, int]) -> list[Reason]:
    """Reasons with the number of those who bought both products together.

    One reason for each row of `joint_buyers`, with that number. It is named as a share of the buyers of the product in
    `row`, unless the share is tiny.
    """
    product_ids, all_buyers = (snapshot.product_id(row),), int(snapshot.columns.buyers[row])

    def reason(name: str, joint: int) -> Reason:
        buyers = max(all_buyers, joint)
        text = (
            f"{joint:,} of {buyers:,} who bought {name} also bought this with it"
            if joint >= MIN_NAMED_SHARE * buyers
            else f"Bought together with {name} by {_shoppers(joint)}"
        )
        return Reason("bought_together", text, product_ids, {"buyers": joint, "of_buyers": buyers})

    return list(map(reason, _names(snapshot, row, list(joint_buyers)), joint_buyers.values()))


def due_again_reasons(
    snapshot: Snapshot,
    rows: Rows,
    elapsed_days: NDArray[np.float64],
    interval_days: NDArray[np.float64],
    personal: Mask,
) -> list[Reason]:
    """Name the usual interval between purchases and the time since the last one.

    The interval may be unknown (NaN). It is the shopper's own if `personal`, else the usual one of the product. All
    arrays have the length of `rows`. An interval that passed several times over is not named: whoever bought something
    about every 2 days, and the last time 178 days ago, has stopped.
    """
    ids = snapshot.lookup.ids.texts(rows)
    interval_days = np.where(elapsed_days > MAX_NAMED_INTERVALS * interval_days, np.nan, interval_days)
    usual, passed = _whole_days(interval_days), _whole_days(elapsed_days)
    columns = zip(ids, usual, passed, personal.tolist(), strict=True)
    return [
        Reason(
            "due_again",
            f"You bought this {_days(ago)} ago"
            if math.isnan(every)
            else f"You buy this about every {_days(every)}, the last time {_days(ago)} ago"
            if is_own
            else f"Usually bought again after {_days(every)}; you bought it {_days(ago)} ago",
            (product_id,),
            {"days_ago": int(ago)}
            | ({} if math.isnan(every) else {"interval_days": int(every), "own_interval": is_own}),
        )
        for product_id, every, ago, is_own in columns
    ]


def trending_reason(ratio: float, days: int) -> Reason:
    """Names the ratio of demand in so many days to usual demand."""
    values = {"ratio": round(ratio, 1), "window_days": days}
    return Reason("trending", f"Sells {round(ratio, 1):,g} times as well as usual", (), values)


def are_trend_driven(snapshot: Snapshot, rows: Rows) -> list[bool]:
    """True for each product whose scores come mainly from the trend.

    The reason then names the trend, and no product of the history. A product counts as trend-driven if two numbers are
    above `MAX_HISTORY_TREND`: the factor s_i of its score, and the ratio that the reason would name. The factor comes
    from all purchases, the latest weighted most, and the ratio from the shoppers and days of two weeks.

    Args:
        snapshot: the snapshot.
        rows: products with a vector.
    """
    smaller = np.minimum(snapshot.trend[rows], snapshot.trends().ratios[rows])
    driven: list[bool] = (smaller > MAX_HISTORY_TREND).tolist()
    return driven


def demand_reason(snapshot: Snapshot, row: int) -> Reason:
    """Names how much better the item sells than usual, else its number of buyers.

    A ratio below `MIN_TREND_RATIO` is not named. Buyers are those of the last 30 days, or of the popularity window if
    they are fewer than `MIN_NAMED_BUYERS`, or else of all time.
    """
    usual = snapshot.trends()
    ratio = float(usual.ratios[row])
    if ratio >= MIN_TREND_RATIO:
        return trending_reason(ratio, usual.days)
    return popular_reason(snapshot, row, "30d")


def new_reason(created_at: float) -> Reason:
    """Names the day on which the item was added, in epoch seconds."""
    day = np.datetime64(int(created_at), "s").astype("datetime64[D]")
    return Reason("new", f"New since {day}", (), {"since": str(day)})


def popular_reason(snapshot: Snapshot, row: int, window: Window | None = None) -> Reason:
    """Names the number of buyers in the window.

    Fewer than `MIN_NAMED_BUYERS` give way to those of the snapshot's own window, and then to those of all time. As few
    of all time are not counted, because "Bought by 1 shopper" speaks against the item.
    """
    wider: tuple[Window | None, ...] = (window, None, "all")
    for each in wider:
        days, buyers, _ = snapshot.popularity(each)
        count = int(buyers[row])
        if count >= MIN_NAMED_BUYERS:
            text = f"Bought by {count:,} shoppers" + ("" if days is None else f" in {days} days")
            named = {"buyers": count} | ({} if days is None else {"window_days": days})
            return Reason("popular", text, (), named)
    if not count:
        return Reason("in_the_catalog", "Not bought by anyone yet")
    return Reason(
        "popular", "Sold before" if count == 1 else "Bought by a few shoppers", (), {"buyers": count}
    )


def _shoppers(count: int) -> str:
    return "1 shopper" if count == 1 else f"{count:,} shoppers"


def _whole_days(days: NDArray[np.float64]) -> list[float]:
    """Numbers of whole days, at least 1. NaN stays."""
    counts: list[float] = np.maximum(np.rint(days), 1).tolist()
    return counts


def _days(count: float) -> str:
    return "1 day" if count == 1 else f"{count:,.0f} days"
