"""The plain sentences at the start of a report."""

import io
import math

import pytest
from rich.console import Console

from indexer.evaluation.report import Estimate, Report, TaskReport, best_alternative, render, sentences
from tests.support.builders.evaluations.evaluation_reports import report, row, task

BETTER, EVEN, WORSE = Estimate(1.3, 1.1, 1.5), Estimate(1.01, 0.97, 1.05), Estimate(0.8, 0.7, 0.9)
UNDEFINED = Estimate(math.nan, math.nan, math.inf)
HITS = "40 of 100 tested shoppers later bought one of ten recommended products."


def discovery(to_popularity: Estimate, to_best: Estimate) -> TaskReport:
    ours = row("ours, as served", 0.1, ratio_to={"popularity": to_popularity, "ALS": to_best})
    rows = (
        row("ours, with views and carts", 0.2),
        row("EASE", 0.05),
        row("ALS", 0.09),
        row("popularity", 0.01),
    )
    return task(ours, *rows, row("broken", math.nan))


def said(shown: Report) -> list[str]:
    return list(sentences(shown))


def test_report_begins_with_the_gain_over_popularity_and_the_best_alternative() -> None:
    shown = report(discovery(BETTER, Estimate(1.07, 1.02, 1.12)))
    gain = "On your data: 1.30x better than popularity; 1.07x better than the best alternative, ALS."
    assert said(shown) == [gain, HITS]
    stream = io.StringIO()
    render(shown, Console(file=stream))
    assert stream.getvalue().startswith(f"{gain}\n{HITS}\n\nData ")


@pytest.mark.parametrize(
    ("ratio", "sentence"),
    [
        (EVEN, "as good as popularity, within the margin of error (1.01x)"),
        (WORSE, "worse than popularity (0.80x)"),
        (UNDEFINED, "not comparable with popularity, which found too little of what was bought"),
    ],
)
def test_ratio_is_a_difference_only_if_its_interval_excludes_one(ratio: Estimate, sentence: str) -> None:
    assert said(report(discovery(ratio, BETTER)))[0].startswith(f"On your data: {sentence};")


def test_repeat_purchases_are_compared_with_their_best_alternative() -> None:
    ours = row("ours, as served", 0.4, ratio_to={"personal frequency": BETTER})
    again = task(ours, row("personal frequency", 0.3), row("popularity", 0.1), name="repurchase")
    assert said(report(again)) == ["Repeat purchases: 1.30x better than personal frequency."]


def test_report_without_baselines_names_hits_alone() -> None:
    assert said(report(task(row("ours", 0.1)))) == [HITS]
    assert said(report(task(row("ours", 0.1, hit_rate_at_10=UNDEFINED)))) == []
    assert best_alternative(task(row("ours", 0.1))) is None
