"""Cursor pagination of the catalog's feeds, with limits on size and number of pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from adapters.catalog.bounds import Bounds
from adapters.catalog.contract import Page
from adapters.catalog.errors import CatalogAnswerTooLarge, CatalogContractViolation, CatalogFeedTooLong

T = TypeVar("T")

_ENCODER = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class FeedPages:
    """Pages of one feed. `limit` halves while the responses are too large.

    After a page of one record it grows again, because a single large record was the reason.

    Attributes:
        url: URL of the feed.
        query: query parameters besides cursor and limit, sent with every page.
        limit: records per page.
        max_records: records of the feed. More are an error.
        bounds: limits on pages.
    """

    url: str
    query: Mapping[str, str]
    limit: int
    max_records: int
    bounds: Bounds
    _full: int = field(init=False)
    _grows: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Keeps the limit to grow to."""
        self._full = self.limit

    async def read(self, fetch: Callable[[str, int], Awaitable[Page[T]]]) -> AsyncIterator[list[T]]:
        """Yields the records of each non-empty page in order.

        Args:
            fetch: fetches one page by URL, of at most so many bytes.

        Raises:
            CatalogFeedTooLong: more pages or records than the bounds allow.
            CatalogContractViolation: repeated cursor, too many pages in a row without a new record, or a record that
                is larger than `max_record_bytes`.
        """
        seen: set[int] = set()
        cursor: str | None = None
        useless = pages = records = 0
        while True:
            page = await self._fetch(fetch, cursor)
            useless = 0 if page.items and _is_new(("page", _fingerprint(page.items)), seen) else useless + 1
            if page.items:
                yield page.items
            if page.next_cursor is None:
                return
            pages, records = pages + 1, records + len(page.items)
            if not _is_new(("cursor", page.next_cursor), seen):
                raise self._endless("its next_cursor is repeated", cursor)
            if useless > self.bounds.max_empty_pages:
                raise self._endless(f"{useless} pages in a row hold nothing new", cursor)
            if pages >= self.bounds.max_pages or records >= self.max_records:
                raise CatalogFeedTooLong(
                    f"GET {self._address(cursor)}: the feed goes on after {pages:,} pages and {records:,} records"
                )
            cursor = page.next_cursor

    async def _fetch(self, fetch: Callable[[str, int], Awaitable[Page[T]]], cursor: str | None) -> Page[T]:
        while True:
            alone = self.limit == 1
            try:
                # Even a record that is too large is read, because the cursor of the next one comes with it.
                page = await fetch(
                    self._address(cursor),
                    self.bounds.max_record_bytes if alone else self.bounds.max_page_bytes,
                )
            except CatalogAnswerTooLarge:
                if alone:
                    raise
                self.limit, self._grows = self.limit // 2, False
            else:
                self._grows = self._grows or alone
                if self._grows:
                    self.limit = min(2 * self.limit, self._full)
                return page

    def _address(self, cursor: str | None) -> str:
        query = {"limit": str(self.limit), **self.query} | ({} if cursor is None else {"cursor": cursor})
        return f"{self.url}?{urlencode(query, quote_via=quote)}"

    def _endless(self, finding: str, cursor: str | None) -> CatalogContractViolation:
        return CatalogContractViolation(f"GET {self._address(cursor)}: the feed never ends: {finding}")


def _is_new(key: object, seen: set[int]) -> bool:
    """True if `key` is new. Adds its hash to `seen`."""
    before = len(seen)
    seen.add(hash(key))
    return len(seen) > before


def _fingerprint(items: list[T]) -> bytes:
    """Identifies a page by its length and by its first and last record."""
    return _ENCODER.encode((len(items), items[0], items[-1]))
