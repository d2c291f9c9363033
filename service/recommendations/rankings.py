"""Rankings of the products in a request's body."""

from typing import cast

from recommender.entities import Profile
from recommender.kernels.digits import significant
from recommender.product_ids import short_hashes
from recommender.profiles import hidden_ids
from recommender.scenarios.rankings import rank
from service.recommendations.names import Strategy
from service.recommendations.requests import RankingsBody
from service.recommendations.responses import RankedView, RankingView
from service.recommendations.service import Recommendations
from service.recommendations.viewers import NOTHING, Viewer
from service.signed.recommendation_ids import products_of


async def rank_products(
    recommendations: Recommendations, body: RankingsBody, caller: str | None
) -> RankingView:
    """The body's products in this shopper's order. Unknown and hidden ones are listed separately.

    Args:
        recommendations: answers the request.
        body: the request. Its user id is authorized already.
        caller: shopper whose own token the request carries, if any.

    Raises:
        InvalidBody: an invalid id.
        NothingToServe: no snapshot is loaded yet.
    """
    body.check()
    viewer = Viewer(body.user_id, caller)
    loaded = await recommendations.profile_of(viewer.shopper)
    hidden = hidden_ids(loaded.profile.interactions, loaded.profile.preferences)
    serving = recommendations.live.serving
    session = body.session(recommendations.clock())
    ranking = rank(
        serving.snapshot,
        serving.corrections,
        loaded.profile if viewer.user_id is not None else Profile(""),
        body.product_ids,
        recommendations.stages,
        session,
        hidden=hidden,
    )
    strategy = ranking.strategy if loaded.hides_known else NOTHING
    scores = significant(ranking.scores.tolist())
    items = list(map(RankedView, ranking.product_ids, scores))
    products = products_of(short_hashes(item.product_id for item in items))
    version = serving.manifest.version
    return RankingView(
        recommendation_id=recommendations.ids.personal("ranking", version, viewer.shopper, products),
        user_id=body.user_id,
        scenario="ranking",
        strategy=cast("Strategy", strategy),
        degraded=recommendations.count_answer("ranking", strategy, loaded),
        snapshot_version=version,
        items=items if loaded.hides_known else [],
        missing_ids=list(ranking.missing_ids),
        hidden_ids=list(ranking.hidden_ids),
    )
