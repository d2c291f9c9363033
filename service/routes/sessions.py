"""Recommendations for sessions and baskets, in batches, and rankings of given products."""

from functools import partial
from typing import Any, cast

import msgspec
from litestar import Request, Response, Router, post
from litestar.di import NamedDependency

from service.auth import Principal
from service.http.json_bodies import json_body
from service.http.middleware.path_prefix import public_path
from service.limits import request_quota
from service.openapi.body_schemas import BatchOperation, RankingsOperation, RecommendationsOperation
from service.recommendations.batches import answer_batch, decode_batch
from service.recommendations.rankings import rank_products
from service.recommendations.requests import (
    MAX_BATCH_BYTES,
    MAX_RANKINGS_BYTES,
    MAX_RECOMMENDATIONS_BYTES,
    Batch,
    RankingsBody,
    RecommendationsBody,
)
from service.recommendations.responses import BatchView, RankingView, RecommendationsView
from service.recommendations.service import Recommendations
from service.recommendations.sessions import recommend_session
from service.routes.access import check_subject
from service.routes.request_checks import check_request
from service.routes.units import batch_units, ranking_units, session_units

_RECOMMENDATIONS = msgspec.json.Decoder(RecommendationsBody)
_BATCH = msgspec.json.Decoder(Batch)
_RANKINGS = msgspec.json.Decoder(RankingsBody)


@post(
    "/recommendations",
    status_code=200,
    summary="Recommendations for a session or a basket",
    operation_class=RecommendationsOperation,
    request_max_body_size=MAX_RECOMMENDATIONS_BYTES,
)
async def recommendations_for_session(
    request: Request[Principal, Any, Any],
    recommendations: NamedDependency[Recommendations],
) -> RecommendationsView:
    """Products for a shopper's current session, best first, each with its reason.

    The shopper may be unknown. A basket gets complements: at most a third of the page comes from the leaf categories of
    its own products. Unknown products are listed in `missing_ids`. With a `user_id`, the stored profile counts too.
    """
    body = await json_body(request, _RECOMMENDATIONS)
    check_subject(request, body.user_id)
    await request_quota(request.scope).count_as(session_units(body))
    return await recommend_session(recommendations, body, request.user.own_shopper)


@post(
    "/recommendations/batch",
    status_code=207,
    summary="Many requests in one call",
    response_description="A status for each entry, with its answer or its problem.",
    operation_class=BatchOperation,
    request_max_body_size=MAX_BATCH_BYTES,
)
async def recommendations_in_batch(
    request: Request[Principal, Any, Any],
    recommendations: NamedDependency[Recommendations],
) -> Response[BatchView]:
    """Up to 100 requests in one call.

    Each result has its own status, and an answer or a problem. An invalid entry does not affect the others.
    """
    batch = await json_body(request, _BATCH)
    quota = request_quota(request.scope)
    await quota.count_as(len(batch.entries))  # before they are decoded
    instance = public_path(request.scope)
    entries = await decode_batch(recommendations, batch, instance)
    await quota.count_as(batch_units(entries))
    check, caller = partial(check_subject, request), request.user.own_shopper
    content = await answer_batch(recommendations, check, caller, entries, instance)
    # Encoded entry by entry. Litestar sends bytes as they are.
    return Response(cast("BatchView", content), status_code=207, media_type="application/json")


@post(
    "/rankings",
    status_code=200,
    summary="Rank a list of products",
    operation_class=RankingsOperation,
    request_max_body_size=MAX_RANKINGS_BYTES,
)
async def ranking_of_products(
    request: Request[Principal, Any, Any],
    recommendations: NamedDependency[Recommendations],
) -> RankingView:
    """The products of the body in the shopper's order.

    No product is added, and one that is listed twice is ranked once. Products with equal scores keep their order.
    Unknown products are listed in `missing_ids`, and those that the shopper hid in `hidden_ids`.
    """
    body = await json_body(request, _RANKINGS)
    check_subject(request, body.user_id)
    await request_quota(request.scope).count_as(ranking_units(body))
    return await rank_products(recommendations, body, request.user.own_shopper)


session_routes = Router(
    path="/v1",
    route_handlers=[recommendations_for_session, recommendations_in_batch, ranking_of_products],
    before_request=check_request,
    tags=["sessions"],
)
