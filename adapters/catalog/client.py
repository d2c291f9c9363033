"""The catalog as service and indexer see it."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from adapters.catalog.answers import decoded, ensure_valid_products, ensure_valid_purchases
from adapters.catalog.bounds import Bounds
from adapters.catalog.calls import SafeCalls
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import CatalogContractViolation
from adapters.catalog.exchange import Answer
from adapters.catalog.feed import pages
from adapters.catalog.ids import id_fault, id_lists, in_path
from adapters.catalog.wire import Page, Product, Purchase, UserRecord

_PRODUCT_PAGE = msgspec.json.Decoder(Page[Product])
_PURCHASE_PAGE = msgspec.json.Decoder(Page[Purchase])
_USER = msgspec.json.Decoder(UserRecord)


class CatalogClient:
    """Reads the catalog over HTTP; whatever goes wrong outside is a CatalogError.

    Ids that break the contract's rule are never sent: no catalog knows them.
    """

    def __init__(
        self,
        base_url: str,
        *,
        bounds: Bounds | None = None,
        tokens: ClientCredentials | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Opens no connection yet.

        Args:
            base_url: where `/v1` is found, such as `https://shop.example/catalog`.
            bounds: limits on time, attempts, size and connections.
            tokens: where the bearer token comes from; closed with the client. None sends no token.
            breaker: refuses calls while the catalog is down; None never does.

        Raises:
            ValueError: `base_url` is no http(s) URL.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"the catalog's URL must look like https://host/path, not {base_url!r}")
        self._root = base_url.rstrip("/") + "/v1"
        self._bounds = bounds or Bounds()
        self._tokens = tokens
        self._calls = SafeCalls(self._bounds, tokens, breaker)

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """All products, deleted ones with `deleted_at`, page after page.

        Args:
            updated_since: only those updated at this time (aware) or later.
        """
        query = {"limit": str(self._bounds.products_per_page)} | _moment("updated_since", updated_since)
        return pages(f"{self._root}/products", query, self._product_page, self._bounds.max_empty_pages)

    def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """All purchases in the order of their recording, page after page.

        Args:
            since: only those recorded at this time (aware) or later.
        """
        query = {"limit": str(self._bounds.purchases_per_page)} | _moment("since", since)
        return pages(f"{self._root}/purchases", query, self._purchase_page, self._bounds.max_empty_pages)

    async def products_by_id(self, ids: Iterable[str]) -> list[Product]:
        """The products among `ids` that the catalog knows, in no particular order."""
        found: list[Product] = []
        url = f"{self._root}/products?ids="
        valid = (value for value in ids if id_fault(value) is None)
        for asked, encoded in id_lists(valid, self._bounds.max_url_bytes - len(url)):
            products = (await self._product_page(url + encoded)).items
            others = [product.id for product in products if product.id not in asked]
            if others:
                raise CatalogContractViolation(
                    f"GET {url}{encoded}: {others[0]!r} came, which was not asked for"
                )
            found += products
        return found

    async def user(self, user_id: str) -> UserRecord | None:
        """One user with preferences; None when the catalog does not know them."""
        answer = await self._about_user(user_id, "")
        if answer is None:
            return None
        record = decoded(answer, _USER, "a user")
        if record.id != user_id:
            raise CatalogContractViolation(f"{answer.call}: another user came")
        return record

    async def user_purchases(self, user_id: str, limit: int = 500) -> list[Purchase] | None:
        """A user's purchases, newest first; None when the catalog does not know the user.

        Args:
            user_id: any string; one that breaks the rule for ids is unknown.
            limit: at most this many, 1 to 5,000.
        """
        answer = await self._about_user(user_id, f"/purchases?limit={limit}")
        if answer is None:
            return None
        purchases = decoded(answer, _PURCHASE_PAGE, "a page of purchases").items
        ensure_valid_purchases(answer.call, purchases)
        if any(purchase.user_id != user_id for purchase in purchases):
            raise CatalogContractViolation(f"{answer.call}: purchases of another user came")
        return purchases

    async def close(self) -> None:
        """Closes all connections, those to the token issuer too."""
        await self._calls.close()
        if self._tokens is not None:
            await self._tokens.close()

    async def _about_user(self, user_id: str, rest: str) -> Answer | None:
        if id_fault(user_id) is not None:
            return None
        return await self._calls.find(f"{self._root}/users/{in_path(user_id)}{rest}")

    async def _product_page(self, url: str) -> Page[Product]:
        answer = await self._calls.get(url)
        page = decoded(answer, _PRODUCT_PAGE, "a page of products")
        ensure_valid_products(answer.call, page.items)
        return page

    async def _purchase_page(self, url: str) -> Page[Purchase]:
        answer = await self._calls.get(url)
        page = decoded(answer, _PURCHASE_PAGE, "a page of purchases")
        ensure_valid_purchases(answer.call, page.items)
        return page


def _moment(name: str, moment: datetime | None) -> dict[str, str]:
    """A point in time as a query parameter: RFC 3339 in UTC, to the microsecond."""
    if moment is None:
        return {}
    if moment.tzinfo is None:
        raise ValueError(f"{name} must be an aware datetime, not {moment!r}")
    return {name: moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")}
