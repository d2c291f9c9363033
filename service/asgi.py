"""The ASGI application as a server runs it."""

from typing import cast

from litestar.types import ASGIApp

from service.app import create_app
from service.settings import ServiceSettings
from service.telemetry import RequestTelemetryMiddleware
from service.wiring import wire


def create() -> ASGIApp:
    """The application, made from the environment: `uvicorn --factory service.asgi:create`."""
    return from_settings(ServiceSettings())


def from_settings(settings: ServiceSettings) -> ASGIApp:
    """The application for these settings, with telemetry around all of it."""
    wired = wire(settings)
    return cast(
        "ASGIApp", RequestTelemetryMiddleware(create_app(wired.parts), wired.telemetry, wired.metrics)
    )
