"""Lists that are the same for every caller, and new arrivals."""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency

from recommender.entities import Query
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer
from service.routes.etags import shared_answer, shared_list
from service.routes.parameters import SHARED_LIST
from service.routes.request_checks import check_request


@shared_list("/popular", "Popular products")
async def popular_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    viewer: NamedDependency[Viewer],
) -> Response[RecommendationsView]:
    """Products that most shoppers bought recently, in all categories or in some."""
    return shared_answer(request, await recommendations.popular(requested, presentation, viewer))


@shared_list("/trending", "Trending products")
async def trending_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    viewer: NamedDependency[Viewer],
) -> Response[RecommendationsView]:
    """Products that sell better than usual, largest gain first, then popular products."""
    return shared_answer(request, await recommendations.trending(requested, presentation, viewer))


@shared_list("/new-arrivals", "New products")
async def new_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    viewer: NamedDependency[Viewer],
) -> Response[RecommendationsView]:
    """The latest additions to the catalogue, newest first.

    With `user_id`, the shopper's preferred categories come first: those that the shopper likes, or bought from and does
    not dislike. That list is not shared and carries no ETag.
    """
    view = await recommendations.new_arrivals(requested, presentation, viewer)
    return shared_answer(request, view) if viewer.user_id is None else Response(view)


list_routes = Router(
    path="/v1",
    route_handlers=[popular_products, trending_products, new_products],
    dependencies=SHARED_LIST,
    before_request=check_request,
    tags=["lists"],
)
