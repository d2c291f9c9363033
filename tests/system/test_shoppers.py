"""Preferences, export and erasure over HTTP, two pods, and outages."""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.servers.ports import unused_port
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_for
from tests.system.conftest import Stack
from tests.system.stack import odd_shop
from tests.system.stack.processes import Server, run_here
from tests.system.stack.shoppers import Caller, event, user_path
from tests.system.test_events import problem
from tests.system.test_outages import service_with


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Caller:
    return Caller(stack, stack.service_url)


@pytest.fixture
def stranger() -> str:
    return f"new {uuid.uuid4().hex}"


@pytest.fixture
def pods(
    stack: Stack, own_redis: RedisServer, postgres_database_url: str, tmp_path: Path
) -> Iterator[tuple[Caller, Caller]]:
    """Two pods with the same Redis and the same database."""
    # Profiles stay fresh for an hour, so pods learn of changes through Redis only.
    changes = {
        "SERVICE_REDIS_URL": own_redis.url,
        "SERVICE_DATABASE_URL": postgres_database_url,
        "SERVICE_PROFILE_FRESH_SECONDS": "3600",
        "SERVICE_PROFILE_STALE_SECONDS": "3600",
    }
    assert run_here(["service", "migrate"], changes).returncode == 0
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    (first, first_url), (second, second_url) = (service_with(stack, changes, folder) for folder in folders)
    with first, second:
        first.wait_until_ready()
        second.wait_until_ready()
        yield Caller(stack, first_url), Caller(stack, second_url)


def within_a_second(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 1.0
    while not (held := holds()) and time.monotonic() < deadline:
        pass  # each check is a request and takes time itself
    return held


def is_gone(pod: Caller, shopper: str, product: str) -> bool:
    return product not in pod.shown(shopper, limit=20)


def test_change_in_one_pod_reaches_every_pod_within_a_second(
    pods: tuple[Caller, Caller], stranger: str
) -> None:
    for shopper in (stranger, odd_shop.user_id(4)):
        for here, there in (pods, pods[::-1]):
            # A database that is slow to answer leaves the first page empty: what is hidden is not known yet.
            first = wait_for(partial(there.shown, shopper, limit=20), bool)[0]
            assert first in here.shown(shopper, limit=20)
            here.accept(event(shopper, first, "hide"))
            assert within_a_second(partial(is_gone, there, shopper, first))
            assert first not in here.shown(shopper, limit=20)
    one, other = pods
    path = f"{user_path(stranger)}/preferences"
    hidden = one.shown(stranger)[0]
    assert one.call("PUT", path, json={"hidden_products": [hidden]}).status_code == 200
    assert within_a_second(partial(is_gone, other, stranger, hidden))


def test_erased_shopper_is_removed_from_every_pod(
    pods: tuple[Caller, Caller], own_redis: RedisServer
) -> None:
    one, other = pods
    shopper = odd_shop.user_id(7)
    one.accept(*(event(shopper, odd_shop.product_id(n)) for n in range(3)))
    one.call("PUT", f"{user_path(shopper)}/preferences", json={"liked_brands": ["Brand 1"]})
    for pod in pods:
        assert pod.recommendations(shopper)["strategy"] == "personalised"
    receipt = one.call("DELETE", user_path(shopper)).raise_for_status().json()
    assert receipt["user_id"] == shopper
    assert receipt["removed"] == {"events": 3, "profiles": 1, "preferences": 1}
    assert abs(datetime.fromisoformat(receipt["erased_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    for pod in pods:
        answer = pod.recommendations(shopper)
        assert (answer["strategy"], answer["degraded"]) == ("popular", [])
    exported = other.call("GET", f"{user_path(shopper)}/profile").json()
    assert (exported["events"], exported["purchases"], exported["preferences"]) == ([], [], None)
    late = event(shopper, odd_shop.product_id(1), "purchase", occurred_at="2026-01-01T00:00:00Z")
    assert other.record(late).json() == {"accepted": 0, "duplicates": 0, "ignored": 1}
    new = event(shopper, odd_shop.product_id(1), occurred_at=datetime.now(UTC).isoformat())
    assert other.record(new).json() == {"accepted": 1, "duplicates": 0}
    assert one.recommendations(shopper)["strategy"] == "personalised"
    own_redis.stop()
    answer = one.call("DELETE", user_path(shopper))
    assert problem(answer, 503, "storage-unavailable")
    assert answer.headers["retry-after"]
    assert len(other.call("GET", f"{user_path(shopper)}/profile").json()["events"]) == 1
    own_redis.start()
    receipt = wait_for(
        lambda: one.call("DELETE", user_path(shopper)), lambda answer: answer.status_code == 200
    )
    assert receipt.json()["removed"]["events"] == 1


def test_recommendations_continue_without_the_database_and_writes_fail(stack: Stack, tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{unused_port()}/none"
    server, url = service_with(stack, {"SERVICE_DATABASE_URL": nowhere}, tmp_path)
    writes_fail(stack, server, url, "unavailable", "none")  # Nobody knows what the shopper hid.


def test_missing_migration_is_named(stack: Stack, tmp_path: Path) -> None:
    empty = {"SERVICE_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    server, url = service_with(stack, empty, tmp_path)
    writes_fail(stack, server, url, "migrate", "personalised")


def writes_fail(stack: Stack, server: Server, url: str, said: str, strategy: str) -> None:
    shopper = odd_shop.user_id(5)
    with server:
        server.wait_until_ready()
        pod = Caller(stack, url)
        answer = pod.recommendations(shopper)
        assert answer["degraded"] == ["database"]
        assert answer["strategy"] == strategy
        path = user_path(shopper)
        for refused in (
            pod.record(event(shopper, "p")),
            pod.call("PUT", f"{path}/preferences", json={}),
            pod.call("GET", f"{path}/preferences"),
            pod.call("GET", f"{path}/profile"),
            pod.call("DELETE", path),
        ):
            assert said in problem(refused, 503, "storage-unavailable")["detail"]
            assert refused.headers["retry-after"] == "5"


def test_preferences_are_returned_as_they_were_set(shop: Caller, stranger: str) -> None:
    path = f"{user_path(stranger)}/preferences"
    nothing = {
        "liked_categories": [],
        "disliked_categories": [],
        "liked_brands": [],
        "disliked_brands": [],
        "price_min": None,
        "price_max": None,
        "hidden_products": [],
    }
    empty = {"user_id": stranger, "preferences": nothing, "updated_at": None}
    assert shop.call("GET", path).json() == empty
    own = {"liked_categories": ["Bakery"], "price_max": 9.5, "hidden_products": [odd_shop.product_id(1)]}
    answer = shop.call("PUT", path, json=own).json()
    assert answer["preferences"] == nothing | own
    assert shop.call("GET", path).json() == answer
    assert shop.call("PUT", path, json={}).json()["preferences"] == nothing


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"liked_categories": ["a"] * 101}, "/liked_categories"),
        ({"liked_brands": [" "]}, "/liked_brands/0"),
        ({"disliked_brands": ["x" * 501]}, "/disliked_brands/0"),
        ({"liked_brands": ["x"], "disliked_brands": ["y", "X "]}, "/disliked_brands/1"),
        ({"liked_categories": ["A > B"], "disliked_categories": ["a>b"]}, "/disliked_categories/0"),
        ({"hidden_products": ["a", "b/c"]}, "/hidden_products/1"),
        ({"hidden_products": ["a"] * 1001}, "/hidden_products"),
        ({"price_min": 2, "price_max": 1}, "/price_min"),
        ({"price_min": -1}, "/price_min"),
        ({"liked_categories": "Bakery"}, "/liked_categories"),
        ({"liked_categories": [1]}, "/liked_categories/0"),
        ({"color": "red"}, ""),
        ([], ""),
    ],
)
def test_invalid_preferences_are_rejected(shop: Caller, stranger: str, body: object, pointer: str) -> None:
    path = f"{user_path(stranger)}/preferences"
    errors = problem(shop.call("PUT", path, json=body), 422, "invalid-request")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


def test_export_contains_all_stored_data(shop: Caller) -> None:
    shopper = odd_shop.user_id(12)
    shop.recommendations(shopper)
    more = {"quantity": 3, "price": 2.5, "recommendation_id": "a.b", "order_id": "2026/7"}
    sent = event(shopper, odd_shop.product_id(2), "purchase", **more)
    shop.accept(sent)
    shop.call("PUT", f"{user_path(shopper)}/preferences", json={"liked_brands": ["Brand 2"]})
    document = shop.call("GET", f"{user_path(shopper)}/profile").raise_for_status().json()
    found = document["events"][0]
    assert datetime.fromisoformat(found.pop("occurred_at")) == datetime.fromisoformat(sent.pop("occurred_at"))
    assert found == sent
    assert len(document["purchases"]) == 12
    assert document["preferences"]["liked_brands"] == ["Brand 2"]
    assert document["user_id"] == shopper
    assert document["erased_at"] is None


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/preferences", "profiles:read"),
        ("PUT", "/preferences", "profiles:write"),
        ("GET", "/profile", "profiles:read"),
        ("DELETE", "", "users:erase"),
    ],
)
def test_shoppers_reach_only_their_own_data(
    stack: Stack, stranger: str, method: str, path: str, scope: str
) -> None:
    own = Caller(stack, stack.service_url, subject=stranger, scope=scope)
    body = {"json": {}} if method == "PUT" else {}
    assert own.call(method, f"{user_path(stranger)}{path}", **body).status_code == 200
    refused = own.call(method, f"{user_path('another')}{path}", **body)
    problem(refused, 403, "forbidden")
    assert f'scope="{scope}.any"' in refused.headers["www-authenticate"]
    without = Caller(stack, stack.service_url, subject=stranger, scope="recommendations:read")
    problem(without.call(method, f"{user_path(stranger)}{path}", **body), 403, "forbidden")
    assert (
        httpx.request(method, f"{stack.service_url}{user_path(stranger)}{path}", timeout=60).status_code
        == 401
    )
