"""Candidates of one request, generated and scored once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from recommender import candidate_generation, ranking
from recommender.arrays import NO_ROWS, FloatVector, Mask, Rows
from recommender.entities import Frequency, History, Scored
from recommender.pages.page import PageSpec
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains

OVERSAMPLE = 10
"""Items per place of the page that re-ranking chooses from, if every product was scored."""

_NOISE = 1e-5
"""Share of the best score up to which a score is a rounding error.

In shops with hardly more products than dimensions, P Qᵀ equals B up to rounding: tiny scores are left where B is 0."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Ranked rows, best first.

    Attributes:
        rows, scores: shape (k,).
        complete: true if every product that the filter accepts was scored, not only the candidates.
    """

    rows: Rows
    scores: FloatVector
    complete: bool

    def where(self, mask: Mask) -> "Ranked":
        """The rows that `mask` marks."""
        return self if mask.all() else Ranked(self.rows[mask], self.scores[mask], self.complete)

    def without_noise(self, count: int) -> Scored:
        """The best rows, without scores that are only rounding errors.

        At most `count · OVERSAMPLE` rows of a complete ranking. Popular products are better than those left out.
        """
        size = count * OVERSAMPLE if self.complete else len(self.rows)
        scores = self.scores[:size]
        positive = int((scores > _NOISE * max(scores[0], 0.0)).sum()) if len(scores) else 0
        return Scored(self.rows[:positive], scores[:positive])


@dataclass(frozen=True, slots=True)
class ScoredCandidates:
    """Scored candidates of one history.

    They do not depend on filters and pages.

    Attributes:
        indexed: number of rows with a vector.
        score: scores any rows.
        ranked: all candidates, best first.
        second: rows of the second neighbours among them, ascending.
    """

    indexed: int
    score: Callable[[Rows], FloatVector]
    ranked: Ranked
    second: Rows

    @classmethod
    def none(cls) -> "ScoredCandidates":
        """No candidates, for unknown shoppers and products without a vector."""
        nothing = np.empty(0, dtype=np.float32)
        return cls(0, lambda rows: nothing, Ranked(NO_ROWS, nothing, complete=True), NO_ROWS)

    def select(self, spec: PageSpec, stages: StageObserver, *, most: int | None = None) -> Ranked:
        """Candidates that the page may show, completed if they are too few.

        `most` is as in `complete`.
        """
        with stages.stage("filtering"):
            accepted = self.ranked.where(spec.item_filter.allows_candidates(self.ranked.rows))
        stages.candidates("filtering", len(accepted.rows))
        return self.complete(accepted, spec, stages, most=most)

    def complete(
        self, accepted: Ranked, spec: PageSpec, stages: StageObserver, *, most: int | None = None
    ) -> Ranked:
        """Ranks all products that fit the page, unless the accepted candidates fill it.

        Second neighbours do not count: they are too weak to stand for all other products.

        Args:
            accepted: the candidates that the page may show.
            spec: the page.
            stages: observes the stages.
            most: how many of all products are returned, the best ones. None: no limit.
        """
        second = int(contains(self.second, accepted.rows).sum()) if len(self.second) else 0
        if accepted.complete or len(accepted.rows) - second > spec.limit:
            return accepted
        unindexed = np.sort(accepted.rows[accepted.rows >= self.indexed])
        with stages.stage("filtering"):
            rows = np.concatenate([unindexed, spec.item_filter.accepted(self.indexed)])
        with stages.stage("ranking"):
            scored = ranking.best_first(rows, self.score(rows), most)
        return Ranked(scored.rows, scored.scores, complete=True)


def score_candidates(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    stages: StageObserver,
    *,
    extra: Rows = NO_ROWS,
    banned: Sequence[Rows] = (),
    beyond: int = 0,
) -> ScoredCandidates:
    """Candidates from the item index, the history's neighbours, `frequency` and `extra`, with their scores.

    Neighbours of the best of these are further candidates, if the snapshot needs them.

    Args:
        snapshot: the snapshot to recommend from.
        history: products that the query vector and the neighbours come from.
        frequency: the shopper's own purchases, empty if they are left out.
        stages: observes the stages.
        extra: further candidates.
        banned: rows that are no candidates, because no page may show them. Filters that select from the candidates have
            them as `never_candidates`.
        beyond: number of items on earlier pages. As many further candidates are generated.
    """
    if not len(history.rows) and not len(frequency.rows):
        return ScoredCandidates.none()
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        nearest = candidate_generation.nearest_items(snapshot, query, history, beyond)
        candidates = candidate_generation.with_neighbours(
            snapshot, history, (nearest, frequency.rows, extra), banned, beyond
        )
    with stages.stage("ranking"):
        rows, scores, second = candidates.rows, ranking.exact_scores(snapshot, query, candidates), NO_ROWS
        if further := snapshot.parameters.second_neighbours_for(len(history.rows)):
            second = candidate_generation.second_neighbours(snapshot, rows, scores, further + beyond, banned)
            own = snapshot.model.score_rows(query, history.rows, history.weights, second)
            rows, scores = np.concatenate([rows, second]), np.concatenate([scores, own])
        best = ranking.best_first(rows, ranking.with_frequency(snapshot, frequency, rows, scores))
    stages.candidates("candidate_generation", len(rows))
    return ScoredCandidates(
        snapshot.indexed,
        partial(ranking.score_rows, snapshot, query, history, frequency),
        Ranked(best.rows, best.scores, complete=False),
        second,
    )
