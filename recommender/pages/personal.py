"""Pages for one shopper: scored candidates, caps, backfill and preferences."""

from dataclasses import dataclass, replace

import numpy as np

from recommender import explanations, profiles, reranking
from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Answer, Preferences, Profile, Query, Reason, Scored, SessionContext
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fatigued_page
from recommender.pages.basket_items import BasketItems, basket_frequency
from recommender.pages.candidates import OVERSAMPLE, Ranked, score_candidates
from recommender.pages.kept_states import KeptStates, PersonalState
from recommender.pages.page import Page, PageSpec, Source, cold_items
from recommender.pages.popular import popular_page
from recommender.pages.preferences import blend_preferences
from recommender.pages.remaining import relax_cap_if_only_category, with_more
from recommender.pages.shopper_state import NO_SESSION, ShopperState, shopper_state
from recommender.ports import StageObserver
from recommender.profiles import Affinities
from recommender.reranking import BasketCategoryCap, KnownRows
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

_DEPTH_STEP = 100
"""The candidates of a first page are good for as many items, so that several pages share them. See ADR 18."""


def personal_answer(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext | None,
    *,
    completes_basket: bool = False,
    kept: KeptStates | None = None,
) -> Answer:
    """Recommendations for a profile and a session, popular ones for unknown shoppers.

    Products bought before are left out. If the query includes them, their score adds how often and how recently they
    were bought. If the answer `completes_basket`, products that complete the session's basket come first, and the
    basket's categories are capped. Hidden products of the session and the basket have no effect. Without a session,
    `kept` holds the state of the shopper.
    """
    ids = ResolvedIds(snapshot.lookup)
    current = NO_SESSION if session is None else _without_hidden(session, profile)
    cap = BasketCategoryCap.of(snapshot, ids.known(current.basket if completes_basket else ()))
    beyond = len(query.shown) // _DEPTH_STEP * _DEPTH_STEP

    def make_state() -> PersonalState:
        with stages.stage("profile"):
            shopper = shopper_state(
                snapshot, profile, current, ids, include_purchased=query.include_purchased
            )
        bought = NO_ROWS if query.include_purchased else shopper.history.known_rows
        candidates = score_candidates(
            snapshot,
            shopper.history,
            shopper.frequency,
            stages,
            extra=cap.complements,
            banned=(shopper.hidden, shopper.fatigued, bought),
            beyond=beyond,
        )
        return PersonalState(shopper, candidates, bought)

    if kept is not None and session is None:
        state = kept.get(include_purchased=query.include_purchased, beyond=beyond, make=make_state)
    else:
        state = make_state()
    in_basket = cap.basket if query.include_purchased else NO_ROWS
    never_candidates = (state.shopper.hidden, state.bought)
    spec = PageSpec.of(
        snapshot, corrections, query, ids, in_basket, cap=cap, never_candidates=never_candidates
    )
    lead = None
    if len(cap.basket):
        own = basket_frequency(state.shopper.frequency, profile, ids)
        lead = BasketItems(snapshot, cap.basket, own, state.shopper.strategy, stages)
    pages = _PersonalPages(state, not query.include_purchased, stages, lead)
    explainers = _explainers(snapshot, profile.preferences, state, lead)
    return build_answer(query, spec, pages.make, explainers, stages, _missing_ids(session, corrections, ids))


def _missing_ids(
    session: SessionContext | None, corrections: Corrections, ids: ResolvedIds
) -> tuple[str, ...] | None:
    """Products of the session that are unknown. None without a session."""
    if session is None:
        return None
    return corrections.missing((each.product_id for each in session.interactions), ids)


def _without_hidden(session: SessionContext, profile: Profile) -> SessionContext:
    """`session` without actions on products that it or `profile` hides."""
    hidden = profiles.hidden_ids(profile.interactions, profile.preferences)
    return profiles.session_without(session, hidden | profiles.hidden_ids(session.interactions))


def _history_explainer(snapshot: Snapshot, state: PersonalState) -> Explainer:
    """Explains items by the history. Reasons are kept."""
    shopper = state.shopper
    explainer = explanations.history_explainer(snapshot, shopper.history, shopper.frequency, shopper.kinds_of)

    def reasons(rows: Rows) -> list[Reason]:
        return state.reasons_of(rows.tolist(), lambda new: explainer.reasons(np.array(new, dtype=np.int32)))

    return replace(explainer, reasons=reasons)


def _explainers(
    snapshot: Snapshot, preferences: Preferences, state: PersonalState, lead: BasketItems | None
) -> dict[int, Explainer]:
    """An explainer for each source of a personal page.

    Items that a preference moved up have reasons of their own, and the scores of their source.
    """
    found = {
        Source.HISTORY: _history_explainer(snapshot, state),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    if lead is not None:
        found[Source.BASKET] = lead.explainer()
    if state.shopper.affinities is not None:
        reasons = explanations.preference_reasons(snapshot, preferences)
        moved = {source + Source.PREFERRED: replace(each, reasons=reasons) for source, each in found.items()}
        found.update(moved)
    return found


@dataclass(frozen=True, slots=True)
class _PersonalPages:
    """Makes pages of one shopper's candidates.

    Attributes:
        state: the shopper, and the candidates.
        explore: reserves places for cold products.
        lead: items that come before the candidates.
    """

    state: PersonalState
    explore: bool
    stages: StageObserver
    lead: BasketItems | None = None

    @property
    def shopper(self) -> ShopperState:
        """The shopper."""
        return self.state.shopper

    def make(self, spec: PageSpec) -> Page:
        """The page for `spec`."""
        spec = relax_cap_if_only_category(spec)
        fresh = spec.without(self.shopper.fatigued)
        # Preferences choose from all products that were scored.
        most = (spec.limit + 1) * OVERSAMPLE if self.shopper.affinities is None else None
        ranked = self._without_cold(fresh, self.state.candidates.select(fresh, self.stages, most=most))
        page = self._backfilled(fresh, ranked)
        if len(page) < spec.limit:
            page = page.followed_by(
                fatigued_page(spec.resized(spec.limit - len(page)), self.shopper.fatigued)
            )
        affinities = self.shopper.affinities
        if affinities is not None:
            page = blend_preferences(
                page,
                affinities,
                spec.limit,
                lambda affinity: self._of_affinity(fresh, ranked, affinities, affinity),
            )
        if len(ranked.rows) > spec.limit == len(page) and not len(spec.cap.codes):
            return replace(page, more=True)  # One of the ranked rows is left.
        return with_more(spec, page)

    def _of_affinity(self, spec: PageSpec, ranked: Ranked, affinities: Affinities, affinity: int) -> Page:
        """A page of the products with one affinity."""
        mask = affinities.mask(affinity)
        narrowed = spec.narrowed(mask)
        chosen = self.state.candidates.complete(ranked.where(mask(ranked.rows)), narrowed, self.stages)
        return self._backfilled(narrowed, self._without_cold(spec, chosen))

    def _without_cold(self, spec: PageSpec, ranked: Ranked) -> Ranked:
        """`ranked`, without cold products if the page completes a basket.

        Cold products borrow their weights from other products, which says nothing of what goes with the basket.
        """
        return ranked if self.lead is None else ranked.where(ranked.rows < spec.snapshot.warm)

    def _backfilled(self, spec: PageSpec, ranked: Ranked) -> Page:
        """The best of `ranked`, backfilled with popular products."""
        if self.lead is not None:
            first = self.lead.page(spec)
            if len(first):
                others = ranked.where(~np.isin(ranked.rows, first.rows))
                return first.followed_by(self._personal(spec.rest(first.rows), others))
        return self._personal(spec, ranked)

    def _personal(self, spec: PageSpec, ranked: Ranked) -> Page:
        personal = Page.scored(self.shopper.strategy, self._reranked(spec, ranked), Source.HISTORY)
        if len(personal) >= spec.limit:
            return personal
        popular = popular_page(spec, self.stages, shown=personal.rows, bought=self.shopper.history.rows)
        return personal.followed_by(popular)

    def _reranked(self, spec: PageSpec, ranked: Ranked) -> Scored:
        with self.stages.stage("reranking"):
            best = ranked.without_noise(spec.limit + 1)
            chosen = reranking.rerank(
                spec.snapshot,
                spec.cap.apply(best, spec.limit),
                spec.limit,
                spec.diversity,
                KnownRows(bought=self.shopper.owned, earlier=spec.earlier),
                explore=self.explore,
            )
        self.stages.candidates("reranking", len(chosen.rows))
        if self.explore and (cold := cold_items(spec.snapshot, chosen.rows)):
            self.stages.items("explored", cold)
        return chosen
