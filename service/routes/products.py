"""Recommendations around one product."""

from typing import Any

from litestar import Request, Response, Router, get

from recommender.entities import Query
from service.answers import Presentation, RecommendationsView
from service.recommendations import Recommendations
from service.routes.parameters import QUERY, checked_id, refuse_unknown_parameters
from service.routes.revalidation import NOT_MODIFIED, SHARED_HEADERS, shared_answer


@get(
    "/{product_id:str}/similar",
    summary="Similar products",
    response_headers=SHARED_HEADERS,
    responses=NOT_MODIFIED,
)
async def similar_products(
    request: Request[Any, Any, Any],
    recommendations: Recommendations,
    product_id: str,
    requested: Query,
    presentation: Presentation,
) -> Response[RecommendationsView]:
    """Products that are bought like this one, or read like it, best first."""
    checked = checked_id("product_id", product_id)
    return shared_answer(request, recommendations.similar(checked, requested, presentation))


@get(
    "/{product_id:str}/bought-together",
    summary="Products bought together with one",
    response_headers=SHARED_HEADERS,
    responses=NOT_MODIFIED,
)
async def products_bought_together(
    request: Request[Any, Any, Any],
    recommendations: Recommendations,
    product_id: str,
    requested: Query,
    presentation: Presentation,
) -> Response[RecommendationsView]:
    """What stands in one basket with this product more often than by chance, largest lift first.

    A short list is filled up with similar products of other categories; where neither is known, with popular ones.
    """
    checked = checked_id("product_id", product_id)
    return shared_answer(request, recommendations.bought_together(checked, requested, presentation))


product_routes = Router(
    path="/v1/products",
    route_handlers=[similar_products, products_bought_together],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["products"],
)
