"""Recommendations around one product."""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import NamedDependency
from litestar.params import FromPath

from recommender.entities import Query
from service.recommendations.responses import Presentation, RecommendationsView
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer
from service.routes.etags import shared_answer, shared_list
from service.routes.parameters import SHARED_LIST
from service.routes.request_checks import check_request


@shared_list("/{product_id:str}/similar", "Similar products")
async def similar_products(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    product_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    viewer: NamedDependency[Viewer],
) -> Response[RecommendationsView]:
    """Products with similar buyers or a similar description, best first.

    A short list is filled with popular products, those of the same category first.
    """
    return shared_answer(request, await recommendations.similar(product_id, requested, presentation, viewer))


@shared_list("/{product_id:str}/bought-together", "Products bought together with this one")
async def products_bought_together(
    request: Request[Any, Any, Any],
    recommendations: NamedDependency[Recommendations],
    product_id: FromPath[str],
    requested: NamedDependency[Query],
    presentation: NamedDependency[Presentation],
    viewer: NamedDependency[Viewer],
) -> Response[RecommendationsView]:
    """Products that are often in one basket with this one, largest lift first.

    A short list is filled with similar products of other categories, then with popular ones.
    """
    return shared_answer(
        request, await recommendations.bought_together(product_id, requested, presentation, viewer)
    )


product_routes = Router(
    path="/v1/products",
    route_handlers=[similar_products, products_bought_together],
    dependencies=SHARED_LIST,
    before_request=check_request,
    tags=["products"],
)
