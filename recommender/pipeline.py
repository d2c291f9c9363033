"""One request, stage by stage: candidate generation → filtering → ranking → re-ranking, then reasons."""

from dataclasses import replace

import numpy as np

from recommender import candidate_generation, explanations, profiles, ranking, reranking
from recommender.entities import (
    Answer,
    FloatVector,
    History,
    NeighbourSums,
    Profile,
    Query,
    Reason,
    Recommendation,
    Rows,
    Scored,
)
from recommender.filtering import ItemFilter
from recommender.overlay import Corrections
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

PERSONALISED = "personalised"
SIMILAR = "similar"
POPULAR = "popular"

_OVERSAMPLE = 10
"""Items per place on the page that re-ranking may choose from, where they are not candidates anyway."""

_NOISE = 1e-5
"""Share of the best score below which a score is rounding: in a shop as small as the rank, P Qᵀ where B is 0."""


def recommend(
    snapshot: Snapshot, corrections: Corrections, profile: Profile, query: Query, stages: StageObserver
) -> Answer:
    """Personal recommendations of products the shopper has not bought; popular ones where nothing is known."""
    with stages.stage("profile"):
        history = profiles.history_of(profile, snapshot)
    item_filter = ItemFilter(snapshot, corrections, query.filters, history.known_rows)
    page = _personal_page(snapshot, history, item_filter, query.limit, stages)
    with stages.stage("explanations"):
        items = _explained(snapshot, page, _bought_reasons(snapshot, history, page))
    strategy = PERSONALISED if items else POPULAR
    popular_items = _popular_items(snapshot, item_filter, page.rows, history.rows, query.limit, stages)
    return Answer(strategy, items + popular_items)


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products like the one in `row`; popular ones of its category where nothing is known of it."""
    history = profiles.single_product(row)
    item_filter = ItemFilter(snapshot, corrections, query.filters, history.known_rows)
    known = history if row < snapshot.indexed else _nothing(history)
    page = _personal_page(snapshot, known, item_filter, query.limit, stages)
    with stages.stage("explanations"):
        reason = explanations.similar_reason(snapshot, row)
        items = _explained(snapshot, page, [reason] * len(page.rows))
    if items:
        return Answer(SIMILAR, items)
    return Answer(POPULAR, _popular_around(snapshot, corrections, row, query, stages))


def popular(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """What most shoppers bought of late."""
    nobody = np.empty(0, dtype=np.int32)
    item_filter = ItemFilter(snapshot, corrections, query.filters, nobody)
    return Answer(POPULAR, _popular_items(snapshot, item_filter, nobody, nobody, query.limit, stages))


def _popular_around(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> tuple[Recommendation, ...]:
    """Popular items of the product's own category; of all that pass the filters, for one without a category."""
    itself = np.array([row], dtype=np.int32)
    code = int(snapshot.columns.category_codes[row])
    filters = query.filters
    if code >= 0 and not filters.categories:
        filters = replace(filters, categories=(snapshot.categories.paths[code],))
    item_filter = ItemFilter(snapshot, corrections, filters, itself)
    return _popular_items(snapshot, item_filter, itself[:0], itself[:0], query.limit, stages)


def _nothing(history: History) -> History:
    return History(history.rows[:0], history.weights[:0], history.known_rows)


def _personal_page(
    snapshot: Snapshot, history: History, item_filter: ItemFilter, limit: int, stages: StageObserver
) -> Scored:
    if not len(history.rows):
        return Scored(history.rows, history.weights)
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        sums = candidate_generation.neighbour_sums(snapshot, history)
        candidates = np.union1d(
            candidate_generation.nearest_items(snapshot, query, history),
            candidate_generation.best_neighbours(snapshot, sums),
        ).astype(np.int32)
    with stages.stage("filtering"):
        candidates = candidates[item_filter.allows(candidates)]
    with stages.stage("ranking"):
        ranked = _ranked(snapshot, query, sums, candidates, item_filter, limit)
    with stages.stage("reranking"):
        return reranking.varied(snapshot, ranked, limit, history.rows, history.rows[:0])


def _ranked(
    snapshot: Snapshot,
    query: FloatVector,
    sums: NeighbourSums,
    candidates: Rows,
    item_filter: ItemFilter,
    limit: int,
) -> Scored:
    """Candidates by exact score; all products are scored where the filters left fewer than a page of them."""
    if len(candidates) < limit:
        ranked = ranking.best_of_all(snapshot, query, sums, item_filter.allows, limit * _OVERSAMPLE)
    else:
        scores = ranking.exact_scores(snapshot, query, sums, candidates)
        order = np.argsort(-scores, kind="stable")
        ranked = Scored(candidates[order], scores[order])
    # A score of next to nothing is no evidence for the item: popularity is the better guess, and the honest reason.
    positive = ranked.scores > _NOISE * ranked.scores.max(initial=0.0)
    return Scored(ranked.rows[positive], ranked.scores[positive])


def _popular_items(
    snapshot: Snapshot,
    item_filter: ItemFilter,
    shown: Rows,
    bought: Rows,
    limit: int,
    stages: StageObserver,
) -> tuple[Recommendation, ...]:
    """Popular items that fill the page up to `limit`, none of them among `shown`."""
    missing = limit - len(shown)
    if missing <= 0:
        return ()
    taken: list[Rows] = []
    with stages.stage("popular"):
        for block in candidate_generation.popular_rows(snapshot):
            rows = block[item_filter.allows(block)]
            taken.append(rows[~np.isin(rows, shown)])
            if sum(map(len, taken)) >= missing * _OVERSAMPLE:
                break
        rows = np.concatenate([*taken, np.empty(0, np.int32)])
        scores = snapshot.columns.recent_buyers[rows].astype(np.float32)
        page = reranking.varied(snapshot, Scored(rows, scores), limit, bought, shown)
        return _explained(
            snapshot, page, [explanations.popular_reason(snapshot, int(row)) for row in page.rows]
        )


def _bought_reasons(snapshot: Snapshot, history: History, page: Scored) -> list[Reason]:
    if not len(page.rows):
        return []
    terms = explanations.contributions(snapshot, history, page.rows)
    causes = [history.rows[explanations.main_causes(item_terms)].tolist() for item_terms in terms]
    return [
        explanations.because_bought(snapshot, row, rows)
        for row, rows in zip(page.rows.tolist(), causes, strict=True)
    ]


def _explained(snapshot: Snapshot, page: Scored, reasons: list[Reason]) -> tuple[Recommendation, ...]:
    return tuple(
        Recommendation(snapshot.product_id(int(row)), float(score), reason)
        for row, score, reason in zip(page.rows, page.scores, reasons, strict=True)
    )
