"""Shoppers for Locust: `locust --locustfile loadtests/locustfile.py --host http://…` (see README.md).

A visit starts with recommendations. The shopper views one of them and a similar product, puts it into the cart, and
sometimes buys it and returns. A bought product must not be offered again. After some visits another shopper follows.
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

# Locust puts this file's folder on the path, but not the repository's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loadtests import settings as settings_module
from loadtests.answers import (
    Check,
    Content,
    Page,
    accept_any,
    all_events_accepted,
    does_not_offer,
    page_of,
    parse_answer,
)
from loadtests.monitor import RunMonitor
from loadtests.popularity import ZipfChoice
from loadtests.stages import target_load
from loadtests.tokens import ISSUER_CALL, Client, TokenRefused, Tokens

try:
    SETTINGS = settings_module.read()
    MONITOR = RunMonitor(SETTINGS)
    MONITOR.attach(events)
except (ValueError, OSError) as reason:
    sys.exit(f"error: {reason}")

TOKENS = Tokens(Client(SETTINGS.client_id, SETTINGS.client_secret))

_SHOPPER_SCOPE = "recommendations:read events:write"
_SHOP_SCOPE = "recommendations:read.any"
_POPULAR_PAGES = 3
_BUY_PROBABILITY = 0.4
_LEAVE_PROBABILITY = 0.2
_NUMBERS = itertools.count()
_POPULAR: list[ZipfChoice] = []
_LOADING_POPULAR = Semaphore()


class Shopper(FastHttpUser):
    """Calls that all shoppers share."""

    abstract = True
    wait_time = between(0.5, 2.0)
    connection_timeout = network_timeout = 10.0
    insecure = False  # certificates are verified

    def on_start(self) -> None:
        """Gives the shopper random numbers and an identity."""
        runner = self.environment.runner
        worker = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        self.rng = random.Random(f"{SETTINGS.seed}/{worker}/{next(_NUMBERS)}")
        self.choose_identity()

    def choose_identity(self) -> None:
        """Chooses the shopper's id. A guest has none."""

    def token(self) -> str:
        """The token for the next call: the shop's own. Raises TokenRefused."""
        return TOKENS.token(None, _SHOP_SCOPE, self.fetch_token)

    def fetch_token(self, form: dict[str, str]) -> tuple[str, float]:
        """Requests a token from the issuer, counted like any other call."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        content = self._exchange("POST", SETTINGS.token_url, ISSUER_CALL, headers, urlencode(form))
        if "access_token" not in content:
            raise TokenRefused
        return content["access_token"], float(content["expires_in"])

    def get(self, path: str, name: str, check: Check = accept_any) -> Page:
        """A page of products, empty when the call failed. Locust counts failures."""
        return page_of(self._call("GET", path, name, None, check))

    def post(self, path: str, name: str, body: Content, check: Check = accept_any) -> Content:
        """The content of an answer, empty when the call failed."""
        return self._call("POST", path, name, body, check)

    def view_similar(self, product: str) -> Page:
        """Requests products that are similar to this one."""
        return self.get(f"/v1/products/{quote(product, safe='')}/similar?limit=10", "GET similar")

    def knows_products(self) -> bool:
        """True once popular products are loaded.

        The first shopper of this process loads them. Others skip their turn until then.
        """
        if not _POPULAR and _LOADING_POPULAR.acquire(blocking=False):
            try:
                if popular := self._popular():
                    _POPULAR.append(ZipfChoice(popular))
            finally:
                _LOADING_POPULAR.release()
        return bool(_POPULAR)

    def popular_product(self) -> str:
        """One of the popular products."""
        return _POPULAR[0].draw(self.rng)

    def choose_from(self, page: Page) -> str:
        """One product of a page. Products at its top are chosen more often."""
        return ZipfChoice(page.products).draw(self.rng) if page.products else self.popular_product()

    def _popular(self) -> list[str]:
        found: list[str] = []
        cursor = ""
        for _ in range(_POPULAR_PAGES):
            content = self._call("GET", f"/v1/popular?limit=100{cursor}", "GET popular", None, accept_any)
            found += page_of(content).products
            if "next_cursor" not in content:
                break
            cursor = f"&cursor={quote(content['next_cursor'], safe='')}"
        return found

    def _call(self, method: str, path: str, name: str, body: Content | None, check: Check) -> Content:
        try:
            headers = {"authorization": f"Bearer {self.token()}"}
        except TokenRefused:
            return {}
        return self._exchange(method, path, name, headers, body, check)

    def _exchange(
        self,
        method: str,
        url: str,
        name: str,
        headers: dict[str, str],
        body: Content | str | None,
        check: Check = accept_any,
    ) -> Content:
        sent = {"data": body} if isinstance(body, str) else {"json": body}
        with self.client.request(
            method, url, name=name, headers=headers, catch_response=True, **sent
        ) as answer:
            if not answer.status_code:  # there is no answer, and Locust has recorded why
                return {}
            content, fault = parse_answer(answer.status_code, answer.content, check)
            if fault:
                answer.failure(fault)
            return content


class KnownShopper(Shopper):
    """A shopper who has bought here before."""

    weight = 6
    user_id = ""

    def choose_identity(self) -> None:
        """Chooses one of the known shoppers."""
        self.user_id = self.rng.choice(SETTINGS.shoppers)

    def token(self) -> str:
        """The shopper's own token."""
        return TOKENS.token(self.user_id, _SHOPPER_SCOPE, self.fetch_token)

    @task
    def visit(self) -> None:
        """Views, buys and checks the next page."""
        if not self.knows_products():
            return
        page = self.get(self._own_page(), "GET recommendations")
        product = self.choose_from(page)
        seen = [self._event("impression", shown, page) for shown in page.products[:5]]
        self._send([*seen, self._event("click", product, page), self._event("view", product)])
        product = self.choose_from(self.view_similar(product))
        self._send([self._event("cart", product)])
        if self.rng.random() < _BUY_PROBABILITY and self._send([self._event("purchase", product)]):
            self.get(self._own_page(), "GET recommendations (after buying)", does_not_offer(product))
        if self.rng.random() < _LEAVE_PROBABILITY:
            self.choose_identity()

    def _own_page(self) -> str:
        return f"/v1/users/{quote(self.user_id, safe='')}/recommendations?limit=20"

    def _send(self, batch: list[dict[str, str]]) -> bool:
        """Sends events. True when the service accepted them all."""
        return bool(self.post("/v1/events", "POST events", {"events": batch}, all_events_accepted))

    def _event(self, kind: str, product: str, page: Page | None = None) -> dict[str, str]:
        event = {
            "id": str(uuid.uuid4()),
            "user_id": self.user_id,
            "product_id": product,
            "kind": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        shown = page is not None and page.recommendation_id
        return {**event, "recommendation_id": shown} if shown else event


class NewShopper(KnownShopper):
    """A shopper who has just signed up."""

    weight = 2

    def choose_identity(self) -> None:
        """Makes up an id that is used once."""
        TOKENS.forget(self.user_id, _SHOPPER_SCOPE)
        self.user_id = f"loadtest-{uuid.uuid4()}"


class Guest(Shopper):
    """A visitor without an account. The shop calls with its own token."""

    weight = 2

    @task
    def browse(self) -> None:
        """Views some products, each recommended from those viewed before."""
        if not self.knows_products():
            return
        viewed: list[str] = [self.popular_product()]
        for _ in range(self.rng.randint(1, 4)):
            interactions = [{"product_id": product, "kind": "view"} for product in viewed]
            body = {"interactions": interactions, "limit": 10}
            page = page_of(self.post("/v1/recommendations", "POST recommendations (guest)", body))
            product = self.choose_from(page)
            self.view_similar(product)
            viewed.append(product)


class Shape(LoadTestShape):
    """The shape named by `LOADTEST_SHAPE`."""

    def tick(self) -> tuple[int, float] | None:
        """Shoppers and arrivals per second now. None ends the run."""
        now = target_load(SETTINGS.stages, self.get_run_time(), SETTINGS.scale)
        MONITOR.completed = now is None
        if MONITOR.aborted:
            return None
        return MONITOR.closing(self.runner) if now is None else now
