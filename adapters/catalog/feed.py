"""Follows a feed's cursors, page by page, and notices one that never ends."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

from adapters.catalog.errors import CatalogContractViolation
from adapters.catalog.wire import Page

T = TypeVar("T")


async def pages(
    url: str,
    query: Mapping[str, str],
    fetch: Callable[[str], Awaitable[Page[T]]],
    max_empty_pages: int,
) -> AsyncIterator[list[T]]:
    """The items of every page that is not empty, in the feed's order.

    Args:
        url: of the feed.
        query: its parameters, the cursor apart; sent with every page.
        fetch: gets one page by its URL.
        max_empty_pages: how many in a row are taken for a feed without end.

    Raises:
        CatalogContractViolation: a cursor comes twice, or empty pages follow each other without end.
    """
    cursors: set[str] = set()
    empty = 0
    address = f"{url}?{urlencode(query, quote_via=quote)}"
    while True:
        page = await fetch(address)
        empty = 0 if page.items else empty + 1
        if page.items:
            yield page.items
        if page.next_cursor is None:
            return
        if page.next_cursor in cursors or empty > max_empty_pages:
            raise CatalogContractViolation(
                f"GET {address}: the feed never ends: "
                + (
                    f"{empty} empty pages in a row"
                    if empty > max_empty_pages
                    else "its next_cursor came before"
                )
            )
        cursors.add(page.next_cursor)
        address = f"{url}?{urlencode({**query, 'cursor': page.next_cursor}, quote_via=quote)}"
