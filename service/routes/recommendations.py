"""Recommendations for one shopper."""

from dataclasses import replace

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from recommender.entities import Query
from service.limits import RequestQuota
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.routes.parameters import QUERY, IncludePurchased
from service.routes.request_checks import check_request


@get("/{user_id:str}/recommendations", summary="Personal recommendations")
async def recommendations_for_user(
    recommendations: NamedDependency[Recommendations],
    quota: NamedDependency[RequestQuota],
    user_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    include_purchased: IncludePurchased = False,
) -> RecommendationsView:
    """Products for the shopper, best first, each with its reason.

    Products that the shopper bought before are left out by default. A shopper without history gets popular products,
    and `strategy` says so.
    """
    query = replace(requested, include_purchased=include_purchased)
    return await recommendations.for_you(user_id, query, presentation, quota.cached_profile)


@get("/{user_id:str}/buy-again", summary="Repeat purchases that are due")
async def repeat_purchases_for_user(
    recommendations: NamedDependency[Recommendations],
    quota: NamedDependency[RequestQuota],
    user_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> RecommendationsView:
    """Products that the shopper is due to buy again, most overdue first.

    The list is empty when nothing is due.
    """
    return await recommendations.buy_again(user_id, requested, presentation, quota.cached_profile)


user_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user, repeat_purchases_for_user],
    dependencies=QUERY,
    before_request=check_request,
    tags=["shoppers"],
)
