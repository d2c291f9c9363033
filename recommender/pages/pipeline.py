"""Generates and scores candidates once per request.

Pages select from them by filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender import candidate_generation, ranking
from recommender.entities import FloatVector, Frequency, History, Mask, NeighbourSums, Rows, Scored
from recommender.filtering import ItemFilter
from recommender.filtering.masks import RowMask
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

OVERSAMPLE = 10
"""Items per place of the page that re-ranking chooses from, if every product was scored."""

_COLD_CANDIDATES = 20

_NOISE = 1e-5
"""Share of the best score below which a score is rounding error: P Qᵀ where B is 0, in shops as small as the rank."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows that a filter accepts, best first.

    Attributes:
        rows, scores: shape (k,).
        complete: true if every product that the filter accepts was scored, not the candidates alone.
    """

    rows: Rows
    scores: FloatVector
    complete: bool

    def where(self, mask: Mask) -> "Ranked":
        """The rows that `mask` marks."""
        return replace(self, rows=self.rows[mask], scores=self.scores[mask])

    def evidence(self, count: int) -> Scored:
        """The best rows, without scores that are only noise.

        At most `count · OVERSAMPLE` rows of a complete ranking. A score close to zero is no evidence for an
        item. Popularity is then the better guess and reason.
        """
        size = count * OVERSAMPLE if self.complete else len(self.rows)
        scores = self.scores[:size]
        positive = scores > _NOISE * scores.max(initial=0.0)
        return Scored(self.rows[:size][positive], scores[positive])


@dataclass(frozen=True, slots=True)
class ScoredCandidates:
    """Candidates of one history with their scores. Independent of filters and pages.

    Attributes:
        snapshot: holds the vectors and weights.
        query_vector: the history in the space of the item vectors; shape (dims,).
        sums: the history's direct neighbours.
        frequency: the shopper's own purchases, empty if they are left out.
        ranked: all candidates, best first.
    """

    snapshot: Snapshot
    query_vector: FloatVector
    sums: NeighbourSums
    frequency: Frequency
    ranked: Ranked

    def select(self, item_filter: ItemFilter, count: int, stages: StageObserver) -> Ranked:
        """Candidates that the filter accepts. Scores every product if fewer than `count` are left."""
        with stages.stage("filtering"):
            accepted = self.ranked.where(item_filter.allows(self.ranked.rows))
        return self._completed(accepted, item_filter, count, stages)

    def narrow(
        self, wider: Ranked, item_filter: ItemFilter, mask: RowMask, count: int, stages: StageObserver
    ) -> Ranked:
        """The rows of `wider`, which `item_filter` accepted, that pass `mask` too."""
        accepted = wider.where(mask(wider.rows))
        return self._completed(accepted, item_filter.narrowed(mask), count, stages)

    def _completed(
        self, accepted: Ranked, item_filter: ItemFilter, count: int, stages: StageObserver
    ) -> Ranked:
        if accepted.complete or len(accepted.rows) >= count:
            return accepted
        unindexed = np.sort(accepted.rows[accepted.rows >= self.snapshot.indexed])
        with stages.stage("ranking"):
            scored = ranking.score_all(self.snapshot, self._score, item_filter.allows, unindexed)
        return Ranked(scored.rows, scored.scores, complete=True)

    def _score(self, rows: Rows) -> FloatVector:
        return ranking.page_scores(self.snapshot, self.query_vector, self.sums, self.frequency, rows)


def score_candidates(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    stages: StageObserver,
    *,
    extra: Sequence[Rows] = (),
    beyond: int = 0,
) -> ScoredCandidates:
    """Candidates from the item index, the history's neighbours, `frequency` and `extra`, with their scores.

    Args:
        snapshot: the snapshot to recommend from.
        history: products that the query vector and the neighbours come from.
        frequency: the shopper's own purchases, empty if they are left out.
        stages: observes the stages.
        extra: further candidates.
        beyond: number of items on earlier pages: so many more candidates are generated.
    """
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        sums = candidate_generation.neighbour_sums(snapshot, history)
        found = [
            candidate_generation.nearest_items(snapshot, query, history, beyond),
            candidate_generation.best_neighbours(snapshot, sums, beyond),
            candidate_generation.best_cold_neighbours(snapshot, sums, _COLD_CANDIDATES),
            frequency.rows,
            *extra,
        ]
        rows = np.unique(np.concatenate(found))
    with stages.stage("ranking"):
        scores = ranking.page_scores(snapshot, query, sums, frequency, rows)
        order = np.argsort(-scores, kind="stable")
        ranked = Ranked(rows[order], scores[order], complete=False)
    return ScoredCandidates(snapshot, query, sums, frequency, ranked)
