"""Builds the service that is deployed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
    """Wraps the application in the layers of every request.

    They are listed in the order of its way in.
    """
    settings, metrics, login = components.settings, components.metrics, components.login
    telemetry = components.telemetry
    measuring = telemetry.measuring or settings.console_enabled
    bodies = BodyMemory(settings.body_memory_bytes, metrics)
    read_session = login.sessions.read if login else None
    pages = [partial(ProblemPages, read_session=read_session)] if read_session else []
    cache = ResponseCache[KeptResponse](components.live, components.profiles, RESPONSE_BYTES)
    layers: Sequence[Callable[[ASGIApp], ASGIApp]] = (
        partial(RequestTelemetryMiddleware, telemetry=telemetry, metrics=metrics, measuring=measuring),
        partial(PathPrefix, prefix=settings.path_prefix),
        HeadRequests,
        SecurityHeaders,
        *([partial(CrossOrigin, origins=settings.cors_origins)] if settings.cors_origins else []),
        *pages,
        partial(RequestLimits, metrics=metrics, max_seconds=settings.request_seconds, bodies=bodies),
        partial(Authentication, verifier=components.verifier, read_session=read_session),
        partial(EarlyRejection, api=api, shares=admission.shares, uncounted=UNCOUNTED),
        Compression,
        *pages,
        partial(
            DirectResponses, cache=cache, admission=admission, recommendations=components.recommendations
        ),
    )
    app = cast("ASGIApp", api)
    for layer in reversed(layers):
        app = layer(app)
    return app
