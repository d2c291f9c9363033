"""The ASGI application for a server that takes a factory."""

from litestar.types import ASGIApp

from service.settings import ServiceSettings
from service.wiring import build_service


def create() -> ASGIApp:
    """The application, made from the environment.

    As `uvicorn --factory service.asgi:create --http service.http.uvicorn_protocol:BoundedHttpProtocol`.
    """
    return build_service(ServiceSettings()).app
