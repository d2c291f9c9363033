"""Repeat purchases: what the shopper bought and may buy again."""

from collections.abc import Callable

import numpy as np

from recommender import explanations, profiles
from recommender.arrays import Rows
from recommender.entities import Answer, Profile, Query, Reason
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.kept_states import KeptStates, RepurchaseState
from recommender.pages.page import Page, PageSpec, Source
from recommender.ports import StageObserver
from recommender.profiles import Replenishment
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

BUY_AGAIN = "buy-again"


def buy_again(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    *,
    now: float,
    kept: KeptStates | None = None,
) -> Answer:
    """Products that the shopper may buy again, the most probable one first.

    Short lists are not filled up. See `profiles.OwnProducts` for the score. `kept` holds what does not depend on
    the time.
    """
    ids = ResolvedIds(snapshot.lookup)

    def make() -> RepurchaseState:
        with stages.stage("profile"):
            hidden = ids.known(profiles.hidden_ids(profile.interactions, profile.preferences))
            return RepurchaseState(profiles.own_products(profile, snapshot, ids), hidden)

    state = (kept or KeptStates()).repurchases(make)
    due = state.own.due(now)

    def make_page(spec: PageSpec) -> Page:
        with stages.stage("filtering"):
            chosen = np.flatnonzero(spec.item_filter.allows(due.rows))
        return Page.of(BUY_AGAIN, due.rows[chosen], due.scores[chosen], Source.DUE).cut(spec.limit)

    spec = PageSpec.of(snapshot, corrections, query, ids, state.hidden)
    explainers = {Source.DUE: Explainer(_reasons_of(snapshot, due), explanations.own_term("due", snapshot))}
    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)


def _reasons_of(snapshot: Snapshot, due: Replenishment) -> Callable[[Rows], list[Reason]]:
    place_of = {row: place for place, row in enumerate(due.rows.tolist())}

    def reasons(rows: Rows) -> list[Reason]:
        places = [place_of[row] for row in rows.tolist()]
        return explanations.due_again_reasons(
            snapshot, rows, due.elapsed_days[places], due.interval_days[places], due.personal[places]
        )

    return reasons
