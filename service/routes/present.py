"""What is asked with a body: sessions and baskets, batches, rankings."""

from typing import Any

from litestar import Request, Router, post

from service.answers import BatchView, RankingView, RecommendationsView
from service.auth import READ_RECOMMENDATIONS, Principal, authorize
from service.batches import answer_batch
from service.bodies import BatchBody, RankingsBody, RecommendationsBody
from service.recommendations import Recommendations
from service.routes.body import check_request
from service.sessions import rank_products, recommend_present


@post("/recommendations", status_code=200, summary="For a session or a basket")
async def recommendations_for_present(
    request: Request[Principal, Any, Any], recommendations: Recommendations, data: RecommendationsBody
) -> RecommendationsView:
    """Products for what a shopper does now, guest or known, best first, each with its reason.

    A basket gets complements: the leaf categories of its own products fill a third of the page at most. Products
    that are not known are listed in `missing_ids`; with a `user_id`, the stored profile joins in.
    """
    authorize(request.user, READ_RECOMMENDATIONS, data.user_id)
    return await recommend_present(recommendations, data)


@post("/recommendations/batch", status_code=207, summary="Many requests at once")
async def recommendations_in_batch(
    request: Request[Principal, Any, Any], recommendations: Recommendations, data: BatchBody
) -> BatchView:
    """Up to 100 requests at once; each has a status of its own, and its answer or its problem."""
    return await answer_batch(recommendations, request.user, data, request.scope["path"])


@post("/rankings", status_code=200, summary="Rank a list of products")
async def ranking_of_products(
    request: Request[Principal, Any, Any], recommendations: Recommendations, data: RankingsBody
) -> RankingView:
    """The products of the body in the order that suits the shopper; nothing is added, nothing dropped.

    Equal ones keep the order they came in; products that are not known are listed in `missing_ids`.
    """
    authorize(request.user, READ_RECOMMENDATIONS, data.user_id)
    return await rank_products(recommendations, data)


present_routes = Router(
    path="/v1",
    route_handlers=[recommendations_for_present, recommendations_in_batch, ranking_of_products],
    before_request=check_request,
    tags=["present"],
)
