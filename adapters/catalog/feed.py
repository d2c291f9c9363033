"""Cursor pagination of the catalog's feeds, with detection of endless feeds."""

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
    """Yields the items of each non-empty page in order.

    Args:
        url: URL of the feed.
        query: query parameters besides the cursor, sent with every page.
        fetch: fetches one page by URL.
        max_empty_pages: consecutive empty pages after which the feed counts as endless.

    Raises:
        CatalogContractViolation: repeated cursor, or too many consecutive empty pages.
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
                    else "its next_cursor is repeated"
                )
            )
        cursors.add(page.next_cursor)
        address = f"{url}?{urlencode({**query, 'cursor': page.next_cursor}, quote_via=quote)}"
