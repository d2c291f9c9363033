"""The ASGI application as a server runs it."""

from typing import cast

from litestar.types import ASGIApp

from service.app import create_app
from service.http.cors import CrossOrigin
from service.http.gate import AuthenticationGate
from service.http.request_limits import Bounds, RequestBounds
from service.http.security_headers import SecurityHeaders
from service.http.telemetry import RequestTelemetryMiddleware
from service.openapi.page import PAGE_POLICY
from service.routes.access import OPEN_PATHS
from service.settings import ServiceSettings
from service.wiring import wire


def create() -> ASGIApp:
    """The application, made from the environment.

    As `uvicorn --factory service.asgi:create --http service.http.uvicorn_protocol:BoundedHttpProtocol`.
    """
    return from_settings(ServiceSettings())


def from_settings(settings: ServiceSettings) -> ASGIApp:
    """The application for these settings, with what holds for every request and answer around it."""
    wired = wire(settings)
    bounds = Bounds(settings.max_in_flight or None, settings.request_seconds)
    app: ASGIApp = cast("ASGIApp", create_app(wired.parts))
    app = AuthenticationGate(app, wired.verifier, OPEN_PATHS)
    app = RequestBounds(app, bounds, wired.metrics)
    app = SecurityHeaders(CrossOrigin(app, settings.cors_origins), PAGE_POLICY)
    return cast("ASGIApp", RequestTelemetryMiddleware(app, wired.telemetry, wired.metrics))
