"""Recommendations and rankings for what a shopper does now, told with the request; known shoppers' profiles join in."""

from collections.abc import Sequence

import msgspec
import numpy as np

from recommender.pages import pipeline
from recommender.scenarios.rankings import rank
from service.recommendations.requests import RankingsBody, RecommendationsBody
from service.recommendations.responses import RankedView, RankingView, RecommendationsView, shown_score
from service.recommendations.service import Recommendations
from service.snapshots.live import Serving


async def recommend_present(
    recommendations: Recommendations, body: RecommendationsBody, place: str = ""
) -> RecommendationsView:
    """The page that goes with the body's interactions, basket and shopper.

    Args:
        recommendations: what answers are made with.
        body: the request, its user id authorised.
        place: JSON pointer to the body, for what is wrong with it.

    Raises:
        InvalidBody: ids or the scenario are not acceptable, or the cursor is another list's.
        NothingToServe: before the first snapshot.
    """
    body.check(place)
    presentation = body.presentation(f"{place}/cursor")
    listing = recommendations.listing(body.asked_scenario(), body.subject(), body.query(), presentation)
    loaded = await recommendations.profile_of(body.user_id)
    serving = recommendations.live.serving
    answer = pipeline.recommend(
        serving.snapshot,
        serving.corrections,
        loaded.profile,
        listing.query,
        recommendations.stages,
        body.present(recommendations.clock()),
    )
    view = recommendations.personal(serving, answer, listing, body.user_id, {*loaded.degraded})
    return msgspec.structs.replace(view, missing_ids=_missing(serving, body.named()))


async def rank_products(recommendations: Recommendations, body: RankingsBody) -> RankingView:
    """The body's products in this shopper's order; those that are unknown are listed apart.

    Raises:
        InvalidBody: an id cannot be one.
        NothingToServe: before the first snapshot.
    """
    body.check()
    loaded = await recommendations.profile_of(body.user_id)
    serving = recommendations.live.serving
    missing = _missing(serving, [*body.product_ids, *body.named()])
    gone = set(missing)
    rows = serving.snapshot.lookup.find([name for name in body.product_ids if name not in gone])
    present = body.present(recommendations.clock())
    strategy, ranked = rank(serving.snapshot, loaded.profile, rows, recommendations.stages, present)
    order = zip(ranked.rows.tolist(), np.asarray(ranked.scores).tolist(), strict=True)
    return RankingView(
        recommendation_id=recommendations.personal_id("ranking", serving),
        user_id=body.user_id,
        scenario="ranking",
        strategy=strategy,
        degraded=recommendations.account("ranking", strategy, {*loaded.degraded}),
        snapshot_version=serving.manifest.version,
        items=[RankedView(serving.snapshot.product_id(row), shown_score(score)) for row, score in order],
        missing_ids=missing,
    )


def _missing(serving: Serving, product_ids: Sequence[str]) -> list[str]:
    """Those of `product_ids` that the snapshot does not hold or that were deleted since, each once, in order."""
    distinct = list(dict.fromkeys(product_ids))
    changes = serving.corrections.overlay.changes
    found = zip(distinct, serving.snapshot.lookup.find(distinct).tolist(), strict=True)
    return [
        product_id
        for product_id, row in found
        if row < 0 or ((change := changes.get(product_id)) is not None and change.deleted)
    ]
