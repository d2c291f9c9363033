"""Answers without the router, which equal those of the router."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from re import fullmatch
from string import printable
from threading import Event
from typing import Any

import httpx
import pytest
from litestar import Router
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.catalog import MAX_ID_CHARACTERS, Purchase
from recommender.snapshot.overlay import Overlay, ProductChange
from service.routes import ROUTES
from service.routes.direct.routed_calls import PLAIN_ID
from service.routes.parameters import checked_id
from tests.support.builders.published_snapshots import ListedCatalog, shop
from tests.support.builders.served_shop import ServedShop, served_shop

FOR_YOU, BUY_AGAIN = "/v1/users/{}/recommendations", "/v1/users/{}/buy-again"
ROUTED: list[str] = []
"""Paths of the requests that were routed."""


class Noted:
    """Notes routed requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ROUTED.append(scope["path"])
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    routes = [Router("/", route_handlers=ROUTES, middleware=[Noted])]
    with served_shop(shop(), tmp_path_factory.mktemp("direct"), overrides={"routes": routes}) as running:
        yield running


def ask(served: ServedShop, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    return served.client.get(path, headers={"authorization": f"Bearer {token or served.token()}"} | headers)


def answer(
    served: ServedShop, path: str, *, routed: bool, token: str | None = None, status: int = 200
) -> Any:
    ROUTED.clear()
    answered = ask(served, path, token)
    assert answered.status_code == status, answered.text
    assert bool(ROUTED) == routed
    return answered.json()


def without_id(answered: httpx.Response) -> tuple[dict[str, Any], dict[str, str]]:
    document = answered.json()
    del document["recommendation_id"]
    changing = {"x-request-id", "ratelimit", "content-length"}  # The id compresses differently.
    return document, {name: value for name, value in answered.headers.items() if name not in changing}


@pytest.mark.parametrize(
    "query",
    [
        "limit=3",
        "category=Bakery&brand=none",
        "in_stock=true&price_min=2&price_max=40",
        "exclude=p1,p2&strict_filtering=false&category=Garden",
        "include_purchased=true&limit=7",
        "diversity=0.5",
        "explain=true&expand=product&limit=4",
    ],
)
@pytest.mark.parametrize("path", [FOR_YOU, BUY_AGAIN])
def test_direct_responses_are_those_of_the_router(served: ServedShop, path: str, query: str) -> None:
    if path == BUY_AGAIN:
        query = query.replace("include_purchased=true&", "")
    url = f"{path}?{query}"
    ROUTED.clear()
    # The router's cases differ in their host.
    routed = {user: ask(served, url.format(user), host=user) for user in ("u1", "u2", "nobody")}
    assert len(ROUTED) == 3
    served.components.live.apply_overlay(Overlay())  # No kept answer is valid.
    ROUTED.clear()
    direct = {user: ask(served, url.format(user), host="u1") for user in routed}
    assert not ROUTED
    for user, answered in routed.items():
        assert without_id(answered) == without_id(direct[user])


def test_direct_pages_follow_each_other(served: ServedShop) -> None:
    def pages(user_id: str) -> Iterator[list[str]]:
        cursor = ""
        for _ in range(4):
            document = ask(served, f"{FOR_YOU.format(user_id)}?limit=6{cursor}&in_stock=true").json()
            yield [item["product_id"] for item in document["items"]]
            cursor = f"&cursor={document['next_cursor']}"

    first = list(pages("u4"))
    ROUTED.clear()
    assert len({item for page in pages("u6") for item in page}) == 24
    served.components.live.apply_overlay(Overlay())
    assert list(pages("u4")) == first
    assert not ROUTED


def test_cursor_of_another_list_is_rejected(served: ServedShop) -> None:
    url = FOR_YOU.format("{}") + "?limit=6&in_stock=true&strict_filtering=true"
    own, other = (ask(served, url.format(user)).json()["next_cursor"] for user in ("u4", "u6"))
    answer(served, f"{url.format('u4')}&cursor={own}", routed=True)
    answer(served, f"{url.format('u6')}&cursor={other}", routed=False)
    for wrong in (f"cursor={own}", f"cursor={other}&cursor={own}", "cursor=", f"cursor={'x' * 40}"):
        answer(served, f"{url.format('u6')}&{wrong}", routed=True, status=422)


@pytest.mark.parametrize(
    "url",
    [
        "/v1/users/u8/recommendations?limit=9&cursor",
        "/v1/users/u8/recommendations?limit=9&limit=9",
        "/v1/users/u8/recommendations?limit=900",
        "/v1/users/u8/buy-again?limit=9&include_purchased=true",
        "/v1/users/%2E%2E/recommendations?limit=9",
        "/v1/users/%ff/recommendations?limit=9",
        f"/v1/users/{'u' * 201}/recommendations?limit=9",
    ],
)
def test_requests_that_the_router_rejects_are_rejected_again(served: ServedShop, url: str) -> None:
    ask(served, f"{FOR_YOU.format('u7')}?limit=9")
    ask(served, f"{BUY_AGAIN.format('u7')}?limit=9")
    statuses = [ask(served, url).status_code for _ in range(2)]
    assert statuses[0] == statuses[1]
    assert statuses[0] in (404, 422)


def test_only_callers_of_the_shopper_get_a_direct_answer(served: ServedShop) -> None:
    url = f"{FOR_YOU}?limit=11"
    own = served.token(sub="u9", scope="recommendations:read")
    for user in ("u8", "u9"):
        answer(served, url.format(user), routed=user == "u8")
    answer(served, url.format("u9"), routed=False, token=own)
    unscoped = served.token(sub="u9", scope="profiles:read")
    assert (
        ask(served, url.format("u10"), own).status_code
        == ask(served, url.format("u9"), unscoped).status_code
        == 403
    )
    assert served.client.get(url.format("u9")).status_code == 401


def test_other_spellings_and_invalid_hosts_are_routed(served: ServedShop) -> None:
    url = f"{FOR_YOU}?limit=12"
    answer(served, url.format("u12"), routed=True)
    answer(served, url.format("u13"), routed=False)
    for spelling in ("u14%20", "u%31%34", "\u00fc"):
        answer(served, url.format(spelling), routed=True)
    assert ask(served, url.format("u15"), host="no host").status_code == 400


def test_long_urls_and_hosts_are_not_kept(served: ServedShop) -> None:
    url = f"{FOR_YOU}?limit=15"
    for extra, host in ((f"&exclude={'x' * 190},{'y' * 190},{'z' * 190}", "shop"), ("", f"{'h' * 600}.test")):
        ROUTED.clear()
        answers = [ask(served, url.format(user) + extra, host=host) for user in ("u19", "u20")]
        assert len(ROUTED) == [answered.status_code for answered in answers].count(200)


@pytest.mark.parametrize("path", [FOR_YOU, BUY_AGAIN])
def test_direct_responses_show_the_current_products(served: ServedShop, path: str) -> None:
    url = f"{path}?limit=13"
    shown = answer(served, url.format("u16"), routed=True)["items"]
    for item in shown:
        served.components.live.apply_overlay(Overlay({item["product_id"]: ProductChange(True, True, None)}))
        items = answer(served, url.format("u16"), routed=False)["items"]
        assert item["product_id"] not in [each["product_id"] for each in items]
    served.components.live.apply_overlay(Overlay())


def test_direct_responses_are_counted_and_limited(tmp_path: Path) -> None:
    settings = {"shopper_requests_per_minute": 30}
    with served_shop(shop(), tmp_path, settings=settings) as served:
        url, labels = f"{FOR_YOU}?limit={{}}", {"scenario": "for-you", "strategy": "personalised"}
        ask(served, url.format("u1", 3))
        before = [ask(served, url.format("u2", limit)) for limit in (3, 4)]
        assert served.count("recommender.answers", **labels) == 3
        assert len({answered.headers["ratelimit"] for answered in before}) == 2
        answers = [ask(served, url.format("u2", 3)) for _ in range(8)]
        assert {answered.status_code for answered in answers} == {200, 429}
        assert ask(served, url.format("u3", 3)).status_code == 200


def test_answers_that_depend_on_the_time_are_computed_each_time(served: ServedShop) -> None:
    for _ in range(3):
        ask(served, BUY_AGAIN.format("u18"))
    assert served.count("recommender.repeated", scenario="buy-again") == 0


def test_plain_ids_are_valid_and_in_normal_form() -> None:
    names = [name for one in printable for name in (one, f"{one}.", f"a{one}")]
    plain = [name for name in (*names, "a" * MAX_ID_CHARACTERS) if fullmatch(PLAIN_ID, name)]
    assert len(plain) > 150
    assert [checked_id("user_id", name) for name in plain] == plain
    assert not fullmatch(PLAIN_ID, "a" * (MAX_ID_CHARACTERS + 1))


def test_direct_responses_follow_the_shopper(served: ServedShop) -> None:
    url = FOR_YOU.format("u21")
    ask(served, f"{FOR_YOU.format('u22')}?limit=16")
    shown = [item["product_id"] for item in answer(served, f"{url}?limit=17", routed=True)["items"]]
    for number, product_id in enumerate(shown[:2]):
        hide = {"id": f"d{number}", "user_id": "u21", "kind": "hide", "product_id": product_id}
        assert served.post(
            "/v1/events", {"events": [hide | {"occurred_at": "2026-01-01T00:00:00Z"}]}
        ).is_success
        items = answer(served, f"{url}?limit=16", routed=False)["items"]
        assert product_id not in [item["product_id"] for item in items]


@dataclass
class Held(ListedCatalog):
    """A catalog that answers for one shopper only when it is released."""

    asked: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        if user_id == "held":
            self.asked.set()
            await asyncio.to_thread(self.released.wait)
        return await super().user_purchases(user_id, limit)


def test_direct_responses_wait_for_their_turn(tmp_path: Path) -> None:
    catalog = Held(*vars(shop()).values())
    with (
        ThreadPoolExecutor(3) as threads,
        served_shop(catalog, tmp_path, settings={"max_in_flight": 1}) as served,
    ):
        for user, limit in (("u1", 3), ("u2", 3), ("u3", 4)):
            ask(served, f"{FOR_YOU.format(user)}?limit={limit}")
        held = threads.submit(ask, served, FOR_YOU.format("held"))
        assert catalog.asked.wait(30)
        others = [threads.submit(ask, served, f"{FOR_YOU.format(user)}?limit=4") for user in ("u1", "u2")]
        done, waiting = wait(others, 30, FIRST_COMPLETED)
        catalog.released.set()
        assert [each.result().status_code for each in (*done, *waiting, held)] == [503, 200, 200]
