"""One request, stage by stage: candidate generation → filtering → ranking → re-ranking, then reasons."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from recommender import candidate_generation, explanations, profiles, ranking, reranking
from recommender.entities import (
    Answer,
    FloatVector,
    Frequency,
    History,
    Present,
    Profile,
    Query,
    Rows,
    Scored,
)
from recommender.filtering import ItemFilter, NarrowedFilter
from recommender.pages.backfill import (
    OVERSAMPLE,
    Sought,
    answered,
    popular_items,
    sought_of,
    sunk_items,
    unless_alone,
    varied,
)
from recommender.pages.preferences import preferred
from recommender.pages.topping_up import topped_up
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections

PERSONALISED = "personalised"
SIMILAR = "similar"
POPULAR = "popular"
SESSION = "session"

NOTHING_PRESENT = Present()
"""Of a shopper who does nothing just now that the profile does not know."""

_COLD_CANDIDATES = 20

_NOISE = 1e-5
"""Share of the best score below which a score is rounding: in a shop as small as the rank, P Qᵀ where B is 0."""

_NEVER = Frequency(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
"""The frequency of an answer that leaves out what was bought before."""


def recommend(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    present: Present = NOTHING_PRESENT,
) -> Answer:
    """Personal recommendations; popular ones where nothing is known.

    Products that the shopper bought before are left out, or, where the query includes them, scored by how often and
    how lately they were bought too. What the shopper does at present counts beside the profile; a basket gets
    products of other categories than its own, its own fill a third of the page.
    """
    if not query.strict_filtering:
        return topped_up(
            snapshot,
            corrections,
            query,
            lambda q: recommend(snapshot, corrections, profile, q, stages, present),
        )
    with stages.stage("profile"):
        past = profiles.history_of(profile, snapshot)
        history = profiles.with_present(snapshot, past, present)
        frequency = profiles.personal_frequency(profile, snapshot) if query.include_purchased else _NEVER
    basket = np.unique(snapshot.lookup.find(present.basket))
    basket = basket[basket >= 0]
    earlier = snapshot.lookup.with_hashes(query.shown)
    had = basket if query.include_purchased else history.known_rows
    seen = replace(profile, interactions=(*profile.interactions, *present.interactions))
    banned = np.union1d(np.union1d(profiles.hidden_rows(seen, snapshot), had), earlier)
    sunk = profiles.sunk_rows(seen, snapshot)
    kinds = partial(profiles.strongest_kinds, chain(profile.interactions, present.interactions))
    evidence = explanations.Evidence(history, frequency, kinds)
    known = PERSONALISED if len(past.rows) or len(frequency.rows) else SESSION
    allowed = ItemFilter(snapshot, corrections, query.filters, banned)
    own = reranking.OwnCategories.of(snapshot, basket)
    own = unless_alone(snapshot, allowed, query.filters, own)
    sought = Sought(query.limit, earlier, own, query.diversity, explore=not query.include_purchased)
    filled = partial(_filled, snapshot, evidence, known, sought, query, stages)
    fitting = ItemFilter(snapshot, corrections, query.filters, np.union1d(banned, sunk))
    answer = filled(fitting)
    if len(answer.items) < query.limit and len(sunk):
        passed_over = sunk_items(snapshot, allowed, sunk, query, query.limit - len(answer.items))
        answer = replace(answer, items=answer.items + passed_over)
    answer = preferred(snapshot, profile.preferences, answer, fitting, query.limit, filled)
    return answered(snapshot, allowed, answer.strategy, answer.items, sought)


def _filled(
    snapshot: Snapshot,
    evidence: explanations.Evidence,
    known: str,
    sought: Sought,
    query: Query,
    stages: StageObserver,
    item_filter: ItemFilter,
) -> Answer:
    """What the evidence says, `known` its strategy, filled up with what is popular."""
    history = evidence.history
    page = _personal_page(snapshot, history, evidence.frequency, item_filter, sought, stages)
    with stages.stage("explanations"):
        reasons = explanations.own_reasons(snapshot, evidence, page)
        terms = explanations.own_terms(snapshot, evidence, page) if query.explain else None
        items = explanations.explained(snapshot, page, reasons, terms)
    strategy = known if items else POPULAR
    items += popular_items(snapshot, item_filter, page.rows, history.rows, sought, query, stages)
    return Answer(strategy, items)


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products like the one in `row`, then popular ones, those of its own category first."""
    if not query.strict_filtering:
        return topped_up(
            snapshot, corrections, query, lambda q: similar(snapshot, corrections, row, q, stages)
        )
    history = profiles.single_product(row)
    sought = sought_of(snapshot, query)
    banned = np.union1d(history.known_rows, sought.earlier)
    item_filter = ItemFilter(snapshot, corrections, query.filters, banned)
    known = history if row < snapshot.indexed else _nothing(history)
    page = _personal_page(snapshot, known, _NEVER, item_filter, sought, stages)
    with stages.stage("explanations"):
        reasons = [explanations.similar_reason(snapshot, row)] * len(page.rows)
        evidence = explanations.Evidence(known, _NEVER, lambda ids: {})
        terms = explanations.own_terms(snapshot, evidence, page) if query.explain else None
        items = explanations.explained(snapshot, page, reasons, terms)
    strategy = SIMILAR if items else POPULAR
    shown = page.rows
    for nearer in (_own_category(snapshot, item_filter, row), item_filter):
        items += popular_items(snapshot, nearer, shown, history.rows, sought, query, stages)
        shown = snapshot.lookup.find([item.product_id for item in items])
    return answered(snapshot, item_filter, strategy, items, sought)


def popular(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """What most shoppers bought of late."""
    if not query.strict_filtering:
        return topped_up(snapshot, corrections, query, lambda q: popular(snapshot, corrections, q, stages))
    nobody = np.empty(0, dtype=np.int32)
    sought = sought_of(snapshot, query)
    item_filter = ItemFilter(snapshot, corrections, query.filters, sought.earlier)
    items = popular_items(snapshot, item_filter, nobody, nobody, sought, query, stages)
    return answered(snapshot, item_filter, POPULAR, items, sought)


def _own_category(snapshot: Snapshot, item_filter: ItemFilter, row: int) -> ItemFilter:
    """What `item_filter` allows of the category of the product in `row`."""
    codes = snapshot.columns.category_codes
    return NarrowedFilter(item_filter, lambda rows: (codes[rows] >= 0) & (codes[rows] == codes[row]))


def _nothing(history: History) -> History:
    return History(history.rows[:0], history.weights[:0], history.known_rows)


def _personal_page(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    item_filter: ItemFilter,
    sought: Sought,
    stages: StageObserver,
) -> Scored:
    """The page's own items, best first."""
    if not len(history.rows) and not len(frequency.rows):
        return Scored(history.rows, history.weights)
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        sums = candidate_generation.neighbour_sums(snapshot, history)
        beyond = len(sought.earlier)
        nearest = candidate_generation.nearest_items(snapshot, query, history, beyond)
        neighbours = candidate_generation.best_neighbours(snapshot, sums, beyond)
        cold = candidate_generation.best_cold_neighbours(snapshot, sums, _COLD_CANDIDATES)
        found = [nearest, neighbours, cold, frequency.rows, sought.own.lifted]
        candidates = np.unique(np.concatenate(found))
    with stages.stage("filtering"):
        candidates = candidates[item_filter.allows(candidates)]
    with stages.stage("ranking"):
        score = partial(ranking.page_scores, snapshot, query, sums, frequency)
        ranked = _ranked(snapshot, score, candidates, item_filter, sought.limit + 1)
        ranked = sought.own.capped(ranked, sought.limit, ranked.rows[:0])
    with stages.stage("reranking"):
        own = np.union1d(np.intersect1d(history.rows, history.known_rows), frequency.rows)
        vary = partial(varied, snapshot, sought, own, own[:0], sought.explore)
        return reranking.diverse_page(snapshot, ranked, sought.limit, sought.diversity, vary)


def _ranked(
    snapshot: Snapshot,
    score: Callable[[Rows], FloatVector],
    candidates: Rows,
    item_filter: ItemFilter,
    limit: int,
) -> Scored:
    """Candidates, best first; all products are scored where the filters left fewer than `limit` of them."""
    if len(candidates) < limit:
        unindexed = candidates[candidates >= snapshot.indexed]
        ranked = ranking.best_of_all(snapshot, score, item_filter.allows, unindexed, limit * OVERSAMPLE)
    else:
        scores = score(candidates)
        order = np.argsort(-scores, kind="stable")
        ranked = Scored(candidates[order], scores[order])
    # A score of next to nothing is no evidence for the item: popularity is the better guess, and the honest reason.
    positive = ranked.scores > _NOISE * ranked.scores.max(initial=0.0)
    return Scored(ranked.rows[positive], ranked.scores[positive])
