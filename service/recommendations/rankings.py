"""Rankings of the products in a request's body."""

from recommender.scenarios.rankings import rank
from service.recommendations.requests import RankingsBody
from service.recommendations.responses import RankedView, RankingView, shown_score
from service.recommendations.service import Recommendations


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
