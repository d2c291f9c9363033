"""Client of the catalog's HTTP API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from adapters.catalog.answers import decode_body, ensure_valid_products, ensure_valid_purchases
from adapters.catalog.bounds import Bounds
from adapters.catalog.calls import SafeCalls
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import CatalogContractViolation
from adapters.catalog.exchange import Answer
from adapters.catalog.feed import pages
from adapters.catalog.ids import id_fault, path_segment
from adapters.catalog.wire import Page, Product, Purchase, UserRecord

_PRODUCT_PAGE = msgspec.json.Decoder(Page[Product])
_PURCHASE_PAGE = msgspec.json.Decoder(Page[Purchase])
_USER = msgspec.json.Decoder(UserRecord)


class CatalogClient:
    """Reads products, purchases and users over HTTP.

    Every external failure is a CatalogError. Invalid ids are never sent, since no catalog can know them.
    """

    def __init__(
        self,
        base_url: str,
        *,
        bounds: Bounds | None = None,
        tokens: ClientCredentials | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Creates the client without opening a connection.

        Args:
            base_url: URL that `/v1` is below, such as `https://shop.example/catalog`.
            bounds: limits on time, attempts, size and connections.
            tokens: source of the bearer token, closed with the client. None sends no token.
            breaker: rejects calls while the catalog is down. None disables it.

        Raises:
            ValueError: `base_url` is not an HTTP URL.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"the catalog's URL must look like https://host/path, not {base_url!r}")
        self._root = base_url.rstrip("/") + "/v1"
        self._bounds = bounds or Bounds()
        self._tokens = tokens
        self._calls = SafeCalls(self._bounds, tokens, breaker)

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """Yields the products page by page, including deleted ones with `deleted_at`.

        Args:
            updated_since: earliest update to include, an aware datetime.
        """
        query = {"limit": str(self._bounds.products_per_page)} | _time_parameter(
            "updated_since", updated_since
        )
        return pages(f"{self._root}/products", query, self._product_page, self._bounds.max_empty_pages)

    def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """Yields the purchases page by page, in the order in which they were recorded.

        Args:
            since: earliest recording time to include, an aware datetime.
        """
        query = {"limit": str(self._bounds.purchases_per_page)} | _time_parameter("since", since)
        return pages(f"{self._root}/purchases", query, self._purchase_page, self._bounds.max_empty_pages)

    async def user(self, user_id: str) -> UserRecord | None:
        """Returns a user with preferences, or None if the user is unknown."""
        answer = await self._find_user(user_id, "")
        if answer is None:
            return None
        record = decode_body(answer, _USER, "a user")
        if record.id != user_id:
            raise CatalogContractViolation(f"{answer.call}: the answer is about another user")
        return record

    async def user_purchases(self, user_id: str, limit: int = 500) -> list[Purchase] | None:
        """Returns a user's purchases, newest first, or None if the user is unknown.

        Args:
            user_id: any string. An invalid id is unknown.
            limit: maximum number of purchases, 1 to 5,000.
        """
        answer = await self._find_user(user_id, f"/purchases?limit={limit}")
        if answer is None:
            return None
        purchases = decode_body(answer, _PURCHASE_PAGE, "a page of purchases").items
        ensure_valid_purchases(answer.call, purchases)
        if any(purchase.user_id != user_id for purchase in purchases):
            raise CatalogContractViolation(f"{answer.call}: the answer holds purchases of another user")
        return purchases

    async def close(self) -> None:
        """Closes all connections, including those to the token issuer."""
        await self._calls.close()
        if self._tokens is not None:
            await self._tokens.close()

    async def _find_user(self, user_id: str, rest: str) -> Answer | None:
        if id_fault(user_id) is not None:
            return None
        return await self._calls.find(f"{self._root}/users/{path_segment(user_id)}{rest}")

    async def _product_page(self, url: str) -> Page[Product]:
        answer = await self._calls.get(url)
        page = decode_body(answer, _PRODUCT_PAGE, "a page of products")
        ensure_valid_products(answer.call, page.items)
        return page

    async def _purchase_page(self, url: str) -> Page[Purchase]:
        answer = await self._calls.get(url)
        page = decode_body(answer, _PURCHASE_PAGE, "a page of purchases")
        ensure_valid_purchases(answer.call, page.items)
        return page


def _time_parameter(name: str, time: datetime | None) -> dict[str, str]:
    """Formats a time as a query parameter: RFC 3339 in UTC with microseconds."""
    if time is None:
        return {}
    if time.tzinfo is None:
        raise ValueError(f"{name} must be an aware datetime, not {time!r}")
    return {name: time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")}
