"""Composition root of `serve`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
from litestar import Litestar, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from catalog.auth.jwks import IssuerKeys
from catalog.auth.tokens import TokenVerifier
from catalog.database import Database
from catalog.errors import CatalogError
from catalog.instants import Clock, system_clock
from catalog.repositories.loads import LoadRepository
from catalog.repositories.products import ProductRepository
from catalog.repositories.purchases import PurchaseRepository
from catalog.repositories.users import UserRepository
from catalog.routes import health, loads, problems, products, purchases, users
from catalog.routes.requests import check_path
from catalog.settings import CatalogSettings
from catalog.telemetry.tracing import Tracing

_ISSUER_TIMEOUT_SECONDS = 5.0

# Loading them takes 30 ms.
_certificates = cache(httpx.create_ssl_context)


def create_app(settings: CatalogSettings, clock: Clock = system_clock) -> Litestar:
    """Creates the application, which owns the database and the HTTP client for the issuer."""
    database = Database(settings.database_url, timeout_seconds=settings.database_timeout_seconds)
    client = httpx.AsyncClient(timeout=_ISSUER_TIMEOUT_SECONDS, verify=_certificates())

    tracing = Tracing(settings.otlp_endpoint) if settings.otlp_endpoint else None

    @asynccontextmanager
    async def closing(_app: Litestar) -> AsyncIterator[None]:
        async with client:
            yield
        await database.close()
        if tracing is not None:
            await asyncio.to_thread(tracing.close)

    return Litestar(
        route_handlers=[health.live, health.ready, _v1(_guards(settings, client))],
        dependencies=_dependencies(database, clock),
        exception_handlers={
            CatalogError: problems.catalog_problem,
            HTTPException: problems.http_problem,
            Exception: problems.unexpected_problem,
        },
        lifespan=[closing],
        middleware=[] if tracing is None else [tracing.middleware],
        openapi_config=None,
        logging_config=None,
    )


def _v1(guards: list[Guard]) -> Router:
    return Router(
        "/v1",
        guards=guards,
        route_handlers=[
            products.list_products,
            products.put_product,
            products.delete_product,
            purchases.list_purchases,
            purchases.record_purchases,
            users.get_user,
            users.list_user_purchases,
            loads.list_loads,
        ],
    )


def _dependencies(database: Database, clock: Clock) -> dict[str, Provide]:
    components = {
        "database": database,
        "products": ProductRepository(database, clock),
        "purchases": PurchaseRepository(database, clock),
        "users": UserRepository(database),
        "loads": LoadRepository(database),
    }
    return {name: _provide(component) for name, component in components.items()}


def _provide(component: object) -> Provide:
    return Provide(lambda: component, sync_to_thread=False)


def _guards(settings: CatalogSettings, client: httpx.AsyncClient) -> list[Guard]:
    if settings.issuer is None or settings.jwks_url is None:
        return [check_path]
    verifier = TokenVerifier(
        issuer=settings.issuer,
        audience=settings.audience,
        keys=IssuerKeys(settings.jwks_url, client),
    )

    async def require_token(
        connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
    ) -> None:
        await verifier.verify(connection.headers.get("authorization"))

    return [require_token, check_path]
