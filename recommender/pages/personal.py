"""Pages for one shopper: scored candidates, caps, backfill and preferences."""

from dataclasses import dataclass, replace

import numpy as np

from recommender import explanations, reranking
from recommender.entities import Answer, Profile, Query, Scored, SessionContext
from recommender.pages.answers import build_answer
from recommender.pages.backfill import (
    fatigued_page,
    fill_page,
    popular_page,
    relax_cap_if_only_category,
    with_more,
)
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.pipeline import Ranked, ScoredCandidates, score_candidates
from recommender.pages.preferences import blend_preferences
from recommender.pages.shopper_state import NO_SESSION, ShopperState, shopper_state
from recommender.ports import StageObserver
from recommender.reranking import Affinities, BasketCategoryCap
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Corrections

_NO_CANDIDATES = Ranked(np.empty(0, np.int32), np.empty(0, np.float32), complete=True)


def personal_answer(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    session: SessionContext | None,
    query: Query,
    stages: StageObserver,
    *,
    ids: ResolvedIds,
    cap: BasketCategoryCap,
) -> Answer:
    """Recommendations for a profile and a session, popular ones if neither says anything.

    Products bought before are left out. If the query includes them, their score adds how often and how recently they
    were bought.
    """
    with stages.stage("profile"):
        state = shopper_state(
            snapshot, profile, session or NO_SESSION, ids, include_purchased=query.include_purchased
        )
    banned = cap.basket if query.include_purchased else state.history.known_rows
    spec = PageSpec.of(snapshot, corrections, query, ids, state.hidden, banned)
    candidates = None
    if len(state.history.rows) or len(state.frequency.rows):
        candidates = score_candidates(
            snapshot,
            state.history,
            state.frequency,
            stages,
            extra=[cap.complements],
            beyond=len(spec.earlier),
        )
    pages = _PersonalPages(snapshot, state, candidates, cap, not query.include_purchased, stages)
    explainers = {
        Source.HISTORY: explanations.history_explainer(
            snapshot, state.history, state.frequency, state.kinds_of
        ),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    missing = None
    if session is not None:
        missing = corrections.missing((each.product_id for each in session.interactions), ids)
    page = fill_page(query, spec, pages.make)
    return build_answer(snapshot, page, explainers, stages, explain=query.explain, missing_ids=missing)


@dataclass(frozen=True, slots=True)
class _PersonalPages:
    """Makes pages of one shopper's candidates.

    Attributes:
        snapshot: the snapshot to recommend from.
        state: the shopper.
        candidates: with their scores, None if nothing is known of the shopper.
        cap: caps the categories of a basket.
        explore: reserves places for cold products.
        stages: observes the stages.
    """

    snapshot: Snapshot
    state: ShopperState
    candidates: ScoredCandidates | None
    cap: BasketCategoryCap
    explore: bool
    stages: StageObserver

    def make(self, spec: PageSpec) -> Page:
        """The page for `spec`."""
        cap = relax_cap_if_only_category(self.snapshot, spec.item_filter, self.cap)
        fatigued = self.state.fatigued
        fresh = replace(spec, item_filter=spec.item_filter.without(fatigued))
        ranked = self._select(fresh)
        page = self._filled(fresh, cap, ranked)
        if len(page) < spec.limit and len(fatigued):
            missing = spec.limit - len(page)
            page = page.followed_by(fatigued_page(self.snapshot, spec.item_filter, fatigued, missing))
        affinities = self.state.affinities
        if affinities is not None:
            page = blend_preferences(
                page,
                affinities,
                spec.limit,
                lambda affinity: self._of_affinity(fresh, cap, ranked, affinities, affinity),
            )
        return with_more(self.snapshot, spec, page, cap)

    def _select(self, spec: PageSpec) -> Ranked:
        if self.candidates is None:
            return _NO_CANDIDATES
        return self.candidates.select(spec.item_filter, spec.limit + 1, self.stages)

    def _of_affinity(
        self, spec: PageSpec, cap: BasketCategoryCap, ranked: Ranked, affinities: Affinities, affinity: int
    ) -> Page:
        """A page of the products with one affinity."""
        mask = affinities.mask(affinity)
        if self.candidates is not None:
            ranked = self.candidates.narrow(ranked, spec.item_filter, mask, spec.limit + 1, self.stages)
        narrowed = replace(spec, item_filter=spec.item_filter.narrowed(mask))
        return self._filled(narrowed, cap, ranked)

    def _filled(self, spec: PageSpec, cap: BasketCategoryCap, ranked: Ranked) -> Page:
        """The best of `ranked`, backfilled with popular products."""
        personal = Page.scored(self.state.strategy, self._reranked(spec, cap, ranked), Source.HISTORY)
        popular = popular_page(
            self.snapshot, spec, self.stages, shown=personal.rows, bought=self.state.history.rows, cap=cap
        )
        return personal.followed_by(popular)

    def _reranked(self, spec: PageSpec, cap: BasketCategoryCap, ranked: Ranked) -> Scored:
        nothing = ranked.rows[:0]
        with self.stages.stage("reranking"):
            return reranking.rerank(
                self.snapshot,
                cap.apply(ranked.evidence(spec.limit + 1), spec.limit, nothing),
                spec.limit,
                spec.diversity,
                bought=self.state.owned,
                shown=nothing,
                earlier=spec.earlier,
                explore=self.explore,
            )
