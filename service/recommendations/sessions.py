"""Recommendations and rankings for a session or a basket in the request's body."""

from recommender.entities import Answer, Profile, Query
from recommender.scenarios.basket import basket
from recommender.scenarios.for_you import for_you
from recommender.scenarios.rankings import rank
from service.recommendations.requests import RankingsBody, RecommendationsBody
from service.recommendations.responses import RankedView, RankingView, RecommendationsView, shown_score
from service.recommendations.service import ListRequest, Recommendations
from service.snapshots.live import Serving


async def recommend_session(
    recommendations: Recommendations, body: RecommendationsBody, pointer: str = ""
) -> RecommendationsView:
    """Recommendations for the body's interactions, basket and shopper.

    Args:
        recommendations: answers the request.
        body: the request. Its user id is authorised already.
        pointer: JSON pointer to the body, for errors.

    Raises:
        InvalidBody: an invalid id or scenario, or a cursor of another list.
        NothingToServe: no snapshot is loaded yet.
    """
    body.check(pointer)
    request = ListRequest(
        body.effective_scenario(), body.subject(), body.query(), body.presentation(f"{pointer}/cursor")
    )
    scenario = basket if body.basket else for_you

    def answer(serving: Serving, profile: Profile, query: Query) -> Answer:
        session = body.session(recommendations.clock())
        return scenario(
            serving.snapshot, serving.corrections, profile, query, recommendations.stages, session
        )

    return await recommendations.personal(request, body.user_id, answer)


async def rank_products(recommendations: Recommendations, body: RankingsBody) -> RankingView:
    """The body's products in this shopper's order. Unknown ones are listed separately.

    Raises:
        InvalidBody: an invalid id.
        NothingToServe: no snapshot is loaded yet.
    """
    body.check()
    loaded = await recommendations.profile_of(body.user_id)
    serving = recommendations.live.serving
    session = body.session(recommendations.clock())
    ranking = rank(
        serving.snapshot,
        serving.corrections,
        loaded.profile,
        body.product_ids,
        recommendations.stages,
        session,
    )
    scored = zip(ranking.scored.rows.tolist(), ranking.scored.scores.tolist(), strict=True)
    return RankingView(
        recommendation_id=recommendations.personal_id("ranking", serving),
        user_id=body.user_id,
        scenario="ranking",
        strategy=ranking.strategy,
        degraded=recommendations.count_answer("ranking", ranking.strategy, loaded),
        snapshot_version=serving.manifest.version,
        items=[RankedView(serving.snapshot.product_id(row), shown_score(score)) for row, score in scored],
        missing_ids=list(ranking.missing_ids),
    )
