"""Recommendations around one product."""

from litestar import Router, get

from recommender.entities import Query
from service.answers import Presentation, RecommendationsView
from service.recommendations import Recommendations
from service.routes.guards import may_read
from service.routes.parameters import QUERY, checked_id, refuse_unknown_parameters


@get("/{product_id:str}/similar", summary="Similar products", guards=[may_read])
async def similar_products(
    recommendations: Recommendations,
    product_id: str,
    requested: Query,
    presentation: Presentation,
) -> RecommendationsView:
    """Products that are bought like this one, or read like it, best first."""
    return recommendations.similar(checked_id("product_id", product_id), requested, presentation)


product_routes = Router(
    path="/v1/products",
    route_handlers=[similar_products],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["products"],
)
