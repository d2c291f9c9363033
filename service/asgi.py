"""The ASGI application as a server runs it."""

from typing import cast

from litestar.types import ASGIApp

from service.app import create_app
from service.cross_origin import CrossOrigin
from service.gate import AuthenticationGate
from service.routes.access import OPEN_PATHS
from service.security_headers import SecurityHeaders
from service.settings import ServiceSettings
from service.telemetry import RequestTelemetryMiddleware
from service.wiring import wire


def create() -> ASGIApp:
    """The application, made from the environment: `uvicorn --factory service.asgi:create`."""
    return from_settings(ServiceSettings())


def from_settings(settings: ServiceSettings) -> ASGIApp:
    """The application for these settings, with what holds for every request and answer around it."""
    wired = wire(settings)
    app: ASGIApp = cast("ASGIApp", create_app(wired.parts))
    app = AuthenticationGate(app, wired.verifier, OPEN_PATHS)
    app = SecurityHeaders(CrossOrigin(app, settings.cors_origins))
    return cast("ASGIApp", RequestTelemetryMiddleware(app, wired.telemetry, wired.metrics))
