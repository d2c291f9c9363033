"""A shopper's actions as a drawing over time and as a list by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from service.console.facts.shoppers.shopper import TimelineEntry
from service.console.rendering.page import day

WIDTH, HEIGHT = 640.0, 96.0
_BARS = 48
_DAYS_SHOWN = 12
_ACTIONS_SHOWN = 48
"""Each takes the browser half a millisecond."""
_MARGIN = 2.0
KINDS = {
    "purchase": "bought",
    "cart": "put into the cart",
    "click": "clicked",
    "view": "viewed",
    "hide": "hid",
}


@dataclass(frozen=True, slots=True)
class Column:
    """The actions of one period.

    A bar of purchases stands below one of everything else.
    """

    x: float
    width: float
    purchases_y: float
    purchases_height: float
    others_y: float
    others_height: float
    label: str


@dataclass(frozen=True, slots=True)
class DayOfActions:
    """The actions of one day, newest first."""

    date: str
    entries: Sequence[TimelineEntry]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing and the list.

    Attributes:
        columns: of the drawing, `WIDTH` by `HEIGHT`.
        first: date of its left end.
        last: date of its right end.
        days: the latest days with actions, and at most 48 of these.
        more: number of actions that are not listed.
    """

    columns: Sequence[Column]
    first: str
    last: str
    summary: str
    days: Sequence[DayOfActions]
    more: int


def timeline_of(entries: Sequence[TimelineEntry], known: int) -> Timeline | None:
    """The timeline of the latest of `known` actions, newest first. None without any."""
    if not entries:
        return None
    days = [
        DayOfActions(day(key), list(found))
        for key, found in groupby(entries, key=lambda entry: _midnight(entry.at))
    ]
    first, last = entries[-1].at, entries[0].at
    purchases = sum(entry.kind == "purchase" for entry in entries)
    others = len(entries) - purchases
    counts = [
        f"{count:,} {what}{'s' if count > 1 else ''}"
        for count, what in ((purchases, "purchase"), (others, "other action"))
        if count
    ]
    period = day(last) if day(first) == day(last) else f"{day(first)} to {day(last)}"
    latest = f"The latest {len(entries):,} of {known:,} known actions: " if known > len(entries) else ""
    kinds = "all purchases" if latest and not others else " and ".join(counts)
    summary = f"{latest}{kinds}, {period}"
    listed = _latest(days)
    more = known - sum(len(each.entries) for each in listed)
    return Timeline(_columns(entries, first, last), day(first), day(last), summary, listed, more)


def _latest(days: Sequence[DayOfActions]) -> list[DayOfActions]:
    """The latest days with their latest actions, up to the number that is listed."""
    listed, left = [], _ACTIONS_SHOWN
    for each in days[:_DAYS_SHOWN]:
        if left > 0:
            listed.append(DayOfActions(each.date, each.entries[:left]))
        left -= len(each.entries)
    return listed


def _columns(entries: Sequence[TimelineEntry], first: datetime, last: datetime) -> list[Column]:
    span = max(last - first, timedelta(days=1)) / _BARS
    counts = [[0, 0] for _ in range(_BARS)]
    for entry in entries:
        place = min(int((entry.at - first) / span), _BARS - 1)
        counts[place][entry.kind != "purchase"] += 1
    top = max(sum(each) for each in counts)
    step = WIDTH / _BARS
    scale = (HEIGHT - _MARGIN) / top
    found = []
    for place, (purchases, others) in enumerate(counts):
        if purchases or others:
            low, high = round(purchases * scale, 1), round(others * scale, 1)
            label = f"{day(first + place * span)}: {purchases} bought, {others} other"
            bottom = HEIGHT - _MARGIN
            found.append(
                Column(
                    round(place * step + 1, 1),
                    round(step - 2, 1),
                    bottom - low,
                    low,
                    bottom - low - high,
                    high,
                    label,
                )
            )
    return found


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
