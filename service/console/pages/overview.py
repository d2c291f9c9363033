"""The first page: what is served, and where to begin."""

import asyncio
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.snapshots.published import SnapshotsUnreachable
from service.console.facts.snapshots.verdict import Verdict
from service.console.pages.shoppers import known_shoppers
from service.console.rendering.page import Page, page
from service.http.middleware.authentication import CONSOLE
from service.snapshots.live import LiveSnapshot

_SHOPPERS = 8
_PRODUCTS = 6
_STORAGE_SECONDS = 1.0


@get(CONSOLE, include_in_schema=False)
async def overview(
    request: Request[Any, Any, Any],
    live: NamedDependency[LiveSnapshot],
    facts: NamedDependency[ConsoleFacts],
) -> Page:
    """Questions to begin with, and the live snapshot in numbers."""
    serving = live.loaded
    known = await known_shoppers(facts, _SHOPPERS)
    popular = (await facts.search.find("", _PRODUCTS)).products if serving else []
    return page(
        request,
        "overview.html",
        manifest=serving.manifest if serving else None,
        known=known,
        popular=popular,
        verdict=await _verdict(facts),
    )


async def _verdict(facts: ConsoleFacts) -> Verdict | None:
    """The verdict on the live build, None while the storage is slow or down."""
    try:
        async with asyncio.timeout(_STORAGE_SECONDS):
            return (await facts.snapshots.all()).verdict
    except (SnapshotsUnreachable, TimeoutError):
        return None
