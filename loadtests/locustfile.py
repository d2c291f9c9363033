"""Shoppers for Locust: `locust --locustfile loadtests/locustfile.py --host http://…` (see README.md).

A visit begins with recommendations. The shopper looks at some of them and at what is similar, as more popular ones
draw more attention, puts one into the cart, sometimes buys it, and comes back: then it must not be offered again.
After some visits the shopper leaves, and somebody else takes the place.
"""

import itertools
import random
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from gevent.lock import Semaphore
from locust import FastHttpUser, LoadTestShape, between, events, task
from locust.runners import WorkerRunner

# Locust puts the folder of this file on the path, not the one above it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loadtests import settings as settings_module
from loadtests.answers import (
    Content,
    Fault,
    Page,
    content_of,
    nothing_wrong,
    offers,
    page_of,
    some_events_refused,
)
from loadtests.popularity import ZipfChoice
from loadtests.stages import wanted
from loadtests.tokens import ASKING, Client, TokenRefused, Tokens
from loadtests.watch import Watch

try:
    SETTINGS = settings_module.read()
    WATCH = Watch(SETTINGS)
    WATCH.attach(events)
except (ValueError, OSError) as reason:
    sys.exit(f"load test: {reason}")

TOKENS = Tokens(Client(SETTINGS.client_id, SETTINGS.client_secret))

_SHOPPER_SCOPE = "recommendations:read events:write"
_SHOP_SCOPE = "recommendations:read.any"
_POPULAR_PAGES = 3
_BUYS = 0.4
_LEAVES = 0.2
_NUMBERS = itertools.count()
_SOLD: list[ZipfChoice] = []
_ASKING = Semaphore()


class Shopper(FastHttpUser):
    """What all shoppers can do; calls are named for what they are, not for whom."""

    abstract = True
    wait_time = between(0.5, 2.0)
    connection_timeout = network_timeout = 10.0
    insecure = False  # certificates are verified

    def on_start(self) -> None:
        """Somebody, with chance of its own."""
        runner = self.environment.runner
        worker = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        self.chance = random.Random(f"{SETTINGS.seed}/{worker}/{next(_NUMBERS)}")
        self.arrive()

    def arrive(self) -> None:
        """Makes this somebody."""

    def token(self) -> str:
        """What a call is authorised with: the shop's own token. Raises TokenRefused."""
        return TOKENS.token(None, _SHOP_SCOPE, self.fetch_token)

    def fetch_token(self, form: dict[str, str]) -> tuple[str, float]:
        """Asks the issuer, and counts that as a call like any other."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        content = self._exchange("POST", SETTINGS.token_url, ASKING, headers, urlencode(form))
        if "access_token" not in content:
            raise TokenRefused
        return content["access_token"], float(content["expires_in"])

    def get(self, path: str, name: str, fault: Fault = nothing_wrong) -> Page:
        """A page of products; an empty one when the call failed (which Locust counts)."""
        return page_of(self._call("GET", path, name, None, fault))

    def post(self, path: str, name: str, body: Content, fault: Fault = nothing_wrong) -> Content:
        """The content of the answer, empty when the call failed."""
        return self._call("POST", path, name, body, fault)

    def look_at(self, product: str) -> Page:
        """Products like this one."""
        return self.get(f"/v1/products/{quote(product, safe='')}/similar?limit=10", "GET similar")

    def shop_is_open(self) -> bool:
        """Whether it is known what is sold; the first shopper of this process asks, the others come back later."""
        if not _SOLD and _ASKING.acquire(blocking=False):
            try:
                if popular := self._popular():
                    _SOLD.append(ZipfChoice(popular))
            finally:
                _ASKING.release()
        return bool(_SOLD)

    def any_product(self) -> str:
        """A product that people talk about."""
        return _SOLD[0].draw(self.chance)

    def one_of(self, page: Page) -> str:
        """One from a page: what stands first is seen first."""
        return ZipfChoice(page.products).draw(self.chance) if page.products else self.any_product()

    def _popular(self) -> list[str]:
        found: list[str] = []
        cursor = ""
        for _ in range(_POPULAR_PAGES):
            content = self._call("GET", f"/v1/popular?limit=100{cursor}", "GET popular", None, nothing_wrong)
            found += page_of(content).products
            if "next_cursor" not in content:
                break
            cursor = f"&cursor={quote(content['next_cursor'], safe='')}"
        return found

    def _call(self, method: str, path: str, name: str, body: Content | None, fault: Fault) -> Content:
        try:
            headers = {"authorization": f"Bearer {self.token()}"}
        except TokenRefused:
            return {}
        return self._exchange(method, path, name, headers, body, fault)

    def _exchange(
        self,
        method: str,
        url: str,
        name: str,
        headers: dict[str, str],
        body: Content | str | None,
        fault: Fault = nothing_wrong,
    ) -> Content:
        sent = {"data": body} if isinstance(body, str) else {"json": body}
        with self.client.request(
            method, url, name=name, headers=headers, catch_response=True, **sent
        ) as answer:
            if not answer.status_code:  # no answer at all: Locust knows why
                return {}
            content, wrong = content_of(answer.status_code, answer.content, fault)
            if wrong:
                answer.failure(wrong)
            return content


class KnownShopper(Shopper):
    """Has bought here before."""

    weight = 6
    who = ""

    def arrive(self) -> None:
        """One of the shop's shoppers."""
        self.who = self.chance.choice(SETTINGS.shoppers)

    def token(self) -> str:
        """The shopper's own."""
        return TOKENS.token(self.who, _SHOPPER_SCOPE, self.fetch_token)

    @task
    def visit(self) -> None:
        """From the first page to what is bought, and back."""
        if not self.shop_is_open():
            return
        page = self.get(self._own_page(), "GET recommendations")
        product = self.one_of(page)
        seen = [self._event("impression", one, page) for one in page.products[:5]]
        self._send([*seen, self._event("click", product, page), self._event("view", product)])
        product = self.one_of(self.look_at(product))
        self._send([self._event("cart", product)])
        if self.chance.random() < _BUYS and self._send([self._event("purchase", product)]):
            self.get(self._own_page(), "GET recommendations (after buying)", offers(product))
        if self.chance.random() < _LEAVES:
            self.arrive()

    def _own_page(self) -> str:
        return f"/v1/users/{quote(self.who, safe='')}/recommendations?limit=20"

    def _send(self, batch: list[dict[str, str]]) -> bool:
        """Tells the service what happened; whether it took it."""
        return bool(self.post("/v1/events", "POST events", {"events": batch}, some_events_refused))

    def _event(self, kind: str, product: str, page: Page | None = None) -> dict[str, str]:
        event = {
            "id": str(uuid.uuid4()),
            "user_id": self.who,
            "product_id": product,
            "kind": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        shown = page is not None and page.recommendation_id
        return {**event, "recommendation_id": shown} if shown else event


class NewShopper(KnownShopper):
    """Signed up a moment ago."""

    weight = 2

    def arrive(self) -> None:
        """Nobody has this id yet, and nobody will again."""
        TOKENS.forget(self.who, _SHOPPER_SCOPE)
        self.who = f"loadtest-{uuid.uuid4()}"


class Guest(Shopper):
    """Looks around without an account; the shop asks in its own name."""

    weight = 2

    @task
    def browse(self) -> None:
        """Looks at some products; what was looked at shapes what comes next."""
        if not self.shop_is_open():
            return
        looked_at: list[str] = [self.any_product()]
        for _ in range(self.chance.randint(1, 4)):
            interactions = [{"product_id": product, "kind": "view"} for product in looked_at]
            body = {"interactions": interactions, "limit": 10}
            page = page_of(self.post("/v1/recommendations", "POST recommendations (guest)", body))
            product = self.one_of(page)
            self.look_at(product)
            looked_at.append(product)


class Shape(LoadTestShape):
    """The shape that `LOADTEST_SHAPE` names."""

    def tick(self) -> tuple[int, float] | None:
        """Shoppers and arrivals per second now; None ends the run."""
        now = wanted(SETTINGS.stages, self.get_run_time(), SETTINGS.scale)
        WATCH.completed = now is None
        if WATCH.given_up:
            return None
        return WATCH.closing(self.runner) if now is None else now
