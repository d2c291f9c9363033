"""Evidence and reasons of items, kept for the next pages of a shopper."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from recommender.entities import Reason
from recommender.explanations.contributions import Evidence
from recommender.explanations.kept_values import kept_or_made

RowWithCauses = tuple[int, tuple[int, ...]]
"""An item and its causes, as positions in the history. They depend on the other items of the page."""

_BYTES_PER_REASON = 1_000
_MAX_REASONS = 2_000
"""Reasons that are kept at most, and rows with evidence."""


@dataclass(frozen=True, slots=True)
class KeptReasons:
    """Evidence and reasons of items that were shown, for one history.

    Attributes:
        evidence: the evidence of each row.
        reasons: the reason of each row with its causes.
    """

    evidence: dict[int, Evidence] = field(default_factory=dict)
    reasons: dict[RowWithCauses, Reason] = field(default_factory=dict)

    def evidence_of(
        self, rows: Sequence[int], find: Callable[[Sequence[int]], Iterable[Evidence]]
    ) -> list[Evidence]:
        """The evidence of each row, found by `find` at its first use."""
        return kept_or_made(self.evidence, rows, find, _MAX_REASONS)

    def reasons_of(
        self, items: Sequence[RowWithCauses], make: Callable[[Sequence[RowWithCauses]], Iterable[Reason]]
    ) -> list[Reason]:
        """The reason of each item, made by `make` at its first use."""
        return kept_or_made(self.reasons, items, make, _MAX_REASONS)

    def nbytes(self) -> int:
        """Memory of evidence and reasons, estimated."""
        return _BYTES_PER_REASON * len(self.reasons)
