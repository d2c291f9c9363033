"""Lists that everyone gets alike."""

from litestar import Router, get

from recommender.entities import Query
from service.answers import Presentation, RecommendationsView
from service.recommendations import Recommendations
from service.routes.guards import may_read
from service.routes.parameters import QUERY, refuse_unknown_parameters


@get("/popular", summary="Popular products", guards=[may_read])
async def popular_products(
    recommendations: Recommendations,
    requested: Query,
    presentation: Presentation,
) -> RecommendationsView:
    """What most shoppers bought of late, in all categories or in some."""
    return recommendations.popular(requested, presentation)


popular_routes = Router(
    path="/v1",
    route_handlers=[popular_products],
    dependencies=QUERY,
    before_request=refuse_unknown_parameters,
    tags=["lists"],
)
