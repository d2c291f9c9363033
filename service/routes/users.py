"""Recommendations for one shopper."""

from litestar import Router, get

from recommender.entities import Query
from service.answers import RecommendationsView
from service.recommendations import Recommendations
from service.routes.guards import may_read
from service.routes.parameters import QUERY, Expand, checked_id, refuse_unknown_parameters


@get("/{user_id:str}/recommendations", summary="Personal recommendations", guards=[may_read])
async def recommendations_for_user(
    recommendations: Recommendations,
    user_id: str,
    requested: Query,
    expand: Expand = None,
) -> RecommendationsView:
    """Products that the shopper has not bought yet, best first, each with its reason.

    A shopper of whom nothing is known gets what is popular; `strategy` says so.
    """
    return await recommendations.for_you(checked_id("user_id", user_id), requested, expand is not None)


user_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["shoppers"],
)
