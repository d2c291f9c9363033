"""Lists that everyone gets alike."""

from typing import Any

from litestar import Request, Response, Router, get

from recommender.entities import Query
from service.answers import Presentation, RecommendationsView
from service.recommendations import Recommendations
from service.routes.parameters import QUERY, refuse_unknown_parameters
from service.routes.revalidation import NOT_MODIFIED, SHARED_HEADERS, shared_answer


@get(
    "/popular",
    summary="Popular products",
    response_headers=SHARED_HEADERS,
    responses=NOT_MODIFIED,
)
async def popular_products(
    request: Request[Any, Any, Any],
    recommendations: Recommendations,
    requested: Query,
    presentation: Presentation,
) -> Response[RecommendationsView]:
    """What most shoppers bought of late, in all categories or in some."""
    return shared_answer(request, recommendations.popular(requested, presentation))


@get(
    "/trending",
    summary="Trending products",
    response_headers=SHARED_HEADERS,
    responses=NOT_MODIFIED,
)
async def trending_products(
    request: Request[Any, Any, Any],
    recommendations: Recommendations,
    requested: Query,
    presentation: Presentation,
) -> Response[RecommendationsView]:
    """What sells better of late than it usually does, largest gain first; then what is popular."""
    return shared_answer(request, recommendations.trending(requested, presentation))


@get(
    "/new-arrivals",
    summary="New products",
    response_headers=SHARED_HEADERS,
    responses=NOT_MODIFIED,
)
async def new_products(
    request: Request[Any, Any, Any],
    recommendations: Recommendations,
    requested: Query,
    presentation: Presentation,
) -> Response[RecommendationsView]:
    """The latest additions to the catalogue, newest first."""
    return shared_answer(request, recommendations.new_arrivals(requested, presentation))


popular_routes = Router(
    path="/v1",
    route_handlers=[popular_products, trending_products, new_products],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["lists"],
)
