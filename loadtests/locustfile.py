"""Shoppers for Locust: `locust --locustfile loadtests/locustfile.py --host http://…` (see README.md).

A visit begins with recommendations. The shopper looks at some of them and at what is similar, as more popular ones
draw more attention, puts one into the cart, sometimes buys it, and comes back: then it must not be offered again.
"""

import logging
import random
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from locust import HttpUser, LoadTestShape, between, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

# Locust puts the folder of this file on the path, not the one above it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loadtests import settings as settings_module
from loadtests import thresholds
from loadtests.popularity import ZipfChoice
from loadtests.stages import SHAPES, wanted
from loadtests.tokens import Client, Tokens

SETTINGS = settings_module.read()
SCOPE = "recommendations:read events:write"
SERVICE_SCOPE = "recommendations:read.any"
_TOKEN_SECONDS = 10.0
_POPULAR_PAGES = 3
_STATISTICS = 0.95, 0.99
_LOG = logging.getLogger("loadtests")


def _fetch(form: dict[str, str]) -> tuple[str, float]:
    answer = requests.post(SETTINGS.token_url, data=form, timeout=_TOKEN_SECONDS)
    answer.raise_for_status()
    content = answer.json()
    return content["access_token"], float(content["expires_in"])


TOKENS = Tokens(Client(SETTINGS.client_id, SETTINGS.client_secret), _fetch)
CHANCE = random.Random(SETTINGS.seed)


class Shopper(HttpUser):
    """What all shoppers can do; calls are named for what they are, not for whom."""

    abstract = True
    wait_time = between(0.5, 2.0)
    products: ZipfChoice | None = None

    def on_start(self) -> None:
        """Who it is; and once for all, what is sold."""
        self.chance = random.Random(CHANCE.random())
        self.who = self.identity()
        if Shopper.products is None:
            Shopper.products = ZipfChoice(self._popular())

    def identity(self) -> str | None:
        """The shopper's id; None for a guest."""
        return None

    def call(self, method: str, path: str, name: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """One call; its answer's content, empty when it was refused (which Locust counts)."""
        scope = SERVICE_SCOPE if self.who is None else SCOPE
        headers = {"authorization": f"Bearer {TOKENS.token(self.who, scope)}"}
        with self.client.request(
            method, path, name=name, headers=headers, catch_response=True, **arguments
        ) as answer:
            if not answer.ok:
                answer.failure(f"{answer.status_code}")
                return {}
            content: dict[str, Any] = answer.json()
            return content

    def look_at(self, product: str) -> list[str]:
        """Products like this one."""
        path = f"/v1/products/{quote(product, safe='')}/similar?limit=10"
        return _ids(self.call("GET", path, "GET similar"))

    def any_product(self) -> str:
        """A product that people talk about."""
        assert Shopper.products is not None  # noqa: S101  made when the first shopper came
        return Shopper.products.draw(self.chance)

    def one_of(self, products: list[str]) -> str:
        """One from a page: what stands first is seen first."""
        return ZipfChoice(products).draw(self.chance) if products else self.any_product()

    def _popular(self) -> list[str]:
        found: list[str] = []
        cursor = ""
        for _ in range(_POPULAR_PAGES):
            page = self.call("GET", f"/v1/popular?limit=100{cursor}", "GET popular")
            found += _ids(page)
            if "next_cursor" not in page:
                break
            cursor = f"&cursor={quote(page['next_cursor'], safe='')}"
        return found


class KnownShopper(Shopper):
    """Has bought here before."""

    weight = 6

    def identity(self) -> str | None:
        """One of the shop's shoppers."""
        return self.chance.choice(SETTINGS.shoppers)

    @task
    def visit(self) -> None:
        """From the first page to what is bought, and back."""
        assert self.who is not None  # noqa: S101  only guests are nobody
        page = self.recommendations()
        product = self.one_of(page)
        seen = [self._event("impression", one) for one in page[:5]]
        self.send([*seen, self._event("click", product), self._event("view", product)])
        product = self.one_of(self.look_at(product))
        self.send([self._event("cart", product)])
        if self.chance.random() < 0.4:
            self.send([self._event("purchase", product)])
            if product in self.recommendations():
                self._offered_again()

    def recommendations(self) -> list[str]:
        """The shopper's own page."""
        path = f"/v1/users/{quote(str(self.who), safe='')}/recommendations?limit=20"
        return _ids(self.call("GET", path, "GET recommendations"))

    def send(self, batch: list[dict[str, str]]) -> None:
        """Tells the service what happened."""
        self.call("POST", "/v1/events", "POST events", json={"events": batch})

    def _event(self, kind: str, product: str) -> dict[str, str]:
        return {
            "id": str(uuid.uuid4()),
            "user_id": str(self.who),
            "product_id": product,
            "kind": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }

    def _offered_again(self) -> None:
        self.environment.events.request.fire(
            request_type="CHECK",
            name="a bought product is not offered again",
            response_time=0,
            response_length=0,
            exception=AssertionError("it was"),
            context={},
        )


class NewShopper(KnownShopper):
    """Signed up a moment ago."""

    weight = 2

    def identity(self) -> str | None:
        """Nobody has this id yet."""
        return f"loadtest-{uuid.uuid4()}"


class Guest(Shopper):
    """Looks around without an account; the shop asks in its own name."""

    weight = 2

    @task
    def browse(self) -> None:
        """Looks at some products; what was looked at shapes what comes next."""
        looked_at: list[str] = [self.any_product()]
        for _ in range(self.chance.randint(1, 4)):
            interactions = [{"product_id": product, "kind": "view"} for product in looked_at]
            body = {"interactions": interactions, "limit": 10}
            page = _ids(self.call("POST", "/v1/recommendations", "POST recommendations (guest)", json=body))
            product = self.one_of(page)
            self.look_at(product)
            looked_at.append(product)


class Shape(LoadTestShape):
    """The shape that `LOADTEST_SHAPE` names."""

    def tick(self) -> tuple[int, float] | None:
        """Shoppers and arrivals per second now; None ends the run."""
        return wanted(SHAPES[SETTINGS.shape], self.get_run_time(), SETTINGS.scale)


@events.quitting.add_listener
def compare_with_thresholds(environment: Environment, **_: object) -> None:
    """Fails the run when a limit was not kept."""
    if isinstance(environment.runner, WorkerRunner):
        return
    entries = [(entry.name, entry) for entry in environment.stats.entries.values()]
    measured = [
        thresholds.Measured(
            name,
            entry.num_requests,
            entry.num_failures,
            *map(entry.get_response_time_percentile, _STATISTICS),
        )
        for name, entry in [*entries, (thresholds.TOTAL, environment.stats.total)]
    ]
    found = thresholds.breaches(thresholds.read(SETTINGS.shape), measured)
    raised = environment.runner.exceptions.values() if environment.runner else ()
    found += [f"{one['count']} shoppers gave up: {one['msg']}" for one in raised]
    for sentence in found:
        _LOG.error("threshold: %s", sentence)
    environment.process_exit_code = 1 if found else 0


def _ids(page: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in page.get("items", ())]
