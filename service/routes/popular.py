"""Lists that everyone gets alike."""

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
    query_of,
    refuse_unknown_parameters,
)


@get("/popular", summary="Popular products", guards=[may_read])
async def popular_products(
    recommendations: Recommendations,
    limit: Limit = DEFAULT_LIMIT,
    category: Categories = None,
    in_stock: InStock = False,
    exclude: Exclude = None,
    expand: Expand = None,
) -> RecommendationsView:
    """What most shoppers bought of late, in all categories or in some."""
    return recommendations.popular(query_of(limit, category, in_stock, exclude), expand is not None)


popular_routes = Router(
    path="/v1",
    route_handlers=[popular_products],
    before_request=refuse_unknown_parameters,
    tags=["lists"],
)
