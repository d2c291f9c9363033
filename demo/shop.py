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
    """One recommended product and its reason, as the service gives it."""

    product_id: str
    reason: str


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

    def typical_shoppers(self, count: int) -> list[str]:
        """Up to `count` shoppers with a history of medium length.

        Only the first pages of the catalog's purchases are read. The choice is the same each time.
        """
        products: defaultdict[str, set[str]] = defaultdict(set)
        cursor: str | None = None
        for _ in range(_PAGES):
            parameters = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
            page = self._get(f"{self._catalog_url}/v1/purchases", parameters)
            for purchase in page["items"]:
                products[purchase["user_id"]].add(purchase["product_id"])
            cursor = page["next_cursor"]
            if cursor is None:
                break
        ordered = sorted(products, key=lambda user: (len(products[user]), user))
        # From the median to two thirds: enough purchases to explain the recommendations.
        step = max(1, len(ordered) // 12)
        start = max(0, min(len(ordered) // 2, len(ordered) - count * step))
        return ordered[start::step][:count]

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

    def recommendations(self, user_id: str, token: str, limit: int) -> tuple[str, list[Recommended]]:
        """The strategy and the recommended products."""
        headers = {"authorization": f"Bearer {token}"}
        answer = self._get(recommendations_url(self._service_url, user_id), {"limit": limit}, headers)
        items = [Recommended(item["product_id"], item["reason"]["text"]) for item in answer["items"]]
        return str(answer["strategy"]), items

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


def recommendations_url(service_url: str, user_id: str) -> str:
    """URL of a shopper's recommendations. The id is percent-encoded once."""
    return f"{service_url}/v1/users/{quote(user_id, safe='')}/recommendations"


def repeated_titles(titles: dict[str, str], product_ids: Sequence[str]) -> set[str]:
    """Titles that belong to more than one of the products."""
    counts = Counter(titles.get(product, product) for product in dict.fromkeys(product_ids))
    return {title for title, count in counts.items() if count > 1}


def _id_list(ids: Sequence[str]) -> str:
    return ",".join(product.replace("\\", "\\\\").replace(",", "\\,") for product in ids)
