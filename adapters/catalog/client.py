"""Client of the catalog's HTTP API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from opentelemetry.trace import Tracer

from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.contract import Load, LoadList, Page, Product, Purchase, UserRecord
from adapters.catalog.errors import CatalogContractViolation
from adapters.catalog.feed import FeedPages
from adapters.catalog.http_client import NO_TRACER, CallObserver, HttpResponse, ignore_call
from adapters.catalog.ids import id_fault, path_segment
from adapters.catalog.records import PRODUCTS, PURCHASES, RecordReader, T, read_user
from adapters.catalog.rejections import ReadReport, Reporter, ignore_report
from adapters.catalog.response_checks import read_body
from adapters.catalog.retries import RetryingClient, RetryObserver, ignore_retry
from adapters.urls import without_secrets

Content = TypeVar("Content")

_LOADS = msgspec.json.Decoder(LoadList)
_LARGE_BYTES = 128 * 1024


class CatalogClient:
    """Reads products, purchases and users over HTTP.

    Every external failure is a CatalogError. Invalid records are skipped and reported. Invalid ids are never sent,
    since no catalog can know them.
    """

    def __init__(
        self,
        base_url: str,
        *,
        bounds: Bounds | None = None,
        tokens: ClientCredentials | None = None,
        breaker: CircuitBreaker | None = None,
        report: Reporter = ignore_report,
        on_retry: RetryObserver = ignore_retry,
        tracer: Tracer = NO_TRACER,
        on_call: CallObserver = ignore_call,
    ) -> None:
        """Creates the client without opening a connection.

        Args:
            base_url: URL that `/v1` is below, such as `https://shop.example/catalog`.
            bounds: limits on time, attempts, size and connections.
            tokens: source of the bearer token, closed with the client. None sends no token.
            breaker: rejects calls while the catalog is down. None disables it.
            report: called with the numbers of accepted and rejected records of each response.
            on_retry: called with each failure after which a call is repeated.
            tracer: makes a span of each request.
            on_call: called after each attempt of a call.

        Raises:
            ValueError: `base_url` is not an HTTP URL.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(
                f"the catalog's URL must look like https://host/path, not {without_secrets(base_url)!r}"
            )
        self._root = base_url.rstrip("/") + "/v1"
        self._bounds = bounds or Bounds()
        self._tokens = tokens
        self._report = report
        self._calls = RetryingClient(self._bounds, tokens, breaker, tracer, on_retry, on_call)

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """Yields the products page by page, including deleted ones with `deleted_at`.

        Args:
            updated_since: earliest update to include, an aware datetime.
        """
        query, limit = _time_parameter("updated_since", updated_since), self._bounds.products_per_page
        feed = FeedPages(f"{self._root}/products", query, limit, self._bounds.max_products, self._bounds)
        return feed.read(lambda url, max_bytes: self._page(url, max_bytes, PRODUCTS))

    def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """Yields the purchases page by page, in the order in which they were recorded.

        Args:
            since: earliest recording time to include, an aware datetime.
        """
        query, limit = _time_parameter("since", since), self._bounds.purchases_per_page
        feed = FeedPages(f"{self._root}/purchases", query, limit, self._bounds.max_purchases, self._bounds)
        return feed.read(lambda url, max_bytes: self._page(url, max_bytes, PURCHASES))

    async def user(self, user_id: str) -> UserRecord | None:
        """Returns a user with preferences, or None if the user is unknown."""
        response = await self._find_user(user_id, "")
        if response is None:
            return None
        record, rejected = await _read(response, read_user, "a user")
        if record.id != user_id:
            raise CatalogContractViolation(f"{response.call}: the answer is about another user")
        self._report(ReadReport("user", 1, tuple(rejected)))
        return record

    async def user_purchases(self, user_id: str, limit: int = 500) -> list[Purchase] | None:
        """Returns a user's purchases and refunds, newest first.

        None stands for an unknown user.

        Args:
            user_id: normalized id, or any other string. An invalid id is unknown.
            limit: maximum number of purchases, 1 to 5,000.
        """
        response = await self._find_user(user_id, f"/purchases?limit={limit}")
        if response is None:
            return None
        page, rejected = await _read(response, PURCHASES.read, "a page of purchases")
        own = [purchase for purchase in page.items if purchase.user_id == user_id]
        others = [purchase for purchase in page.items if purchase.user_id != user_id]
        rejected += [PURCHASES.rejection(purchase, "it is of another user") for purchase in others]
        self._report(ReadReport("purchase", len(own), tuple(rejected)))
        return own[:limit]

    async def loads(self, limit: int) -> list[Load]:
        """Returns facts about the latest loads of files, newest first.

        A catalog that does not have the call has none.

        Args:
            limit: maximum number of loads, 1 to 20.
        """
        response = await self._calls.find_optional(f"{self._root}/loads?limit={limit}")
        return [] if response is None else read_body(response, _LOADS.decode, "a list of loads").items[:limit]

    async def close(self) -> None:
        """Closes all connections, including those to the token issuer."""
        await self._calls.close()
        if self._tokens is not None:
            await self._tokens.close()

    async def _find_user(self, user_id: str, rest: str) -> HttpResponse | None:
        if id_fault(user_id) is not None:
            return None
        return await self._calls.find(f"{self._root}/users/{path_segment(user_id)}{rest}")

    async def _page(self, url: str, max_bytes: int, records: RecordReader[T]) -> Page[T]:
        response = await self._calls.get(url, max_bytes)
        page, rejected = await _read(response, records.read, f"a page of {records.kind}s")
        self._report(ReadReport(records.kind, len(page.items), tuple(rejected), response.date))
        return page


async def _read(response: HttpResponse, read: Callable[[bytes], Content], expected: str) -> Content:
    """Reads a body as `read_body`.

    A large one is read in a thread, so that the event loop goes on.
    """
    if len(response.body) <= _LARGE_BYTES:
        return read_body(response, read, expected)
    return await asyncio.to_thread(read_body, response, read, expected)


def _time_parameter(name: str, time: datetime | None) -> dict[str, str]:
    """Formats a time as a query parameter: RFC 3339 in UTC with microseconds."""
    if time is None:
        return {}
    if time.tzinfo is None:
        raise ValueError(f"{name} must be an aware datetime, not {time!r}")
    return {name: time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")}
