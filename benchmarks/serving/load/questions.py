"""Requests of each row, made while it is measured.

Each function yields batches without an end. What a function sends itself, between two batches, is not measured.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from urllib.parse import quote

import numpy as np

from benchmarks.serving.load.client import get, post
from benchmarks.serving.programs.catalog import Histories, shopper_id
from benchmarks.serving.stack import Running, Stack

LENGTHS = (10, 50, 500)
"""Numbers of purchases of the shoppers."""

_PAGE = 20
_REPEATED = 200
_SHARED_PRODUCTS = 100


@dataclass
class Caller:
    """Makes requests of one service.

    Attributes:
        service: that is measured.
        filler: another service on the same stores, for rows that need one.
        histories: products of the snapshot.
    """

    stack: Stack
    service: Running
    histories: Histories
    filler: Callable[[], Running]
    generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    _shoppers: Iterator[int] = field(default_factory=count)
    _events: Iterator[int] = field(default_factory=count)

    def new_shoppers(self, number: int, lengths: tuple[int, ...] = LENGTHS) -> list[str]:
        """Ids of shoppers that were in no request yet."""
        return [shopper_id(lengths[each % len(lengths)], next(self._shoppers)) for each in range(number)]

    def known_shoppers(self, number: int, lengths: tuple[int, ...] = LENGTHS) -> list[str]:
        """Ids of shoppers whose recommendations were read once."""
        found = self.new_shoppers(number, lengths)
        self.service.client.send([self.for_you(user_id) for user_id in found])
        return found

    def get(self, path: str) -> bytes:
        """A request with the token."""
        return get(path, self.stack.token)

    def for_you(self, user_id: str, query: str = f"limit={_PAGE}") -> bytes:
        """A request for personal recommendations."""
        return self.get(f"/v1/users/{user_id}/recommendations?{query}")

    def event(self, user_id: str, kind: str, product_id: str) -> dict[str, str]:
        """An event that happens now."""
        return {
            "id": f"{user_id}-{next(self._events)}",
            "user_id": user_id,
            "product_id": product_id,
            "kind": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }

    def record(self, events: list[dict[str, str]]) -> bytes:
        """A request that records events."""
        return post("/v1/events", self.stack.token, {"events": events})

    def product(self) -> str:
        """The id of a product, popular ones more often."""
        return self.histories.ids.text(self.histories.product(self.generator))


Batches = Iterator[list[bytes]]


def health(caller: Caller) -> Batches:
    """The liveness probe, without a token."""
    while True:
        yield [get("/health/live")] * _REPEATED


def snapshot(caller: Caller) -> Batches:
    """The manifest, which needs a token and nothing else."""
    while True:
        yield [caller.get("/v1/snapshot")] * _REPEATED


def same_question(caller: Caller) -> Batches:
    """Recommendations of a few shoppers, again and again."""
    requests = [caller.for_you(user_id) for user_id in caller.known_shoppers(30)]
    while True:
        yield requests * (_REPEATED // len(requests))


def other_question(caller: Caller) -> Batches:
    """Four other questions of known shoppers. No question is asked twice."""
    products = caller.service.client.json([caller.get("/v1/popular?limit=100&expand=product")])[0]["items"]
    categories = sorted({item["product"]["category"].split(" > ")[0] for item in products})
    while True:
        users = caller.new_shoppers(60)
        pages = caller.service.client.json([caller.for_you(user_id) for user_id in users])
        # On a busy machine, a page may be degraded and have no next one.
        found = [(user_id, page) for user_id, page in zip(users, pages, strict=True) if "next_cursor" in page]
        yield [
            request
            for place, (user_id, page) in enumerate(found)
            for request in (
                caller.for_you(
                    user_id, f"limit={_PAGE}&category={quote(categories[place % len(categories)])}"
                ),
                caller.for_you(user_id, "limit=19"),
                caller.for_you(user_id, f"limit={_PAGE}&cursor={quote(page['next_cursor'])}"),
                caller.get(f"/v1/users/{user_id}/buy-again?limit={_PAGE}"),
            )
        ]


def shared_lists(caller: Caller) -> Batches:
    """The five shared lists, those of products for a hundred products."""
    lists = [caller.get(f"/v1/{name}?limit={_PAGE}") for name in ("popular", "trending", "new-arrivals")]
    found = caller.service.client.json([caller.get(f"/v1/popular?limit={_SHARED_PRODUCTS}")])[0]["items"]
    requests = [
        request
        for item in found
        for of_product in [f"/v1/products/{quote(item['product_id'], safe='')}"]
        for request in (
            *lists,
            caller.get(f"{of_product}/similar?limit={_PAGE}"),
            caller.get(f"{of_product}/bought-together?limit={_PAGE}"),
        )
    ]
    while True:
        yield requests


def after_event(length: int) -> Callable[[Caller], Batches]:
    """Recommendations of known shoppers after an event."""

    def batches(caller: Caller) -> Batches:
        while True:
            users = caller.known_shoppers(100, (length,))
            caller.service.client.send(
                [caller.record([caller.event(user_id, "view", caller.product())]) for user_id in users]
            )
            yield [caller.for_you(user_id) for user_id in users]

    return batches


def unseen_in_redis(caller: Caller) -> Batches:
    """Recommendations of shoppers whose profiles another process has written to Redis."""
    other = caller.filler().client
    while True:
        users = caller.new_shoppers(200, (50,))
        product_ids = [caller.product()]
        body = {"product_ids": product_ids}
        other.send(
            [post("/v1/rankings", caller.stack.token, {"user_id": user_id, **body}) for user_id in users]
        )
        yield [caller.for_you(user_id) for user_id in users]
