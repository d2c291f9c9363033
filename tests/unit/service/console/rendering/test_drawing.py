"""Bars, sparklines, tiles and timelines."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender.interactions import Kind
from service.console.facts.product_lines import ProductLine
from service.console.facts.shoppers.shopper import TimelineEntry
from service.console.rendering.drawing import Bar, Sparkline, Tile
from service.console.rendering.timelines import HEIGHT, WIDTH, timeline_of

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "largest", "smallest", "expected"),
    [
        (2.0, 4.0, 0.0, (0, 50, False)),
        (-1.0, 1.0, -1.0, (0, 50, True)),
        (1.0, 1.0, -1.0, (50, 50, False)),
        (0.0, 0.0, 0.0, (0, 0, False)),
        (9.0, 4.0, 0.0, (0, 100, False)),
        (-3.0, -1.0, -3.0, (0, 100, True)),
    ],
)
def test_bar_lies_in_its_row(
    value: float, largest: float, smallest: float, expected: tuple[float, float, bool]
) -> None:
    bar = Bar.of(value, largest, smallest)
    assert (bar.start, bar.width, bar.negative) == expected


@pytest.mark.parametrize(
    ("values", "path", "texts"),
    [
        ([], "", "– – –"),
        ([None, None], "", "– – –"),
        ([0, 1], "M0,9L0,9 10,1", "100.0 ms 0.0 ms 100.0 ms"),
        ([0, 0], "M0,9L0,9 10,9", "0.0 ms 0.0 ms 0.0 ms"),
        ([5], "M0,1L0,1", "500.0 ms 500.0 ms 500.0 ms"),
        ([2, 1, 2], "M0,1L0,1 5,5 10,1", "200.0 ms 100.0 ms 200.0 ms"),
        ([2, None, 1], "M0,1L0,1M10,5L10,5", "100.0 ms 100.0 ms 200.0 ms"),
        ([2, 1, None], "M0,1L0,1 5,5", "– 100.0 ms 200.0 ms"),
    ],
)
def test_sparkline_goes_from_zero_to_the_largest_value(
    values: list[float | None], path: str, texts: str
) -> None:
    line = Sparkline.of(values, "%.1f ms", 100, 10, 10)
    assert (line.path, f"{line.now} {line.lowest} {line.highest}") == (path, texts)


@pytest.mark.parametrize(
    ("title", "initials"),
    [("Green tea", "GT"), ("(new) milk", "M"), ("  ", "?"), (None, "1"), ("茶", "茶"), ("-", "?")],
)
def test_tile_has_initials_and_the_color_of_its_category(title: str | None, initials: str) -> None:
    tile = Tile.of("17", title, "Drinks")
    assert tile.initials == initials
    assert tile.hue == Tile.of("18", "other", "Drinks").hue
    assert len({Tile.of(str(number), title, "Drinks").shape for number in range(100)}) == 12


def test_timeline_counts_every_action_and_lists_the_latest_days() -> None:
    kinds: list[Kind] = ["purchase", "view", "purchase"] * 20
    entries = [
        TimelineEntry(NOW - timedelta(days=number), kind, ProductLine(str(number)))
        for number, kind in enumerate(kinds)
    ]
    timeline = timeline_of(entries, 75)
    assert timeline is not None
    assert timeline.summary == (
        "The latest 60 of 75 known actions: 40 purchases and 20 other actions, 19 Mar 2026 to 17 May 2026"
    )
    assert (len(timeline.days), timeline.more) == (12, 63)
    for column in timeline.columns:
        assert 0 <= column.x <= column.x + column.width <= WIDTH
        assert 0 <= column.others_y <= column.purchases_y <= HEIGHT


def test_timeline_lists_the_latest_actions_of_days_with_many() -> None:
    entries = [
        TimelineEntry(NOW - timedelta(days=number // 40), "purchase", ProductLine(str(number)))
        for number in range(100)
    ]
    timeline = timeline_of(entries, 100)
    assert timeline is not None
    assert [len(each.entries) for each in timeline.days] == [40, 8]
    assert [entry.product.product_id for entry in timeline.days[1].entries] == [str(40 + n) for n in range(8)]
    assert timeline.more == 52


def test_timeline_of_one_action_and_of_none() -> None:
    assert timeline_of([], 0) is None
    only = timeline_of([TimelineEntry(NOW, "view", ProductLine("a"))], 1)
    assert only is not None
    assert (only.first, only.last, len(only.columns)) == ("17 May 2026", "17 May 2026", 1)
    assert only.summary == "1 other action, 17 May 2026"
    bought = timeline_of([TimelineEntry(NOW, "purchase", ProductLine("a"))], 2)
    assert bought is not None
    assert bought.summary == "The latest 1 of 2 known actions: all purchases, 17 May 2026"
