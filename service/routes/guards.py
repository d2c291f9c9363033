"""Who may call a route."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from service.auth import (
    ERASE_USERS,
    READ_PROFILES,
    READ_RECOMMENDATIONS,
    WRITE_EVENTS,
    WRITE_PROFILES,
    authorize,
)


def may_read(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may read recommendations: of the shopper in the path, where the path names one."""
    del handler
    authorize(connection.user, READ_RECOMMENDATIONS, connection.path_params.get("user_id"))


def may_write_events(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may write events of any shopper; whose they are is looked at event by event."""
    del handler
    authorize(connection.user, WRITE_EVENTS, None)


def may_read_profile(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may read what is stored of the shopper in the path."""
    del handler
    authorize(connection.user, READ_PROFILES, connection.path_params["user_id"])


def may_write_profile(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may set preferences of the shopper in the path."""
    del handler
    authorize(connection.user, WRITE_PROFILES, connection.path_params["user_id"])


def may_erase(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may erase the shopper in the path."""
    del handler
    authorize(connection.user, ERASE_USERS, connection.path_params["user_id"])
