"""One request, stage by stage: candidate generation → filtering → ranking → re-ranking, then reasons."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    Recommendation,
    Rows,
    Scored,
)
from recommender.filtering import ItemFilter
from recommender.lookups import contains
from recommender.overlay import Corrections
from recommender.ports import StageObserver
from recommender.reranking import OwnCategories
from recommender.snapshot import Snapshot
from recommender.topping_up import topped_up

PERSONALISED = "personalised"
SIMILAR = "similar"
POPULAR = "popular"
SESSION = "session"

NOTHING_PRESENT = Present()
"""Of a shopper who does nothing just now that the profile does not know."""

_OVERSAMPLE = 10
"""Items per place on the page that re-ranking may choose from, where they are not candidates anyway."""

_COLD_CANDIDATES = 20

_NOISE = 1e-5
"""Share of the best score below which a score is rounding: in a shop as small as the rank, P Qᵀ where B is 0."""

_NEVER = Frequency(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
"""The frequency of an answer that leaves out what was bought before."""

_FIRST_LOOK = 256
"""Popular rows that are looked at first for whether there is another page: nearly always one of them is left."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """The page that is to be made.

    Attributes:
        limit: how many items.
        earlier: rows of the products on earlier pages, ascending.
        own: categories that fill a third of the page at most: those of a basket.
        diversity: how much unlikeness counts.
        explore: whether places are kept for cold products.
    """

    limit: int
    earlier: Rows
    own: OwnCategories
    diversity: float
    explore: bool = False


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
    banned = basket if query.include_purchased else history.known_rows
    earlier = snapshot.lookup.with_hashes(query.shown)
    item_filter = ItemFilter(snapshot, corrections, query.filters, np.union1d(banned, earlier))
    own = reranking.OwnCategories.of(snapshot, basket, query.filters)
    sought = _Sought(query.limit, earlier, own, query.diversity, explore=not query.include_purchased)
    page, _ = _personal_page(snapshot, history, frequency, item_filter, sought, stages)
    with stages.stage("explanations"):
        kinds = partial(profiles.strongest_kinds, chain(profile.interactions, present.interactions))
        evidence = explanations.Evidence(history, frequency, kinds)
        reasons = explanations.own_reasons(snapshot, evidence, page)
        terms = explanations.own_terms(snapshot, evidence, page) if query.explain else None
        items = explanations.explained(snapshot, page, reasons, terms)
    known = PERSONALISED if len(past.rows) or len(frequency.rows) else SESSION
    strategy = known if items else POPULAR
    popular_items = _popular_items(snapshot, item_filter, page.rows, history.rows, sought, query, stages)
    return _answer(snapshot, item_filter, strategy, items + popular_items, sought)


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products like the one in `row`; popular ones of its category where nothing is known of it."""
    if not query.strict_filtering:
        return topped_up(
            snapshot, corrections, query, lambda q: similar(snapshot, corrections, row, q, stages)
        )
    history = profiles.single_product(row)
    sought = _sought(snapshot, query)
    banned = np.union1d(history.known_rows, sought.earlier)
    item_filter = ItemFilter(snapshot, corrections, query.filters, banned)
    known = history if row < snapshot.indexed else _nothing(history)
    page, more = _personal_page(snapshot, known, _NEVER, item_filter, sought, stages)
    with stages.stage("explanations"):
        reasons = [explanations.similar_reason(snapshot, row)] * len(page.rows)
        evidence = explanations.Evidence(known, _NEVER, lambda ids: {})
        terms = explanations.own_terms(snapshot, evidence, page) if query.explain else None
        items = explanations.explained(snapshot, page, reasons, terms)
    if items:
        return Answer(SIMILAR, items, more)
    return _popular_around(snapshot, corrections, row, query, stages)


def popular(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """What most shoppers bought of late."""
    if not query.strict_filtering:
        return topped_up(snapshot, corrections, query, lambda q: popular(snapshot, corrections, q, stages))
    nobody = np.empty(0, dtype=np.int32)
    sought = _sought(snapshot, query)
    item_filter = ItemFilter(snapshot, corrections, query.filters, sought.earlier)
    items = _popular_items(snapshot, item_filter, nobody, nobody, sought, query, stages)
    return _answer(snapshot, item_filter, POPULAR, items, sought)


def _popular_around(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Popular items of the product's own category; of all that pass the filters, for one without a category."""
    itself = np.array([row], dtype=np.int32)
    code = int(snapshot.columns.category_codes[row])
    filters = query.filters
    if code >= 0 and not filters.categories:
        filters = replace(filters, categories=(snapshot.categories.paths[code],))
    sought = _sought(snapshot, query)
    item_filter = ItemFilter(snapshot, corrections, filters, np.union1d(itself, sought.earlier))
    items = _popular_items(snapshot, item_filter, itself[:0], itself[:0], sought, query, stages)
    return _answer(snapshot, item_filter, POPULAR, items, sought)


def _answer(
    snapshot: Snapshot,
    item_filter: ItemFilter,
    strategy: str,
    items: tuple[Recommendation, ...],
    sought: _Sought,
) -> Answer:
    """The answer, with word of whether a next page would hold anything."""
    if len(items) < sought.limit:
        return Answer(strategy, items)
    page = np.sort(snapshot.lookup.find([item.product_id for item in items]))
    return Answer(strategy, items, more=_anything_left(snapshot, item_filter, page))


def _anything_left(snapshot: Snapshot, item_filter: ItemFilter, page: Rows) -> bool:
    return any(
        bool((item_filter.allows(rows) & ~contains(page, rows)).any())
        for block in candidate_generation.popular_rows(snapshot)
        for rows in (block[:_FIRST_LOOK], block[_FIRST_LOOK:])
    )


def _sought(snapshot: Snapshot, query: Query) -> _Sought:
    nothing = np.empty(0, dtype=np.int32)
    own = reranking.OwnCategories.of(snapshot, nothing, query.filters)
    return _Sought(query.limit, snapshot.lookup.with_hashes(query.shown), own, query.diversity)


def _nothing(history: History) -> History:
    return History(history.rows[:0], history.weights[:0], history.known_rows)


def _personal_page(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    item_filter: ItemFilter,
    sought: _Sought,
    stages: StageObserver,
) -> tuple[Scored, bool]:
    """The page's own items, best first, and whether there are more of them."""
    if not len(history.rows) and not len(frequency.rows):
        return Scored(history.rows, history.weights), False
    with stages.stage("candidate_generation"):
        query = candidate_generation.query_vector(snapshot, history)
        sums = candidate_generation.neighbour_sums(snapshot, history)
        beyond = len(sought.earlier)
        nearest = candidate_generation.nearest_items(snapshot, query, history, beyond)
        neighbours = candidate_generation.best_neighbours(snapshot, sums, beyond)
        cold = candidate_generation.best_cold_neighbours(snapshot, sums, _COLD_CANDIDATES)
        candidates = np.unique(np.concatenate([nearest, neighbours, cold, frequency.rows]))
    with stages.stage("filtering"):
        candidates = candidates[item_filter.allows(candidates)]
    with stages.stage("ranking"):
        score = partial(ranking.page_scores, snapshot, query, sums, frequency)
        ranked = _ranked(snapshot, score, candidates, item_filter, sought.limit + 1)
        ranked = sought.own.capped(ranked, sought.limit, ranked.rows[:0])
    with stages.stage("reranking"):
        own = np.union1d(history.rows, frequency.rows)
        vary = partial(_varied, snapshot, sought, own, own[:0], sought.explore)
        page = reranking.diverse_page(snapshot, ranked, sought.limit, sought.diversity, vary)
    return page, len(ranked.rows) > len(page.rows)


def _varied(
    snapshot: Snapshot, sought: _Sought, bought: Rows, shown: Rows, explore: bool, ranked: Scored
) -> Scored:
    return reranking.varied(
        snapshot, ranked, sought.limit, bought, shown, earlier=sought.earlier, explore=explore
    )


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
    sought: _Sought,
    query: Query,
    stages: StageObserver,
) -> tuple[Recommendation, ...]:
    """Popular items that fill the page up to its limit, none of them among `shown`."""
    missing = sought.limit - len(shown)
    if missing <= 0:
        return ()
    taken: list[Rows] = []
    enough = missing * _OVERSAMPLE
    with stages.stage("popular"):
        for block in candidate_generation.popular_rows(snapshot):
            rows = block[item_filter.allows(block)]
            taken.append(rows[~np.isin(rows, shown)])
            enough -= int((~sought.own.holds(taken[-1])).sum())
            if enough <= 0:
                break
        rows = np.concatenate([*taken, np.empty(0, np.int32)])
        scores = snapshot.columns.recent_buyers[rows].astype(np.float32)
        ranked = sought.own.capped(Scored(rows, scores), sought.limit, shown)
        vary = partial(_varied, snapshot, sought, bought, shown, False)
        page = reranking.diverse_page(snapshot, ranked, sought.limit, sought.diversity, vary)
        reasons = [explanations.popular_reason(snapshot, int(row)) for row in page.rows]
        terms = explanations.popularity_terms(page) if query.explain else None
        return explanations.explained(snapshot, page, reasons, terms)
