"""One request, stage by stage: candidate generation → filtering → ranking → re-ranking, then reasons."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from recommender import candidate_generation, explanations, profiles, ranking, reranking
from recommender.entities import (
    Answer,
    FloatVector,
    Frequency,
    History,
    NeighbourSums,
    Profile,
    Query,
    Reason,
    Recommendation,
    Rows,
    Scored,
)
from recommender.filtering import ItemFilter, NarrowedFilter
from recommender.overlay import Corrections
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

PERSONALISED = "personalised"
SIMILAR = "similar"
PREFERRED = "preferred-categories"
POPULAR = "popular"

_OVERSAMPLE = 10
"""Items per place on the page that re-ranking may choose from, where they are not candidates anyway."""

_COLD_CANDIDATES = 20

_NOISE = 1e-5
"""Share of the best score below which a score is rounding: in a shop as small as the rank, P Qᵀ where B is 0."""

_NEVER = Frequency(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
"""The frequency of an answer that leaves out what was bought before."""


def recommend(
    snapshot: Snapshot, corrections: Corrections, profile: Profile, query: Query, stages: StageObserver
) -> Answer:
    """Personal recommendations; popular ones where nothing is known.

    Products that the shopper bought before are left out, or, where the query includes them, scored by how often and
    how lately they were bought too.
    """
    with stages.stage("profile"):
        history = profiles.history_of(profile, snapshot)
        frequency = profiles.personal_frequency(profile, snapshot) if query.include_purchased else _NEVER
        hidden = profiles.hidden_rows(profile, snapshot)
        sunk = profiles.sunk_rows(profile, snapshot)
    banned = hidden if query.include_purchased else np.union1d(hidden, history.known_rows)
    item_filter = ItemFilter(snapshot, corrections, query.filters, np.union1d(banned, sunk))
    filled = partial(_filled, snapshot, history, frequency, query, stages)
    strategy, items = filled(item_filter)
    if len(items) < query.limit and len(sunk):
        item_filter = ItemFilter(snapshot, corrections, query.filters, banned)
        items += _sunk_items(snapshot, item_filter, sunk, query.limit - len(items))
    if profile.preferences.liked_categories or profile.preferences.disliked_categories:
        return _preferred(snapshot, profile, Answer(strategy, items), item_filter, query.limit, filled)
    return Answer(strategy, items)


def _filled(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    query: Query,
    stages: StageObserver,
    item_filter: ItemFilter,
) -> tuple[str, tuple[Recommendation, ...]]:
    """What the history says, filled up with what is popular; and which of the two comes first."""
    explore = not query.include_purchased
    page = _personal_page(snapshot, history, frequency, item_filter, query.limit, stages, explore=explore)
    with stages.stage("explanations"):
        items = _explained(snapshot, page, _own_reasons(snapshot, history, frequency, page))
    strategy = PERSONALISED if items else POPULAR
    items += _popular_items(snapshot, item_filter, page.rows, history.rows, query.limit, stages)
    return strategy, items


def _preferred(
    snapshot: Snapshot,
    profile: Profile,
    answer: Answer,
    item_filter: ItemFilter,
    limit: int,
    filled: Callable[[ItemFilter], tuple[str, tuple[Recommendation, ...]]],
) -> Answer:
    """The answer with more of the categories that the shopper likes, and less of those that they dislike."""
    stances = reranking.category_stances(snapshot, profile.preferences)
    rows = snapshot.lookup.find([item.product_id for item in answer.items])
    own = stances[snapshot.columns.category_codes[rows]].tolist()
    shown = set(rows[: reranking.LEADING_PLACES].tolist())

    def further(stance: int) -> list[Recommendation]:
        mask = reranking.stance_mask(snapshot, stances, [stance])
        _, items = filled(NarrowedFilter(item_filter, mask))
        return [item for item in items if snapshot.lookup.row(item.product_id) not in shown]

    liked, neutral = further(1) if 1 in stances else [], further(0) if -1 in own else []
    most = min(reranking.LEADING_PLACES, limit)
    places = reranking.preferred_order(own, range(len(liked)), range(len(neutral)), most)
    kept, more_liked, more_neutral = places
    ranked = [(place, answer.items[place]) for place in kept]
    ranked += [(place, liked[place]) for place in more_liked]
    ranked += [(place, neutral[place]) for place in more_neutral]
    lead = [item for _, item in sorted(ranked, key=lambda one: one[0])]
    ids = {item.product_id for item in lead}
    rest = [item for item in answer.items if item.product_id not in ids]
    strategy = PREFERRED if answer.strategy == POPULAR and more_liked else answer.strategy
    return Answer(strategy, tuple([*lead, *rest][:limit]))


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products like the one in `row`; popular ones of its category where nothing is known of it."""
    history = profiles.single_product(row)
    item_filter = ItemFilter(snapshot, corrections, query.filters, history.known_rows)
    known = history if row < snapshot.indexed else _nothing(history)
    page = _personal_page(snapshot, known, _NEVER, item_filter, query.limit, stages, explore=False)
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
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    item_filter: ItemFilter,
    limit: int,
    stages: StageObserver,
    *,
    explore: bool,
) -> Scored:
    if not len(history.rows) and not len(frequency.rows):
        return Scored(history.rows, history.weights)
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        sums = candidate_generation.neighbour_sums(snapshot, history)
        nearest = candidate_generation.nearest_items(snapshot, query, history)
        neighbours = candidate_generation.best_neighbours(snapshot, sums)
        cold = candidate_generation.best_cold_neighbours(snapshot, sums, _COLD_CANDIDATES)
        candidates = np.unique(np.concatenate([nearest, neighbours, cold, frequency.rows]))
    with stages.stage("filtering"):
        candidates = candidates[item_filter.allows(candidates)]
    with stages.stage("ranking"):
        score = partial(_scores, snapshot, query, sums, frequency)
        ranked = _ranked(snapshot, score, candidates, item_filter, limit)
    with stages.stage("reranking"):
        own = np.union1d(np.intersect1d(history.rows, history.known_rows), frequency.rows)
        return reranking.varied(snapshot, ranked, limit, own, own[:0], explore=explore)


def _scores(
    snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, frequency: Frequency, rows: Rows
) -> FloatVector:
    """Exact scores, with the shopper's own frequency where it counts; products without a vector have that alone."""
    scores = np.zeros(len(rows), dtype=np.float32)
    indexed = rows < snapshot.indexed
    scores[indexed] = ranking.exact_scores(snapshot, query, sums, rows[indexed])
    return ranking.repurchase_scores(snapshot, frequency, rows, scores) if len(frequency.rows) else scores


def _ranked(
    snapshot: Snapshot,
    score: Callable[[Rows], FloatVector],
    candidates: Rows,
    item_filter: ItemFilter,
    limit: int,
) -> Scored:
    """Candidates, best first; all products are scored where the filters left fewer than a page of them."""
    if len(candidates) < limit:
        unindexed = candidates[candidates >= snapshot.indexed]
        ranked = ranking.best_of_all(snapshot, score, item_filter.allows, unindexed, limit * _OVERSAMPLE)
    else:
        scores = score(candidates)
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


def _sunk_items(
    snapshot: Snapshot, item_filter: ItemFilter, sunk: Rows, most: int
) -> tuple[Recommendation, ...]:
    """What the shopper passed over again and again, most bought first: only where nothing else fits."""
    rows = sunk[item_filter.allows(sunk)]
    scores = snapshot.columns.recent_buyers[rows].astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:most]
    page = Scored(rows[order], scores[order])
    return _explained(snapshot, page, [explanations.popular_reason(snapshot, int(row)) for row in page.rows])


def _own_reasons(snapshot: Snapshot, history: History, frequency: Frequency, page: Scored) -> list[Reason]:
    """For each item of the page: bought before, or the products of the history that its score comes from."""
    days = dict(zip(frequency.rows.tolist(), frequency.days.tolist(), strict=True))
    rows = page.rows.tolist()
    found = [row for row in rows if row not in days]
    terms = explanations.contributions(snapshot, history, np.array(found, dtype=np.int32))
    causes = {
        row: history.rows[explanations.main_causes(item_terms)].tolist()
        for row, item_terms in zip(found, terms, strict=True)
    }
    bought = set(history.known_rows.tolist())
    return [
        explanations.bought_again_reason(snapshot, row, days[row])
        if row in days
        else explanations.because_of(snapshot, row, causes[row], bought)
        for row in rows
    ]


def _explained(snapshot: Snapshot, page: Scored, reasons: list[Reason]) -> tuple[Recommendation, ...]:
    return tuple(
        Recommendation(snapshot.product_id(int(row)), float(score), reason)
        for row, score, reason in zip(page.rows, page.scores, reasons, strict=True)
    )
