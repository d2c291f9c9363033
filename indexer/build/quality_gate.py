"""The quality gate: what keeps a finished snapshot from being published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from indexer.build.holdout import Holdout
from indexer.snapshots import FLOOR

Rule = Literal["ann_recall", "popularity", "live"]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a snapshot should not be published: the rule, and a sentence with the numbers."""

    rule: Rule
    reason: str


class NotPublished(Exception):
    """The gate refused the snapshot; the live one stays.

    Attributes:
        objections: why.
    """

    def __init__(self, objections: list[Objection]) -> None:
        super().__init__("; ".join(objection.reason for objection in objections))
        self.objections = objections


def objections(
    ann_recall: float, holdout: Holdout | None, live: Mapping[str, float] | None, margin: float
) -> list[Objection]:
    """What speaks against publishing.

    A difference counts only when it is beyond chance, by the 95 % bootstrap interval over the holdout's shoppers.

    Args:
        ann_recall: share of the exact top 20 that the index finds.
        holdout: what the build is worth; None where there were too few shoppers to tell.
        live: metrics of the live snapshot; None where there is none to compare with.
        margin: share of the live snapshot's NDCG@20 by which a new one may be worse.
    """
    found = []
    if ann_recall < FLOOR:
        found.append(
            Objection(
                "ann_recall", f"the index finds only {ann_recall:.3f} of the exact top 20 (floor {FLOOR})"
            )
        )
    if holdout is None:
        return found
    if holdout.over_popularity.high < 1:
        found.append(
            Objection(
                "popularity",
                f"NDCG@20 {holdout.ndcg.mean:.4f} on the holdout ({holdout.shoppers} shoppers) is below"
                f" popularity's {holdout.popularity_ndcg:.4f}",
            )
        )
    before = (live or {}).get("ndcg_at_20")
    if before is not None and holdout.ndcg.mean < (1 - margin) * before and holdout.ndcg.high < before:
        found.append(
            Objection(
                "live",
                f"NDCG@20 {holdout.ndcg.mean:.4f} on the holdout ({holdout.shoppers} shoppers) is more than"
                f" {margin:.0%} below the live snapshot's {before:.4f}",
            )
        )
    return found
