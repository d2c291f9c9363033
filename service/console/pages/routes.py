"""All pages of the console."""

from typing import Any

from litestar import Request, Router, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from adapters.catalog import id_fault
from service.console.login import Login
from service.console.login.forms import check_form
from service.console.pages.catalog_map import map_handlers
from service.console.pages.comparison import comparison_handlers
from service.console.pages.data import data_page
from service.console.pages.errors import page_errors
from service.console.pages.guest import guest
from service.console.pages.live import live_page
from service.console.pages.login import login_handlers
from service.console.pages.overview import overview
from service.console.pages.products import product_handlers
from service.console.pages.shoppers import shopper, shoppers
from service.console.pages.snapshots import snapshot_handlers
from service.console.rendering.static_files import static_file
from service.http.middleware.authentication import CONSOLE

_MAX_FORM_BYTES = 64 * 1024

PAGES = (
    overview,
    shoppers,
    shopper,
    guest,
    *map_handlers,
    *snapshot_handlers,
    *comparison_handlers,
    data_page,
    live_page,
    *product_handlers,
)
"""Handlers of the pages. Each needs a line in the access table `routes.access.PAGES`."""


@get(f"{CONSOLE}/{{path:path}}", include_in_schema=False)
async def unknown_page(path: FromPath[str]) -> None:
    """Answers every other address with a page, too."""
    del path
    raise NotFoundException


def _is_no_id(value: str) -> bool:
    """True for what cannot name a shopper or product.

    The server puts U+FFFD in the place of invalid UTF-8.
    """
    return id_fault(value) is not None or "\ufffd" in value


def console_routes(login: Login) -> Router:
    """The pages, which exist only where the console is turned on."""

    async def check(request: Request[Any, Any, Any]) -> None:
        await check_form(request, login.config.public_url)
        if any(_is_no_id(value) for name, value in request.path_params.items() if name != "path"):
            raise NotFoundException

    return Router(
        path="/",
        route_handlers=[*login_handlers, static_file, *PAGES, unknown_page],
        dependencies={"login": Provide(lambda: login, sync_to_thread=False)},
        before_request=check,
        exception_handlers=page_errors(),
        request_max_body_size=_MAX_FORM_BYTES,
    )
