"""Rules of the quality gate."""

import re
from dataclasses import replace

import numpy as np
import pytest

from adapters.snapshots.manifest import Counts
from indexer.build.holdout import HoldoutMetrics
from indexer.build.quality_gate import QualityGateFailed, Violation, find_violations, lost_records, weak_lists
from indexer.evaluation.comparison import OURS
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.protocol.metrics import Interval
from indexer.snapshots import MAX_LOSS
from indexer.training.selection import ChosenParameters

BETTER, EVEN, WORSE = Interval(1.3, 1.1, 1.5), Interval(0.9, 0.7, 1.1), Interval(0.7, 0.5, 0.95)
"""Ratios to popularity: significantly better, not significant, significantly worse."""


def holdout(
    ndcg: float = 0.10, low: float = 0.09, high: float = 0.11, ratio_to_popularity: Interval = BETTER
) -> HoldoutMetrics:
    return HoldoutMetrics(
        shoppers=500,
        ndcg=Interval(ndcg, low, high),
        recall=0.2,
        coverage=0.5,
        popularity_ndcg=0.08,
        ratio_to_popularity=ratio_to_popularity,
        choices=ChosenParameters(180.0, 0.0),
    )


def measured(ours: float, chance: float) -> ListMeasurement:
    """A list with the same precision for each of 50 shoppers, but for one."""
    values = {name: np.append(np.full(49, level), 0.0) for name, level in ((OURS, ours), ("chance", chance))}
    return ListMeasurement("buy-again", "", "", {"precision@5": values}, must_beat=("chance",))


def counts(products: int, purchases: int) -> Counts:
    others = dict.fromkeys(Counts.__struct_fields__, 0)
    return Counts(**others | {"products": products, "purchases": purchases})


def rules(found: list[Violation]) -> list[str]:
    return [violation.rule for violation in found]


@pytest.mark.parametrize(
    ("live", "now", "lost"),
    [
        ((3000, 20_000), (1500, 10_000), []),
        ((3000, 20_000), (3000, 9_999), ["9,999 purchases"]),
        ((3000, 20_000), (100, 0), ["100 products", "0 purchases"]),
        ((99, 99), (1, 0), []),
    ],
)
def test_snapshot_that_lost_most_records_is_rejected(
    live: tuple[int, int], now: tuple[int, int], lost: list[str]
) -> None:
    found = lost_records(counts(*now), counts(*live))
    assert [re.findall("it has (.*), less than half", each.reason)[0] for each in found] == lost
    assert set(rules(found)) <= {"size"}


def test_good_snapshot_has_no_violation() -> None:
    assert find_violations(0.0004, holdout(), {"ndcg_at_20": 0.10}, 0.1) == []
    assert find_violations(MAX_LOSS, holdout(), {"ndcg_at_20": 0.05}, 0.0) == []


@pytest.mark.parametrize("metrics", [None, holdout()])
def test_index_that_pages_lose_too_much_to_is_a_violation(metrics: HoldoutMetrics | None) -> None:
    (violation,) = find_violations(0.0132, metrics, {"ndcg_at_20": 0.10}, 0.1)
    assert violation.rule == "page_loss"
    assert "1.32%" in violation.reason
    assert f"{MAX_LOSS:.2%}" in violation.reason


def test_significant_loss_against_popularity_is_a_violation() -> None:
    (violation,) = find_violations(0.0, holdout(ratio_to_popularity=WORSE), None, 0.1)
    assert violation.rule == "popularity"
    assert "0.1000" in violation.reason
    assert "0.0800" in violation.reason
    assert "500 shoppers" in violation.reason


def test_insignificant_loss_against_popularity_is_accepted() -> None:
    assert find_violations(0.0, holdout(ratio_to_popularity=EVEN), None, 0.1) == []
    assert find_violations(0.0, holdout(ratio_to_popularity=Interval(0.9, 0.8, 1.0)), None, 0.1) == []
    nothing_to_compare = Interval(float("nan"), float("nan"), float("nan"))
    assert find_violations(0.0, holdout(ratio_to_popularity=nothing_to_compare), None, 0.1) == []


def test_significant_loss_against_the_live_snapshot_is_a_violation() -> None:
    (violation,) = find_violations(0.0, holdout(), {"ndcg_at_20": 0.13}, 0.1)
    assert violation.rule == "live"
    assert "0.1000" in violation.reason
    assert "10%" in violation.reason
    assert "0.1300" in violation.reason


@pytest.mark.parametrize(
    ("metrics", "live", "margin"),
    [
        (holdout(high=0.105), 0.11, 0.1),  # a tenth less at most
        (holdout(high=0.13), 0.12, 0.1),  # beyond the margin, but by chance
        (holdout(), 0.119, 0.1),  # by chance, as the live snapshot's measure is as uncertain
        (holdout(), 0.12, 0.2),  # a wider margin
        (holdout(), 0.09, 0.0),  # better
        (holdout(high=0.101), 0.12, 1.0),  # a margin that forgives all
    ],
)
def test_loss_within_margin_or_interval_is_accepted(
    metrics: HoldoutMetrics, live: float, margin: float
) -> None:
    assert find_violations(0.0, metrics, {"ndcg_at_20": live}, margin) == []


@pytest.mark.parametrize("live", [None, {}, {"ann_recall_at_20": 0.99}])
def test_missing_live_metrics_are_no_violation(live: dict[str, float] | None) -> None:
    assert find_violations(0.0, holdout(ndcg=0.001, low=0.0, high=0.002), live, 0.0) == []


def test_only_the_index_is_checked_without_a_holdout() -> None:
    assert find_violations(0.0, None, {"ndcg_at_20": 0.99}, 0.0) == []


def test_all_violations_are_reported() -> None:
    bad = holdout(ndcg=0.01, low=0.005, high=0.02, ratio_to_popularity=WORSE)
    found = find_violations(0.5, bad, {"ndcg_at_20": 0.12}, 0.1)
    assert rules(found) == ["page_loss", "popularity", "live"]
    refusal = QualityGateFailed(found)
    assert refusal.violations == found
    for violation in found:
        assert violation.reason in str(refusal)


def test_manifest_contains_holdout_metrics() -> None:
    assert holdout(ndcg=0.123456).metrics() == {
        "ndcg_at_20": 0.1235,
        "popularity_ndcg_at_20": 0.08,
        "recall_at_20": 0.2,
        "coverage_at_10": 0.5,
        "holdout_shoppers": 500,
    }


@pytest.mark.parametrize(
    ("ours", "chance", "live", "violated"),
    [
        (0.2, 0.1, 0.2, []),
        (0.2, 0.1, None, []),
        (0.1, 0.2, None, []),  # worse than chance, and no snapshot to keep instead
        (0.1, 0.2, 0.08, []),  # worse than chance, and better than the live snapshot
        (0.1, 0.2, 0.098, []),  # worse than chance, as the live snapshot is
        (0.1, 0.2, 0.107, ["list"]),  # worse than chance and than the live snapshot
        (0.2, 0.1, 0.3, ["list"]),  # far below the live snapshot
        (0.2, 0.1, 0.21, []),  # within the margin
    ],
)
def test_worse_list_is_a_violation(
    ours: float, chance: float, live: float | None, violated: list[str]
) -> None:
    metrics = replace(holdout(), lists=(measured(ours, chance),))
    before = {} if live is None else {"buy_again_precision_at_5": live}
    found = find_violations(0.0, metrics, before, 0.1)
    assert rules(found) == violated
    assert all("precision@5 of buy-again" in violation.reason for violation in found)
    assert metrics.metrics()["buy_again_precision_at_5"] == pytest.approx(0.98 * ours)


@pytest.mark.parametrize(("tolerance", "violated"), [(0.2, ["list"]), (0.4, [])])
def test_list_may_lose_its_tolerance(tolerance: float, violated: list[str]) -> None:
    metrics = replace(holdout(), lists=(replace(measured(0.2, 0.1), tolerance=tolerance),))
    found = find_violations(0.0, metrics, {"buy_again_precision_at_5": 0.3}, 0.1)
    assert rules(found) == violated
    assert all(f"more than {tolerance:.0%} below the live snapshot's 0.3000" in each.reason for each in found)


@pytest.mark.parametrize(("hits", "violated"), [(26, []), (15, ["list"])])
def test_list_of_other_cases_is_worse_only_if_intervals_do_not_overlap(
    hits: int, violated: list[str]
) -> None:
    """Of 500 other cases, 40 were hits before."""
    values = {"recall@10": {OURS: np.repeat([1.0, 0.0], [hits, 500 - hits])}}
    drawn = ListMeasurement("basket", "", "", values, tolerance=0.2)
    metrics = replace(holdout(), lists=(drawn,))
    assert rules(find_violations(0.0, metrics, {"basket_recall_at_10": 0.08}, 0.1)) == violated


def test_list_below_its_baseline_is_told_even_if_accepted() -> None:
    """Such a first build is published."""
    metrics = replace(holdout(), lists=(measured(0.1, 0.2),))
    assert find_violations(0.0, metrics, None, 0.1) == []
    assert weak_lists(metrics) == ["precision@5 of buy-again is 0.0980, below that of the baseline chance"]
    assert weak_lists(replace(holdout(), lists=(measured(0.2, 0.1),))) == []
    assert weak_lists(None) == []


@pytest.mark.parametrize(("before", "violated"), [(0.0294, []), (0.05, ["list"])])
def test_list_without_a_hit_is_worse_only_beyond_chance(before: float, violated: list[str]) -> None:
    """Of 148 cases none is a hit."""
    drawn = ListMeasurement("basket", "", "", {"recall@10": {OURS: np.zeros(148)}}, tolerance=0.2)
    metrics = replace(holdout(), lists=(drawn,))
    assert rules(find_violations(0.0, metrics, {"basket_recall_at_10": before}, 0.1)) == violated
