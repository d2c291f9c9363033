"""The ASGI application as a server runs it."""

from typing import cast

from litestar.types import ASGIApp

from service.app import create_app
from service.request_bounds import Bounds, RequestBounds
from service.settings import ServiceSettings
from service.telemetry import RequestTelemetryMiddleware
from service.wiring import wire


def create() -> ASGIApp:
    """The application, made from the environment.

    As `uvicorn --factory service.asgi:create --http service.http_protocol:BoundedHttpProtocol`.
    """
    return from_settings(ServiceSettings())


def from_settings(settings: ServiceSettings) -> ASGIApp:
    """The application for these settings, with telemetry around all of it."""
    wired = wire(settings)
    bounds = Bounds(settings.max_in_flight or None, settings.request_seconds)
    bounded = RequestBounds(cast("ASGIApp", create_app(wired.parts)), bounds, wired.metrics)
    return cast("ASGIApp", RequestTelemetryMiddleware(bounded, wired.telemetry, wired.metrics))
