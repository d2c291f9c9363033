"""Builds the service that is deployed."""

from dataclasses import dataclass
from typing import cast

from litestar import Litestar
from litestar.types import ASGIApp

from service.app import UNCOUNTED, create_app
from service.console.pages import ProblemPages
from service.http.middleware.authentication import Authentication
from service.http.middleware.body_memory import BodyMemory
from service.http.middleware.compression import Compression
from service.http.middleware.cors import CrossOrigin
from service.http.middleware.head_requests import HeadRequests
from service.http.middleware.path_prefix import PathPrefix
from service.http.middleware.request_limits import RequestLimits
from service.http.middleware.security_headers import SecurityHeaders
from service.http.middleware.telemetry import RequestTelemetryMiddleware
from service.limits import Admission, EarlyRejection
from service.recommendations.response_cache import ResponseCache
from service.routes.direct.direct_responses import DirectResponses, KeptResponse
from service.routes.health import Readiness
from service.settings import ServiceSettings
from service.wiring.clients import RESPONSE_BYTES
from service.wiring.components import Components


@dataclass(frozen=True, slots=True)
class Service:
    """The deployed ASGI application, and what it consists of.

    Attributes:
        app: the application in the layers of every request.
        api: the application without them.
        components: all others.
    """

    app: ASGIApp
    api: Litestar
    components: Components


def build_service(settings: ServiceSettings, **overrides: object) -> Service:
    """Builds the application. Nothing is connected or loaded before its lifespan begins.

    `overrides` replace properties of `Components` by name, such as `clock` or `cache`. All others are made from the
    settings, as in production. Whoever passes a component closes it.

    Raises:
        TelemetryError: the metrics endpoint cannot listen.
        ValueError: a signing key file, an issuer or the access table is unusable; the message names it.
        TypeError: there is no component of an overridden name.
    """
    components = Components(settings, **overrides)
    components.make_all()
    admission = components.admission
    components.metrics.issuers_known(components.verifier.keys_available)
    dependencies = {
        "recommendations": components.recommendations,
        "shoppers": components.shoppers,
        "facts": components.facts,
        "live": components.live,
        "readiness": Readiness(components.live, components.verifier, settings.ready_without_snapshot),
    }
    lifespan, metrics = components.lifespan, components.metrics
    api = create_app(components.routes, dependencies, admission, metrics, lifespan)
    return Service(_with_request_layers(api, admission, components), api, components)


def _with_request_layers(api: Litestar, admission: Admission, components: Components) -> ASGIApp:
    """Wraps the application in the layers of every request. The last one is outermost."""
    settings, metrics = components.settings, components.metrics
    cache = ResponseCache[KeptResponse](components.live, components.profiles, RESPONSE_BYTES)
    app: ASGIApp = DirectResponses(cast("ASGIApp", api), cache, admission, components.recommendations)
    if components.login:
        app = ProblemPages(app, components.login.sessions.read)
    read_session = components.login.sessions.read if components.login else None
    app = EarlyRejection(Compression(app), api, admission.shares, UNCOUNTED)
    app = Authentication(app, components.verifier, read_session)
    app = RequestLimits(
        app,
        metrics,
        max_seconds=settings.request_seconds,
        bodies=BodyMemory(settings.body_memory_bytes, metrics),
    )
    if components.login:
        app = ProblemPages(app, components.login.sessions.read)
    if settings.cors_origins:
        app = CrossOrigin(app, settings.cors_origins)
    app = HeadRequests(SecurityHeaders(app))
    app = PathPrefix(app, settings.path_prefix)
    telemetry = components.telemetry
    measuring = telemetry.measuring or settings.console_enabled
    return cast("ASGIApp", RequestTelemetryMiddleware(app, telemetry, metrics, measuring=measuring))
