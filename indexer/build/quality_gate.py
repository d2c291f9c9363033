"""The quality gate: rules that a finished snapshot must meet to be published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adapters.snapshots.manifest import Counts
from indexer.build.holdout import HoldoutMetrics
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.protocol.metrics import Interval
from indexer.snapshots import MAX_LOSS

Rule = Literal["page_loss", "popularity", "live", "list", "size"]

MIN_KEPT_SHARE = 0.5
MIN_COMPARED = 100
"""Live records below which a smaller number is no sign of a fault."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A violated rule, and a sentence with the measured numbers."""

    rule: Rule
    reason: str


class QualityGateFailed(Exception):
    """The quality gate rejected the snapshot. The live snapshot is unchanged.

    Attributes:
        violations: the violated rules.
    """

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(violation.reason for violation in violations))
        self.violations = violations


def find_violations(
    page_loss: float,
    holdout: HoldoutMetrics | None,
    live: Mapping[str, float] | None,
    margin: float,
    max_loss: float = MAX_LOSS,
) -> list[Violation]:
    """Returns the rules that a snapshot violates.

    Differences count only if they exceed chance, by the 95 % bootstrap interval over the holdout's shoppers. A list
    alone rejects no snapshot that has no better one before it, see `weak_lists`.

    Args:
        page_loss: share of a page's value that the approximate index loses.
        holdout: metrics on the holdout, or None if it had too few shoppers.
        live: metrics of the live snapshot, or None if there is none.
        margin: maximum relative loss of NDCG@20, and of the main metric of a list, against the live snapshot.
        max_loss: maximum of `page_loss`.
    """
    found = []
    if page_loss > max_loss:
        reason = f"pages lose {page_loss:.2%} of their value to the index (maximum {max_loss:.2%})"
        found.append(Violation("page_loss", reason))
    if holdout is None:
        return found
    if holdout.ratio_to_popularity.high < 1:
        found.append(
            Violation(
                "popularity",
                f"NDCG@20 on the holdout ({holdout.shoppers} shoppers) is {holdout.ndcg.mean:.4f}, below the"
                f" {holdout.popularity_ndcg:.4f} of popularity",
            )
        )
    before = (live or {}).get("ndcg_at_20")
    if before is not None and holdout.ndcg.mean < (1 - margin) * before and _is_better(before, holdout.ndcg):
        found.append(
            Violation(
                "live",
                f"NDCG@20 on the holdout ({holdout.shoppers} shoppers) is {holdout.ndcg.mean:.4f}, more than"
                f" {margin:.0%} below the live snapshot's {before:.4f}",
            )
        )
    for measured in holdout.lists:
        found += _list_violations(measured, live or {}, margin, holdout.seed)
    return found


def lost_records(counts: Counts, live: Counts) -> list[Violation]:
    """Returns violations if most products or purchases are gone since the live snapshot.

    A feed that stopped early is complete for its reader, and leaves too few shoppers to measure anything.
    """
    sizes = {
        "products": (counts.products, live.products),
        "purchases": (counts.purchases, live.purchases),
    }
    return [
        Violation("size", f"it has {now:,} {name}, less than half of the live snapshot's {before:,}")
        for name, (now, before) in sizes.items()
        if before >= MIN_COMPARED and now < MIN_KEPT_SHARE * before
    ]


def weak_lists(holdout: HoldoutMetrics | None) -> list[str]:
    """Sentences about lists that are below a baseline which they must beat, beyond chance."""
    measured = holdout.lists if holdout else ()
    return [reason for each in measured for reason in _below_baselines(each, holdout.seed if holdout else 1)]


def _list_violations(
    measured: ListMeasurement, live: Mapping[str, float], margin: float, seed: int
) -> list[Violation]:
    """The violations of one list, whose metric is below the live snapshot's.

    It is below a baseline that must be beaten, or far below the live snapshot. Without a better live list, keeping the
    live snapshot would not help anyone, and a shop without one would have no recommendations at all.
    """
    found, before = measured.interval(seed), live.get(measured.key(measured.main))
    if before is None or not _is_better(before, found):
        return []
    reasons = _below_baselines(measured, seed)
    tolerated = max(margin, measured.tolerance)
    if found.mean < (1 - tolerated) * before:
        reasons.append(
            f"{_value_of(measured, found)}, more than {tolerated:.0%} below the live snapshot's {before:.4f}"
        )
    return [Violation("list", reason) for reason in reasons]


def _is_better(live: float, found: Interval) -> bool:
    """True if the live snapshot's metric is above this one beyond chance.

    It was measured on other cases, drawn at random like these, and is as uncertain. It is better if intervals of this
    width around both do not overlap. By chance that is so once in about 350 comparisons.
    """
    return found.high + (found.high - found.mean) < live


def _below_baselines(measured: ListMeasurement, seed: int) -> list[str]:
    return [
        f"{_value_of(measured, measured.interval(seed))}, below that of the baseline {name}"
        for name in measured.must_beat
        if measured.ratio(name, seed).high < 1
    ]


def _value_of(measured: ListMeasurement, found: Interval) -> str:
    """The measured value of a list, as the beginning of a sentence."""
    return f"{measured.main} of {measured.name} is {found.mean:.4f}"
