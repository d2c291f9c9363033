"""Recommendations for one shopper."""

from dataclasses import replace

from litestar import Router, get

from recommender.entities import Query
from service.answers import Presentation, RecommendationsView
from service.recommendations import Recommendations
from service.routes.parameters import QUERY, IncludePurchased, checked_id, refuse_unknown_parameters


@get("/{user_id:str}/recommendations", summary="Personal recommendations")
async def recommendations_for_user(
    recommendations: Recommendations,
    user_id: str,
    requested: Query,
    presentation: Presentation,
    include_purchased: IncludePurchased = False,
) -> RecommendationsView:
    """Products for the shopper, best first, each with its reason; without those bought before unless asked for.

    A shopper of whom nothing is known gets what is popular; `strategy` says so.
    """
    query = replace(requested, include_purchased=include_purchased)
    return await recommendations.for_you(checked_id("user_id", user_id), query, presentation)


@get("/{user_id:str}/buy-again", summary="Repeat purchases that are due")
async def repeat_purchases_for_user(
    recommendations: Recommendations,
    user_id: str,
    requested: Query,
    presentation: Presentation,
) -> RecommendationsView:
    """What the shopper bought before and is due to buy again, most overdue first; empty when nothing is due."""
    return await recommendations.buy_again(checked_id("user_id", user_id), requested, presentation)


user_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user, repeat_purchases_for_user],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["shoppers"],
)
