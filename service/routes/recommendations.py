"""Recommendations for one shopper."""

from dataclasses import replace

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from recommender.entities import Query
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.routes.parameters import QUERY, IncludePurchased, checked_id
from service.routes.requests import check_request


@get("/{user_id:str}/recommendations", summary="Personal recommendations")
async def recommendations_for_user(
    recommendations: NamedDependency[Recommendations],
    user_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    include_purchased: IncludePurchased = False,
) -> RecommendationsView:
    """Products for the shopper, best first, each with its reason; without those bought before unless asked for.

    A shopper of whom nothing is known gets what is popular; `strategy` says so.
    """
    query = replace(requested, include_purchased=include_purchased)
    return await recommendations.for_you(checked_id("user_id", user_id), query, presentation)


@get("/{user_id:str}/buy-again", summary="Repeat purchases that are due")
async def repeat_purchases_for_user(
    recommendations: NamedDependency[Recommendations],
    user_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> RecommendationsView:
    """What the shopper bought before and is due to buy again, most overdue first; empty when nothing is due."""
    return await recommendations.buy_again(checked_id("user_id", user_id), requested, presentation)


user_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user, repeat_purchases_for_user],
    dependencies=QUERY,
    before_request=check_request,
    tags=["shoppers"],
)
