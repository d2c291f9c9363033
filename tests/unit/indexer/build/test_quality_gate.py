"""The quality gate's rules, one by one."""

import pytest

from indexer.build.holdout import Holdout
from indexer.build.quality_gate import NotPublished, Objection, objections
from indexer.protocol.metrics import Interval
from indexer.snapshots import FLOOR

BETTER, EVEN, WORSE = Interval(1.3, 1.1, 1.5), Interval(0.9, 0.7, 1.1), Interval(0.7, 0.5, 0.95)
"""Ratios to popularity: beyond chance, by chance, and beyond chance again."""


def holdout(
    ndcg: float = 0.10, low: float = 0.09, high: float = 0.11, over_popularity: Interval = BETTER
) -> Holdout:
    return Holdout(
        shoppers=500,
        ndcg=Interval(ndcg, low, high),
        recall=0.2,
        coverage=0.5,
        popularity_ndcg=0.08,
        over_popularity=over_popularity,
    )


def rules(found: list[Objection]) -> list[str]:
    return [objection.rule for objection in found]


def test_a_sound_snapshot_meets_no_objection() -> None:
    assert objections(0.99, holdout(), {"ndcg_at_20": 0.10}, 0.1) == []
    assert objections(FLOOR, holdout(), {"ndcg_at_20": 0.05}, 0.0) == []


@pytest.mark.parametrize("measured", [None, holdout()])
def test_an_index_that_misses_too_much_is_refused_with_or_without_a_holdout(measured: Holdout | None) -> None:
    (objection,) = objections(0.9321, measured, {"ndcg_at_20": 0.10}, 0.1)
    assert objection.rule == "ann_recall"
    assert "0.932" in objection.reason
    assert str(FLOOR) in objection.reason


def test_what_is_worse_than_popularity_beyond_chance_is_refused() -> None:
    (objection,) = objections(1.0, holdout(over_popularity=WORSE), None, 0.1)
    assert objection.rule == "popularity"
    assert "0.1000" in objection.reason
    assert "0.0800" in objection.reason
    assert "500 shoppers" in objection.reason


def test_what_is_worse_than_popularity_by_chance_only_is_not() -> None:
    assert objections(1.0, holdout(over_popularity=EVEN), None, 0.1) == []
    assert objections(1.0, holdout(over_popularity=Interval(0.9, 0.8, 1.0)), None, 0.1) == []
    nothing_to_compare = Interval(float("nan"), float("nan"), float("nan"))
    assert objections(1.0, holdout(over_popularity=nothing_to_compare), None, 0.1) == []


def test_what_is_worse_than_the_live_snapshot_beyond_margin_and_chance_is_refused() -> None:
    (objection,) = objections(1.0, holdout(), {"ndcg_at_20": 0.12}, 0.1)
    assert objection.rule == "live"
    assert "0.1000" in objection.reason
    assert "10%" in objection.reason
    assert "0.1200" in objection.reason


@pytest.mark.parametrize(
    ("measured", "live", "margin"),
    [
        (holdout(high=0.105), 0.11, 0.1),  # a tenth less at most
        (holdout(high=0.13), 0.12, 0.1),  # beyond the margin, but by chance
        (holdout(), 0.12, 0.2),  # a wider margin
        (holdout(), 0.09, 0.0),  # better
        (holdout(high=0.101), 0.12, 1.0),  # a margin that forgives all
    ],
)
def test_within_the_margin_or_by_chance_nothing_is_refused(
    measured: Holdout, live: float, margin: float
) -> None:
    assert objections(1.0, measured, {"ndcg_at_20": live}, margin) == []


@pytest.mark.parametrize("live", [None, {}, {"ann_recall_at_20": 0.99}])
def test_without_a_live_measurement_there_is_nothing_to_be_worse_than(live: dict[str, float] | None) -> None:
    assert objections(1.0, holdout(ndcg=0.001, low=0.0, high=0.002), live, 0.0) == []


def test_without_a_holdout_only_the_index_is_judged() -> None:
    assert objections(1.0, None, {"ndcg_at_20": 0.99}, 0.0) == []


def test_every_objection_is_named() -> None:
    bad = holdout(ndcg=0.01, low=0.005, high=0.02, over_popularity=WORSE)
    found = objections(0.5, bad, {"ndcg_at_20": 0.12}, 0.1)
    assert rules(found) == ["ann_recall", "popularity", "live"]
    refusal = NotPublished(found)
    assert refusal.objections == found
    for objection in found:
        assert objection.reason in str(refusal)


def test_a_manifest_says_what_was_measured() -> None:
    assert holdout(ndcg=0.123456).metrics() == {
        "ndcg_at_20": 0.1235,
        "popularity_ndcg_at_20": 0.08,
        "recall_at_20": 0.2,
        "coverage_at_10": 0.5,
        "holdout_shoppers": 500,
    }
