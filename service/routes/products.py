"""Recommendations around one product."""

from dataclasses import replace
from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.recommendations.responses import RecommendationsView
from service.routes.direct.list_responses import shared_list, shared_response
from service.routes.parameters import LIST_CALL, ForShopper, IncludePurchased, ListCall, viewer_of
from service.routes.request_checks import check_request


@shared_list("/{product_id:str}/similar", "Similar products")
async def similar_products(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    product_id: FromPath[str],
    user_id: ForShopper = None,
    include_purchased: IncludePurchased = False,
) -> Response[RecommendationsView]:
    """Products with similar buyers or a similar description, best first.

    A short list is filled with popular products, those of the same category first.
    """
    viewer = viewer_of(request, user_id)
    query = replace(call.query, include_purchased=include_purchased)
    answered = await call.recommendations.similar(product_id, query, call.presentation, viewer)
    return shared_response(request, answered)


@shared_list("/{product_id:str}/bought-together", "Products bought together with this one")
async def products_bought_together(
    request: Request[Any, Any, Any],
    call: NamedDependency[ListCall],
    product_id: FromPath[str],
    user_id: ForShopper = None,
    include_purchased: IncludePurchased = False,
) -> Response[RecommendationsView]:
    """Products that are often in one basket with this one, best first.

    A short list is filled with similar products of other categories, then with popular ones.
    """
    viewer = viewer_of(request, user_id)
    query = replace(call.query, include_purchased=include_purchased)
    answered = await call.recommendations.bought_together(product_id, query, call.presentation, viewer)
    return shared_response(request, answered)


product_routes = Router(
    path="/v1/products",
    route_handlers=[similar_products, products_bought_together],
    dependencies=LIST_CALL,
    before_request=check_request,
    tags=["products"],
)
