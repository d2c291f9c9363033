"""Recommendations around one product."""

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


@get("/{product_id:str}/similar", summary="Similar products", guards=[may_read])
async def similar_products(
    recommendations: Recommendations,
    product_id: str,
    limit: Limit = DEFAULT_LIMIT,
    category: Categories = None,
    in_stock: InStock = False,
    exclude: Exclude = None,
    expand: Expand = None,
) -> RecommendationsView:
    """Products that are bought like this one, or read like it, best first."""
    query = query_of(limit, category, in_stock, exclude)
    return recommendations.similar(checked_id("product_id", product_id), query, expand is not None)


product_routes = Router(
    path="/v1/products",
    route_handlers=[similar_products],
    before_request=refuse_unknown_parameters,
    tags=["products"],
)
