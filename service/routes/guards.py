"""Who may call a route."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from service.auth import READ_RECOMMENDATIONS, authorize


def may_read(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets pass who may read recommendations: of the shopper in the path, where the path names one."""
    del handler
    authorize(connection.user, READ_RECOMMENDATIONS, connection.path_params.get("user_id"))
