"""Lists that are the same for every caller, and new arrivals."""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency

from recommender.entities import Query
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.routes.etags import shared_answer, shared_list
from service.routes.parameters import QUERY, ForShopper, checked_id
from service.routes.request_checks import check_request


@shared_list("/popular", "Popular products")
async def popular_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> Response[RecommendationsView]:
    """Products that most shoppers bought recently, in all categories or in some."""
    return shared_answer(request, recommendations.popular(requested, presentation))


@shared_list("/trending", "Trending products")
async def trending_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> Response[RecommendationsView]:
    """Products that sell better than usual, largest gain first, then popular products."""
    return shared_answer(request, recommendations.trending(requested, presentation))


@shared_list("/new-arrivals", "New products")
async def new_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    user_id: ForShopper = None,
) -> Response[RecommendationsView]:
    """The latest additions to the catalogue, newest first.

    With `user_id`, the shopper's preferred categories come first: those that the shopper likes, or bought from and does
    not dislike. That list is not shared and carries no ETag.
    """
    if user_id is None:
        return shared_answer(request, recommendations.new_arrivals(requested, presentation))
    shopper = checked_id("user_id", user_id)
    return Response(await recommendations.new_arrivals_for(shopper, requested, presentation))


list_routes = Router(
    path="/v1",
    route_handlers=[popular_products, trending_products, new_products],
    dependencies=QUERY,
    before_request=check_request,
    tags=["lists"],
)
