"""Recommendations for one shopper."""

from dataclasses import replace
from typing import Any

from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.limits import request_quota
from service.recommendations.paging import ListRequest
from service.recommendations.responses import RecommendationsView
from service.routes.direct.list_responses import personal_response
from service.routes.parameters import LIST_CALL, IncludePurchased, ListCall
from service.routes.request_checks import check_request


@get("/{user_id:str}/recommendations", summary="Personal recommendations")
async def recommendations_for_user(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    user_id: FromPath[str],
    include_purchased: IncludePurchased = False,
) -> RecommendationsView:
    """Products for the shopper, best first, each with its reason.

    Products that the shopper bought before are left out by default. A shopper without history gets popular products,
    and `strategy` says so.
    """
    query = replace(call.query, include_purchased=include_purchased)
    decoded = ListRequest.of("for-you", user_id, query, call.presentation)
    cached = request_quota(request.scope).cached_profile
    return personal_response(request, await call.recommendations.personal_list(decoded, cached), decoded)


@get("/{user_id:str}/buy-again", summary="Repeat purchases, the most probable one first")
async def repeat_purchases_for_user(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    user_id: FromPath[str],
) -> RecommendationsView:
    """Products that the shopper bought and may buy again, the most probable one first.

    What was bought so lately that it cannot be due, or not for two years and two of its usual intervals, is left out.
    The list is empty without such products.
    """
    decoded = ListRequest.of("buy-again", user_id, call.query, call.presentation)
    cached = request_quota(request.scope).cached_profile
    return personal_response(request, await call.recommendations.personal_list(decoded, cached), decoded)


recommendation_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user, repeat_purchases_for_user],
    dependencies=LIST_CALL,
    before_request=check_request,
    tags=["shoppers"],
)
