"""The Litestar application: routes, rate limits, access, errors and documentation."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler

from adapters.telemetry import ServiceMetrics
from service.http.error_handlers import exception_handlers
from service.limits import Admission, RateLimitMiddleware
from service.openapi.document import openapi_config
from service.routes.access import LOGOUT, VERIFICATION, AccessControl, check_listed, documented_scopes
from service.routes.units import call_units

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


UNCOUNTED = frozenset({VERIFICATION, LOGOUT})
"""Paths without limits: an ingress's verification of a call, and the end of a session."""


def create_app(
    routes: Sequence[ControllerRouterHandler],
    dependencies: Mapping[str, object],
    admission: Admission,
    metrics: ServiceMetrics,
    lifespan: Lifespan,
) -> Litestar:
    """The application. Nothing runs before its lifespan begins.

    The access table decides on a request before the rate limits count it.

    Args:
        routes: the handlers.
        dependencies: values of the handlers' parameters of the same name.
        admission: rate limits, and order of the requests.
        metrics: counts errors.
        lifespan: runs as long as the application.

    Raises:
        ValueError: a route is missing in the access table.
    """
    app = Litestar(
        route_handlers=[*routes],
        dependencies={name: _provide(value) for name, value in dependencies.items()},
        exception_handlers=exception_handlers(metrics),
        middleware=[
            AccessControl,
            DefineMiddleware(
                RateLimitMiddleware,
                admission=admission,
                units=call_units,
                uncounted=UNCOUNTED,
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


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
