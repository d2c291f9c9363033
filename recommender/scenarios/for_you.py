"""Personal recommendations from a profile, a session and a basket."""

from dataclasses import replace

from recommender import explanations, profiles
from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Answer, Preferences, Profile, Query, SessionContext
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.basket_items import BasketItems, basket_frequency
from recommender.pages.candidates import score_candidates
from recommender.pages.kept_states import KeptStates, PersonalState, StateKey
from recommender.pages.page import PageSpec, Source
from recommender.pages.personal import PersonalPages
from recommender.pages.shopper_state import NO_SESSION, ShopperState, shopper_state
from recommender.ports import StageObserver
from recommender.reranking import BasketCategoryCap
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

_DEPTH_STEP = 100
"""The candidates of a first page are good for as many items, so that several pages share them. See ADR 18."""


def for_you(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext | None = None,
    *,
    kept: KeptStates | None = None,
) -> Answer:
    """Recommendations for a profile and a session, popular ones for unknown shoppers.

    Products bought before are left out. If the query includes them, their score adds how often and how recently they
    were bought. Products of a shop in which nothing is bought again stay out. Interactions of the session count beside
    those of the profile, see `profiles.blend_histories`.

    If the session has a basket, products that complete it come first, see `pages.basket_items`. Products of the
    basket's own leaf categories then fill at most a third of the page, see `reranking.BasketCategoryCap`.

    Args:
        snapshot: the snapshot to recommend from.
        corrections: newer prices, stock and deletions.
        profile: the shopper.
        query: the page, and what may be on it.
        stages: observes the stages.
        session: current actions and basket. What the shopper or the session hides has no effect. None: no session,
            and the answer has no `missing_ids`.
        kept: what was computed for other pages of this profile, read and extended unless there is a session.
    """
    if session is not None:
        kept = None
    if snapshot.parameters.bought_once:
        query = replace(query, include_purchased=False)
    ids = ResolvedIds(snapshot.lookup)
    current = NO_SESSION if session is None else _without_hidden(session, profile)
    cap = BasketCategoryCap.of(snapshot, ids.known(current.basket))
    key = query.include_purchased, len(query.shown) // _DEPTH_STEP * _DEPTH_STEP
    state = kept.find(key) if kept is not None else None
    if state is None:
        with stages.stage("profile"):
            shopper = shopper_state(
                snapshot, profile, current, ids, include_purchased=query.include_purchased
            )
        state = _with_candidates(snapshot, shopper, key, cap.complements, stages)
        if kept is not None:
            kept.keep(key, state)
    lead = None
    if len(cap.basket):
        own = basket_frequency(state.shopper.frequency, profile, ids)
        lead = BasketItems(snapshot, cap.basket, own, state.shopper.strategy, stages)
    in_basket = cap.basket if query.include_purchased else NO_ROWS
    never_candidates = (state.shopper.hidden, state.bought)
    spec = PageSpec.of(
        snapshot, corrections, query, ids, in_basket, cap=cap, never_candidates=never_candidates
    )
    pages = PersonalPages(state, not query.include_purchased, stages, lead)
    page = fill_page(pages.make(spec), query, spec, pages.make)
    explainers = _explainers(snapshot, profile.preferences, state, lead)
    return build_answer(query, snapshot, page, explainers, stages, _missing_ids(session, corrections, ids))


def _without_hidden(session: SessionContext, profile: Profile) -> SessionContext:
    """`session` without actions on products that it or `profile` hides."""
    hidden = profiles.hidden_ids(profile.interactions, profile.preferences)
    return profiles.session_without(session, hidden | profiles.hidden_ids(session.interactions))


def _with_candidates(
    snapshot: Snapshot,
    shopper: ShopperState,
    key: StateKey,
    complements: Rows,
    stages: StageObserver,
) -> PersonalState:
    """The shopper with scored candidates, `complements` of the basket among them."""
    include_purchased, beyond = key
    bought = NO_ROWS if include_purchased else shopper.history.known_rows
    candidates = score_candidates(
        snapshot,
        shopper.history,
        shopper.frequency,
        stages,
        extra=complements,
        banned=(shopper.hidden, shopper.fatigued, bought),
        beyond=beyond,
    )
    return PersonalState(shopper, candidates, bought)


def _explainers(
    snapshot: Snapshot, preferences: Preferences, state: PersonalState, lead: BasketItems | None
) -> dict[int, Explainer]:
    """An explainer for each source of a personal page.

    Items that a preference moved up have reasons of their own, and the scores of their source.
    """
    shopper = state.shopper
    found = {
        Source.HISTORY: explanations.history_explainer(
            snapshot, shopper.history, shopper.frequency, shopper.kinds_of, state.reasons
        ),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    if lead is not None:
        found[Source.BASKET] = lead.explainer()
    if shopper.affinities is not None:
        reasons = explanations.preference_reasons(snapshot, preferences)
        moved = {source + Source.PREFERRED: replace(each, reasons=reasons) for source, each in found.items()}
        found.update(moved)
    return found


def _missing_ids(
    session: SessionContext | None, corrections: Corrections, ids: ResolvedIds
) -> tuple[str, ...] | None:
    """Products of the session that are unknown. None without a session."""
    if session is None:
        return None
    return corrections.missing((each.product_id for each in session.interactions), ids)
