"""Lists that everyone gets alike; new arrivals also in a shopper's own order."""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency

from recommender.entities import Query
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.routes.etags import shared_answer, shared_list
from service.routes.parameters import QUERY, ForShopper, checked_id
from service.routes.requests import check_request


@shared_list("/popular", "Popular products")
async def popular_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> Response[RecommendationsView]:
    """What most shoppers bought of late, in all categories or in some."""
    return shared_answer(request, recommendations.popular(requested, presentation))


@shared_list("/trending", "Trending products")
async def trending_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
) -> Response[RecommendationsView]:
    """What sells better of late than it usually does, largest gain first; then what is popular."""
    return shared_answer(request, recommendations.trending(requested, presentation))


@shared_list("/new-arrivals", "New products")
async def new_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    user_id: ForShopper = None,
) -> Response[RecommendationsView]:
    """The latest additions to the catalogue, newest first; with `user_id`, the shopper's preferred categories first.

    Preferred are the categories that the shopper likes, and those bought from and not disliked. The list of a shopper
    is not shared: it carries no ETag.
    """
    if user_id is None:
        return shared_answer(request, recommendations.new_arrivals(requested, presentation))
    shopper = checked_id("user_id", user_id)
    return Response(await recommendations.new_arrivals_for(shopper, requested, presentation))


popular_routes = Router(
    path="/v1",
    route_handlers=[popular_products, trending_products, new_products],
    dependencies=QUERY,
    before_request=check_request,
    tags=["lists"],
)
