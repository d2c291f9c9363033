"""Lists that are the same for every caller, and new arrivals."""

from dataclasses import replace
from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency

from service.recommendations.responses import RecommendationsView
from service.routes.direct.list_responses import personal_response, shared_list, shared_response
from service.routes.parameters import (
    LIST_CALL,
    ForShopper,
    IncludePurchased,
    ListCall,
    PopularIn,
    TrendingIn,
    viewer_of,
)
from service.routes.request_checks import check_request


@shared_list("/popular", "Popular products")
async def popular_products(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    user_id: ForShopper = None,
    include_purchased: IncludePurchased = False,
    window: PopularIn = None,
) -> Response[RecommendationsView]:
    """Products that most shoppers bought recently, in all categories or in some."""
    viewer = viewer_of(request, user_id)
    query = replace(call.query, include_purchased=include_purchased, window=window)
    return shared_response(request, await call.recommendations.popular(query, call.presentation, viewer))


@shared_list("/trending", "Trending products")
async def trending_products(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    user_id: ForShopper = None,
    include_purchased: IncludePurchased = False,
    window: TrendingIn = None,
) -> Response[RecommendationsView]:
    """Products that sell better than usual, largest gain first, then popular products."""
    viewer = viewer_of(request, user_id)
    query = replace(call.query, include_purchased=include_purchased, window=window)
    return shared_response(request, await call.recommendations.trending(query, call.presentation, viewer))


@shared_list("/new-arrivals", "New products")
async def new_products(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    user_id: ForShopper = None,
    include_purchased: IncludePurchased = False,
) -> Response[RecommendationsView]:
    """The latest additions to the catalog, newest first.

    With `user_id`, the shopper's preferred categories come first: those that the shopper likes, or bought from and does
    not dislike. That list is not shared and carries no ETag.
    """
    viewer = viewer_of(request, user_id)
    query = replace(call.query, include_purchased=include_purchased)
    answered = await call.recommendations.new_arrivals(query, call.presentation, viewer)
    if user_id is None:
        return shared_response(request, answered)
    return Response(personal_response(request, answered))


list_routes = Router(
    path="/v1",
    route_handlers=[popular_products, trending_products, new_products],
    dependencies=LIST_CALL,
    before_request=check_request,
    tags=["lists"],
)
