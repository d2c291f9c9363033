"""Rate limits over HTTP, of two processes with one Redis and without it."""

import json
import math
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from adapters.cache import RedisBounds, RedisCache
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_until
from tests.support.tokens import Forge

LIMIT = 200
BLOCK = 2
SETTINGS = {
    "SERVICE_SHOPPER_REQUESTS_PER_MINUTE": str(LIMIT),
    "SERVICE_CLIENT_REQUESTS_PER_MINUTE": "1000000",
}
ANY = "recommendations:read.any events:write.any"


@pytest.fixture(scope="module")
def shared() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def pods(folder: Path, shared: RedisServer, forge: Forge) -> Iterator[list[httpx.Client]]:
    with service_processes(folder, forge, 2, SETTINGS | {"SERVICE_REDIS_URL": shared.url}) as urls:
        clients = [httpx.Client(base_url=url, timeout=60) for url in urls]
        yield clients
        for client in clients:
            client.close()


@pytest.fixture(scope="module")
def lone_pod(folder: Path, forge: Forge) -> Iterator[httpx.Client]:
    """A pod that counts alone, however long Redis takes on a busy machine."""
    with (
        service_processes(folder, forge, 1, SETTINGS) as (url,),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def bearer(forge: Forge, subject: str, **claims: object) -> dict[str, str]:
    return {"authorization": f"Bearer {valid_token(forge, sub=subject, **claims)}"}


def send_requests(pods: list[httpx.Client], headers: dict[str, str], requests: int) -> tuple[int, float]:
    """Sends requests to the pods in turn. Returns passed requests and seconds."""
    began = time.monotonic()
    answers = [pods[number % len(pods)].get("/v1/popular", headers=headers) for number in range(requests)]
    assert {answer.status_code for answer in answers} <= {503, 429}  # No snapshot.
    return sum(answer.status_code != 429 for answer in answers), time.monotonic() - began


def remaining(answer: httpx.Response, limit: str = "shopper") -> int:
    found = re.search(rf'"{limit}";r=(\d+);t=\d+', answer.headers["ratelimit"])
    assert found, answer.headers
    return int(found[1])


def count_together(pods: list[httpx.Client], forge: Forge) -> bool:
    """True while both pods use Redis.

    They leave it alone for a moment after it failed.
    """
    headers = bearer(forge, f"probe-{time.monotonic_ns()}")
    send_requests(pods[:1], headers, 5)
    return remaining(pods[1].get("/v1/popular", headers=headers)) <= LIMIT - 5


def test_processes_share_a_shoppers_limit(pods: list[httpx.Client], forge: Forge) -> None:
    wait_until(lambda: count_together(pods, forge), "the pods count together", 30)
    passed, seconds = send_requests(pods, bearer(forge, "ana"), LIMIT * 2)
    assert LIMIT - BLOCK * len(pods) <= passed <= LIMIT * (1 + seconds / 60)


def test_rejection_states_the_limit_and_the_retry_time(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "ben")
    send_requests(pods[:1], headers, LIMIT)
    # The quota refills meanwhile, by as much as the machine is slow.
    answers = (pods[0].get("/v1/popular", headers=headers) for _ in range(5 * LIMIT))
    rejected = next(answer for answer in answers if answer.status_code == 429)
    problem = rejected.json()
    assert rejected.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:problem:recommender:too-many-requests"
    assert "shopper" in problem["detail"]
    assert int(rejected.headers["retry-after"]) == 1
    assert rejected.headers["ratelimit-policy"] == f'"shopper";q={LIMIT};w=60'
    assert remaining(rejected) == 0
    assert pods[0].get("/v1/popular", headers=bearer(forge, "carla")).status_code == 503
    assert pods[0].get("/health/live", headers=headers).status_code == 200


def test_answers_to_callers_state_the_remaining_quota(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "dora")
    first, second = (pods[0].get("/v1/popular", headers=headers) for _ in range(2))
    assert remaining(first) == LIMIT - 1
    assert remaining(first) - 1 <= remaining(second) <= remaining(first)
    assert "ratelimit" in pods[0].get("/v1/popular?no=1", headers=headers).headers
    assert "ratelimit" not in pods[0].get("/health/live").headers


def test_request_of_a_service_counts_against_the_shopper_in_its_path(
    pods: list[httpx.Client], forge: Forge
) -> None:
    headers = bearer(forge, "shop", client_id="shop", scope=ANY)
    answer = pods[0].get("/v1/users/emil/recommendations", headers=headers)
    assert remaining(answer) == LIMIT - 4
    assert '"client";q=1000000;w=60' in answer.headers["ratelimit-policy"]
    assert "shopper" not in pods[0].get("/v1/popular", headers=headers).headers["ratelimit"]


def test_rejected_call_spends_nothing_of_another_shopper(pods: list[httpx.Client], forge: Forge) -> None:
    writer = bearer(forge, "shop", client_id="shop", scope="events:write.any")
    for _ in range(10):
        assert pods[0].get("/v1/users/gus/recommendations", headers=writer).status_code == 403
    answer = pods[0].get("/v1/users/gus/recommendations", headers=bearer(forge, "gus"))
    assert remaining(answer) == LIMIT - 4


ME = "/v1/users/{me}"
SESSION = {"interactions": [{"product_id": f"p{number}"} for number in range(300)], "limit": 100}
ENTRY = {"user_id": "{me}", "limit": 100, "explain": True}
EVENT = {"user_id": "{me}", "product_id": "p1", "kind": "view", "occurred_at": "2026-01-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("path", "body", "units"),
    [
        ("/v1/popular", None, 1),
        ("/v1/popular?limit=100", None, 3),
        ("/v1/products/p/similar?limit=20", None, 2),
        ("/v1/new-arrivals?user_id={me}", None, 2),
        (f"{ME}/recommendations", None, 4),
        (f"{ME}/recommendations?limit=100", None, 6),
        (f"{ME}/recommendations?limit=100&explain=true", None, 11),
        (f"{ME}/recommendations?limit=100&explain=false&expand=product", None, 9),
        (f"{ME}/recommendations?limit=100&explain=on&expand=product&diversity=0.5", None, 24),
        (f"{ME}/recommendations?limit=1000000000000", None, 6),
        (f"{ME}/profile", None, 50),
        ("/v1/recommendations", {"basket": ["p1"]}, 3),
        ("/v1/recommendations", SESSION, 8),
        ("/v1/rankings", {"product_ids": [f"p{number}" for number in range(500)]}, 7),
        ("/v1/recommendations/batch", {"entries": [ENTRY | {"id": str(n)} for n in range(3)]}, 30),
        ("/v1/events", {"events": [EVENT | {"id": f"{{me}}-{n}"} for n in range(101)]}, 21),
    ],
)
def test_units_follow_cost(lone_pod: httpx.Client, forge: Forge, path: str, body: object, units: int) -> None:
    me = f"u{uuid.uuid4()}"
    headers = bearer(forge, me, scope="recommendations:read events:write profiles:read")
    content = json.dumps(body).replace("{me}", me)
    method = "GET" if body is None else "POST"
    began = time.monotonic()
    answer = lone_pod.request(method, path.format(me=me), headers=headers, content=content if body else None)
    refilled = math.ceil(LIMIT / 60 * (time.monotonic() - began))
    assert LIMIT - units <= remaining(answer) <= LIMIT - units + refilled, answer.text


def test_request_with_too_few_units_left_is_rejected(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "fay")
    # A second batch fits again after a minute, however slow the machine is.
    body = {"entries": [{"id": str(number), "user_id": "fay"} for number in range(LIMIT // 3)]}
    answers = [pods[0].post("/v1/recommendations/batch", headers=headers, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [207, 429]
    assert answers[1].headers.get_list("ratelimit-policy") == [answers[1].headers["ratelimit-policy"]]


def test_without_redis_the_limit_holds_per_process(
    pods: list[httpx.Client], forge: Forge, shared: RedisServer
) -> None:
    shared.stop()
    try:
        for pod in pods:
            passed, seconds = send_requests([pod], bearer(forge, "hal"), LIMIT * 2)
            assert LIMIT <= passed <= LIMIT * (1 + seconds / 60) + BLOCK
    finally:
        shared.start()
        wait_until(lambda: count_together(pods, forge), "the pods count together again", 30)


def round_trips(served: ServedShop, redis_url: str) -> list[int]:
    """Commands that Redis reads for each of two requests, after the profile is cached."""
    owner, other = (served.token(sub=user) for user in ("u0", "u1"))
    assert served.for_you("u0", token=owner).status_code == 200
    assert served.for_you("u1", token=other).status_code == 200
    trips = []
    with redis.Redis.from_url(redis_url) as observer:
        for _ in range(2):
            before = observer.info("stats")["total_reads_processed"]
            answer = served.for_you("u0", token=owner).json()
            assert (answer["strategy"], answer["degraded"]) == ("personalised", [])
            trips.append(observer.info("stats")["total_reads_processed"] - before - 1)
    return trips


def test_limit_and_cached_profile_cost_one_round_trip(own_redis: RedisServer, tmp_path: Path) -> None:
    patient = RedisBounds(connect_seconds=20, read_seconds=20, total_seconds=60)
    cache = RedisCache(own_redis.url, prefix="p:", bounds=patient)
    # Without background work, nothing is kept in the process.
    with served_shop(shop(), tmp_path, overrides={"cache": cache, "background": ()}) as served:
        try:
            trips = round_trips(served, own_redis.url)
        finally:
            with served.client.portal() as portal:
                portal.call(cache.close)
    assert trips == [1, 1]


def test_verification_by_an_ingress_is_not_counted(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "bob")
    before = remaining(pods[0].get("/v1/popular", headers=headers))
    verified = headers | {"x-original-method": "GET", "x-original-uri": "/v1/popular"}
    answers = [pods[0].get("/auth/verify", headers=verified) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    # The quota refills meanwhile. It takes 6 s to make up for 20 calls.
    assert remaining(pods[0].get("/v1/popular", headers=headers)) >= before - 1
