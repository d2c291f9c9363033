"""The first page: what is served, and where to begin."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from service.console.pages.rendering import Page, page
from service.http.authentication import CONSOLE
from service.snapshots.live import LiveSnapshot


@get(CONSOLE, include_in_schema=False)
async def overview(request: Request[Any, Any, Any], live: NamedDependency[LiveSnapshot]) -> Page:
    """The live snapshot in numbers, and a search for shoppers."""
    serving = live.loaded
    return page(request, "overview.html", manifest=serving.manifest if serving else None)
