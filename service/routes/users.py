"""Recommendations for one shopper."""

from litestar import Router, get

from service.answers import RecommendationsView
from service.recommendations import Recommendations
from service.routes.guards import may_read
from service.routes.parameters import (
    DEFAULT_LIMIT,
    Categories,
    Exclude,
    Expand,
    InStock,
    Limit,
    checked_id,
    query_of,
    refuse_unknown_parameters,
)


@get("/{user_id:str}/recommendations", summary="Personal recommendations", guards=[may_read])
async def recommendations_for_user(
    recommendations: Recommendations,
    user_id: str,
    limit: Limit = DEFAULT_LIMIT,
    category: Categories = None,
    in_stock: InStock = False,
    exclude: Exclude = None,
    expand: Expand = None,
) -> RecommendationsView:
    """Products that the shopper has not bought yet, best first, each with its reason.

    A shopper of whom nothing is known gets what is popular; `strategy` says so.
    """
    query = query_of(limit, category, in_stock, exclude)
    return await recommendations.for_you(checked_id("user_id", user_id), query, expand is not None)


user_routes = Router(
    path="/v1/users",
    route_handlers=[recommendations_for_user],
    before_request=refuse_unknown_parameters,
    tags=["shoppers"],
)
