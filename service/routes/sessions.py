"""What is asked with a body: sessions and baskets, batches, rankings."""

from typing import Any

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency

from service.auth import READ_RECOMMENDATIONS, Principal, authorize
from service.limits import spend_more
from service.openapi.body_schemas import BatchOperation, RankingsOperation, RecommendationsOperation
from service.recommendations.batches import answer_batch
from service.recommendations.requests import BatchBody, RankingsBody, RecommendationsBody
from service.recommendations.responses import BatchView, RankingView, RecommendationsView
from service.recommendations.service import Recommendations
from service.recommendations.sessions import rank_products, recommend_session
from service.routes.body import json_body
from service.routes.requests import check_request

_RECOMMENDATIONS = msgspec.json.Decoder(RecommendationsBody)
_BATCH = msgspec.json.Decoder(BatchBody)
_RANKINGS = msgspec.json.Decoder(RankingsBody)


@post(
    "/recommendations",
    status_code=200,
    summary="For a session or a basket",
    operation_class=RecommendationsOperation,
)
async def recommendations_for_present(
    request: Request[Principal, Any, Any], recommendations: NamedDependency[Recommendations]
) -> RecommendationsView:
    """Products for what a shopper does now, guest or known, best first, each with its reason.

    A basket gets complements: the leaf categories of its own products fill a third of the page at most. Products
    that are not known are listed in `missing_ids`; with a `user_id`, the stored profile joins in.
    """
    body = await json_body(request, _RECOMMENDATIONS)
    authorize(request.user, READ_RECOMMENDATIONS, body.user_id)
    return await recommend_session(recommendations, body)


@post(
    "/recommendations/batch",
    status_code=207,
    summary="Many requests at once",
    operation_class=BatchOperation,
)
async def recommendations_in_batch(
    request: Request[Principal, Any, Any], recommendations: NamedDependency[Recommendations]
) -> BatchView:
    """Up to 100 requests at once; each has a status of its own, and its answer or its problem."""
    body = await json_body(request, _BATCH)
    await spend_more(request, len(body.entries))
    return await answer_batch(recommendations, request.user, body, request.scope["path"])


@post(
    "/rankings",
    status_code=200,
    summary="Rank a list of products",
    operation_class=RankingsOperation,
)
async def ranking_of_products(
    request: Request[Principal, Any, Any], recommendations: NamedDependency[Recommendations]
) -> RankingView:
    """The products of the body in the order that suits the shopper; nothing is added, nothing dropped.

    Equal ones keep the order they came in; products that are not known are listed in `missing_ids`.
    """
    body = await json_body(request, _RANKINGS)
    authorize(request.user, READ_RECOMMENDATIONS, body.user_id)
    return await rank_products(recommendations, body)


present_routes = Router(
    path="/v1",
    route_handlers=[recommendations_for_present, recommendations_in_batch, ranking_of_products],
    before_request=check_request,
    tags=["present"],
)
