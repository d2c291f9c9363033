"""The Litestar application: routes, rate limits, access, errors and documentation."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler

from adapters.telemetry import ServiceMetrics
from service.auth import TokenVerifier
from service.console.facts.console_facts import ConsoleFacts
from service.http.error_handlers import exception_handlers
from service.limits import Admission, RateLimitMiddleware
from service.openapi.document import openapi_config
from service.recommendations.service import Recommendations
from service.routes.access import LOGOUT, VERIFICATION, AccessControl, check_listed, documented_scopes
from service.routes.health import Readiness
from service.routes.units import call_units
from service.shoppers.service import ShopperService
from service.snapshots.live import LiveSnapshot

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    *,
    routes: Sequence[ControllerRouterHandler],
    recommendations: Recommendations,
    shoppers: ShopperService,
    facts: ConsoleFacts,
    live: LiveSnapshot,
    verifier: TokenVerifier,
    admission: Admission,
    metrics: ServiceMetrics,
    ready_without_snapshot: bool,
    lifespan: Lifespan,
) -> Litestar:
    """The application. Nothing runs before its lifespan begins.

    The access table decides on a request before the rate limits count it.

    Raises:
        ValueError: a route is missing in the access table.
    """
    readiness = Readiness(live, verifier, ready_without_snapshot)
    app = Litestar(
        route_handlers=[*routes],
        dependencies={
            "recommendations": Provide(lambda: recommendations, sync_to_thread=False),
            "shoppers": Provide(lambda: shoppers, sync_to_thread=False),
            "facts": Provide(lambda: facts, sync_to_thread=False),
            "live": Provide(lambda: live, sync_to_thread=False),
            "readiness": Provide(lambda: readiness, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(metrics),
        middleware=[
            AccessControl,
            DefineMiddleware(
                RateLimitMiddleware,
                admission=admission,
                units=call_units,
                uncounted=frozenset({VERIFICATION, LOGOUT}),
            ),
        ],
        request_max_body_size=1,  # A route that takes a body sets its own limit. 0 would be none.
        openapi_config=openapi_config(documented_scopes()),
        lifespan=[lifespan],
        cache_control=CacheControlHeader(private=True),
        logging_config=None,
    )
    check_listed(app.routes)
    return app
