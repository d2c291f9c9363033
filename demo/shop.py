"""HTTP client of the demo's catalog and service."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

_SECONDS = 30.0
_IDS_PER_CALL = 50
_PAGE = 10_000
_PAGES = 3
_MAX_PAGES = 100
"""Pages that are read if the first ones are guests'."""
_LONG_ENOUGH = 10


class UnexpectedAnswer(Exception):
    """An unexpected answer of the catalog or the service.

    The text names the call and the answer.
    """


@dataclass(frozen=True)
class Bought:
    """One product in a shopper's history, latest purchase first."""

    product_id: str
    day: str


@dataclass(frozen=True)
class Recommended:
    """One recommended product and its reason, as the service gives it.

    `explained` is true if the reason names products that the shopper bought.
    """

    product_id: str
    reason: str
    explained: bool = False


@dataclass(frozen=True)
class Shopper:
    """A shopper's history and recommendations."""

    user_id: str
    history: list[Bought]
    strategy: str
    recommended: list[Recommended]

    @property
    def interest(self) -> tuple[int, int, int]:
        """Larger for shoppers whose lists show more."""
        explained = sum(item.explained for item in self.recommended)
        return explained, len(self.recommended), min(len(self.history), _LONG_ENOUGH)


class Shop:
    """Client of a running catalog and service. Close it after use."""

    def __init__(self, catalog_url: str, service_url: str) -> None:
        self._catalog_url = catalog_url
        self._service_url = service_url
        self._client = httpx.Client(timeout=_SECONDS, trust_env=False)

    def __enter__(self) -> "Shop":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def candidates(self, count: int) -> list[str]:
        """Up to `count` shoppers with histories of all lengths, shortest first.

        Who bought one product is a candidate only if nobody bought more: one purchase explains little. Only the first
        pages of the catalog's purchases are read. The choice is the same each time.
        """
        products: defaultdict[str, set[str]] = defaultdict(set)
        cursor: str | None = None
        for number in range(_MAX_PAGES):
            parameters = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
            page = self._get(f"{self._catalog_url}/v1/purchases", parameters)
            for purchase in page["items"]:
                if purchase["user_id"] is not None:
                    products[purchase["user_id"]].add(purchase["product_id"])
            cursor = page["next_cursor"]
            if cursor is None or (number + 1 >= _PAGES and len(products) >= count):
                break
        ordered = sorted(products, key=lambda user: (len(products[user]), user))
        several = [user for user in ordered if len(products[user]) > 1]
        ordered = several if len(several) >= count else ordered[-count:]
        step = max(1, len(ordered) // count)
        return ordered[step - 1 :: step][:count]

    def shopper(self, user_id: str, token: str, limit: int) -> Shopper:
        """History and recommendations of a shopper."""
        headers = {"authorization": f"Bearer {token}"}
        answer = self._get(recommendations_url(self._service_url, user_id), {"limit": limit}, headers)
        return Shopper(user_id, self.history(user_id), str(answer["strategy"]), _items(answer))

    def popular(self, token: str, limit: int) -> list[Recommended]:
        """Popular products."""
        headers = {"authorization": f"Bearer {token}"}
        return _items(self._get(f"{self._service_url}/v1/popular", {"limit": limit}, headers))

    def bought_together(self, product_id: str, token: str, limit: int) -> list[Recommended]:
        """Products bought together with a product, without popular ones."""
        url = f"{self._service_url}/v1/products/{quote(product_id, safe='')}/bought-together"
        answer = self._get(url, {"limit": limit}, {"authorization": f"Bearer {token}"})
        return [item for item in _items(answer) if item.explained]

    def verdict(self, token: str) -> str:
        """The console's answer whether the last build was better, with its numbers."""
        headers = {"authorization": f"Bearer {token}"}
        found = self._get(f"{self._service_url}/v1/console/snapshots", {}, headers)["verdict"]
        return " ".join([found["text"], *found["details"]])

    def products_for_sale(self) -> int:
        """Number of the catalog's products, without deleted ones, up to 10,000."""
        items = self._get(f"{self._catalog_url}/v1/products", {"limit": _PAGE})["items"]
        return sum(item["deleted_at"] is None for item in items)

    def history(self, user_id: str) -> list[Bought]:
        """Distinct products of the last 500 purchases, latest first."""
        url = f"{self._catalog_url}/v1/users/{quote(user_id, safe='')}/purchases"
        purchases = self._get(url, {"limit": 500})["items"]
        latest: dict[str, str] = {}
        for purchase in purchases:  # newest first
            latest.setdefault(purchase["product_id"], purchase["purchased_at"])
        return [Bought(product, moment[: len("2017-12-31")]) for product, moment in latest.items()]

    def titles(self, product_ids: Iterable[str]) -> dict[str, str]:
        """Titles by product id. Unknown ids are absent."""
        wanted = list(dict.fromkeys(product_ids))
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _IDS_PER_CALL):
            ids = _id_list(wanted[start : start + _IDS_PER_CALL])
            for product in self._get(f"{self._catalog_url}/v1/products", {"ids": ids})["items"]:
                found[product["id"]] = product["title"] or product["id"]
        return found

    def _get(
        self, url: str, parameters: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = self._client.get(url, params=parameters, headers=headers)
        except httpx.TransportError as error:
            raise UnexpectedAnswer(f"GET {url} failed: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise UnexpectedAnswer(f"GET {url} answered {answer.status_code}: {answer.text[:300]}")
        content: dict[str, Any] = answer.json()
        return content


def _items(answer: dict[str, Any]) -> list[Recommended]:
    return [
        Recommended(item["product_id"], item["reason"]["text"], bool(item["reason"]["because"]))
        for item in answer["items"]
    ]


def recommendations_url(service_url: str, user_id: str) -> str:
    """URL of a shopper's recommendations. The id is percent-encoded once."""
    return f"{service_url}/v1/users/{quote(user_id, safe='')}/recommendations"


def repeated_titles(titles: dict[str, str], product_ids: Sequence[str]) -> set[str]:
    """Titles that belong to more than one of the products."""
    counts = Counter(titles.get(product, product) for product in dict.fromkeys(product_ids))
    return {title for title, count in counts.items() if count > 1}


def _id_list(ids: Sequence[str]) -> str:
    return ",".join(product.replace("\\", "\\\\").replace(",", "\\,") for product in ids)
