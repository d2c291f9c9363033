"""The Litestar application: routes, errors and documentation."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import swagger_ui
from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Middleware

from service import __version__
from service.http.error_handlers import exception_handlers
from service.limits import request_quota
from service.openapi.document import complete
from service.openapi.page import DocumentationPage
from service.recommendations.service import Recommendations
from service.routes import ROUTES
from service.routes.access import AccessControl, check_listed
from service.shoppers.service import ShopperService
from service.snapshots.live import LiveSnapshot

DOCUMENTATION = "/schema"
_ASSETS = f"{DOCUMENTATION}/assets"

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    *,
    recommendations: Recommendations,
    shoppers: ShopperService,
    live: LiveSnapshot,
    middleware: Sequence[Middleware],
    lifespan: Lifespan,
    routes: Sequence[ControllerRouterHandler] = ROUTES,
) -> Litestar:
    """The application. Nothing runs before its lifespan begins.

    Args:
        recommendations: answers requests for recommendations.
        shoppers: stores events and preferences, exports and erases.
        live: the snapshot that is served.
        middleware: around every route, outermost first.
        lifespan: runs as long as the application does.
        routes: the API.

    Raises:
        ValueError: a route is missing in the access table.
    """
    app = Litestar(
        route_handlers=[*routes, _documentation_assets()],
        dependencies={
            "recommendations": Provide(lambda: recommendations, sync_to_thread=False),
            "shoppers": Provide(lambda: shoppers, sync_to_thread=False),
            "live": Provide(lambda: live, sync_to_thread=False),
            "quota": Provide(request_quota, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(),
        middleware=[*middleware, AccessControl],
        openapi_config=_documentation(),
        lifespan=[lifespan],
        cache_control=CacheControlHeader(private=True),
        logging_config=None,
    )
    check_listed(app.routes)
    complete(app.openapi_schema)
    return app


def _documentation() -> OpenAPIConfig:
    bearer = SecurityScheme(
        type="http", scheme="bearer", bearer_format="JWT", description="RFC 9068 access token."
    )
    return OpenAPIConfig(
        title="Recommender",
        version=__version__,
        description="Product recommendations from purchases and product texts.",
        path=DOCUMENTATION,
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, method, path: handler.handler_name,
        render_plugins=[
            DocumentationPage(
                path="/",
                js_url=f"{_ASSETS}/swagger-ui-bundle.js",
                css_url=f"{_ASSETS}/swagger-ui.css",
                standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
                favicon=f'<link rel="icon" type="image/png" href="{_ASSETS}/favicon-32x32.png">',
            ),
            JsonRenderPlugin(path="/openapi.json"),
        ],
    )


def _documentation_assets() -> Router:
    """The documentation page's scripts from an installed package: the page works without the internet."""
    folder = Path(swagger_ui.__file__).parent / "static"
    return create_static_files_router(path=_ASSETS, directories=[folder], include_in_schema=False)
