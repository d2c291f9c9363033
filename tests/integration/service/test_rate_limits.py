"""Rate limits over HTTP: two processes on one Redis, then without it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
import redis
from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.middleware import DefineMiddleware
from litestar.params import FromPath
from litestar.testing import AsyncTestClient
from litestar.types import ASGIApp
from opentelemetry.metrics import NoOpMeter

from adapters.cache import Quota, RedisBounds, RedisCache, RedisQuotas
from adapters.telemetry import ServiceMetrics
from service.auth import IssuerPolicy, TokenVerifier
from service.http.authentication import Authentication
from service.limits import Quotas, RateLimitMiddleware, RateLimits, RequestQuota, request_quota
from service.shoppers.profile_cache import profile_key
from tests.support.builders.service_processes import service_processes, valid_token
from tests.support.servers.redis_server import RedisServer
from tests.support.tokens import ISSUER, Clock, Forge

LIMIT = 200
BLOCK = 2
ANY = "recommendations:read.any events:write.any"


@pytest.fixture(scope="module")
def shared() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("keys") / "jwks.json")


@pytest.fixture(scope="module")
def pods(
    tmp_path_factory: pytest.TempPathFactory, shared: RedisServer, forge: Forge
) -> Iterator[list[httpx.Client]]:
    settings = {
        "SERVICE_REDIS_URL": shared.url,
        "SERVICE_SHOPPER_REQUESTS_PER_MINUTE": str(LIMIT),
        "SERVICE_CLIENT_REQUESTS_PER_MINUTE": "1000000",
    }
    with service_processes(tmp_path_factory.mktemp("services"), forge, 2, settings) as urls:
        clients = [httpx.Client(base_url=url, trust_env=False) for url in urls]
        yield clients
        for client in clients:
            client.close()


def bearer(forge: Forge, subject: str, **claims: object) -> dict[str, str]:
    return {"authorization": f"Bearer {valid_token(forge, sub=subject, **claims)}"}


def asked(pods: list[httpx.Client], headers: dict[str, str], requests: int) -> tuple[int, float]:
    """How many of these requests, in turns over the pods, were let pass; and in how many seconds."""
    began = time.monotonic()
    answers = [pods[number % len(pods)].get("/v1/popular", headers=headers) for number in range(requests)]
    assert {answer.status_code for answer in answers} <= {503, 429}  # nothing is served yet
    return sum(answer.status_code != 429 for answer in answers), time.monotonic() - began


def remaining(answer: httpx.Response, limit: str = "shopper") -> int:
    found = re.search(rf'"{limit}";r=(\d+);t=\d+', answer.headers["ratelimit"])
    assert found, answer.headers
    return int(found[1])


def test_processes_share_a_shoppers_limit(pods: list[httpx.Client], forge: Forge) -> None:
    passed, seconds = asked(pods, bearer(forge, "ana"), LIMIT * 2)
    assert LIMIT - BLOCK * len(pods) <= passed <= LIMIT * (1 + seconds / 60)


def test_a_refusal_says_why_and_when_to_come_again(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "ben")
    asked(pods[:1], headers, LIMIT)
    # The quota refills meanwhile, by as much as the machine is slow.
    answers = (pods[0].get("/v1/popular", headers=headers) for _ in range(5 * LIMIT))
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:problem:recommender:too-many-requests"
    assert "shopper" in problem["detail"]
    assert int(refused.headers["retry-after"]) == 1
    assert refused.headers["ratelimit-policy"] == f'"client";q=1000000;w=60, "shopper";q={LIMIT};w=60'
    assert remaining(refused) == 0
    assert pods[0].get("/v1/popular", headers=bearer(forge, "carla")).status_code == 503
    assert pods[0].get("/health/live", headers=headers).status_code == 200


def test_every_answer_to_a_caller_says_what_is_left(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "dora")
    first, second = (pods[0].get("/v1/popular", headers=headers) for _ in range(2))
    assert remaining(first) == LIMIT - 1
    assert remaining(first) - 1 <= remaining(second) <= remaining(first)
    assert "ratelimit" in pods[0].get("/v1/popular?no=1", headers=headers).headers
    assert "ratelimit" not in pods[0].get("/health/live").headers


def test_a_service_spends_the_limit_of_the_shopper_in_the_path(
    pods: list[httpx.Client], forge: Forge
) -> None:
    headers = bearer(forge, "shop", client_id="shop", scope=ANY)
    answer = pods[0].get("/v1/users/emil/recommendations", headers=headers)
    assert remaining(answer) == LIMIT - 1
    assert "shopper" not in pods[0].get("/v1/popular", headers=headers).headers["ratelimit"]


def test_a_batch_counts_as_its_entries(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "fay")
    entries = [{"id": str(number), "user_id": "fay"} for number in range(80)]
    for left in (LIMIT - 80, LIMIT - 160):
        answer = pods[0].post("/v1/recommendations/batch", headers=headers, json={"entries": entries})
        assert answer.status_code == 207
        assert left <= remaining(answer) <= left + 20
    answer = pods[0].post("/v1/recommendations/batch", headers=headers, json={"entries": entries})
    assert answer.status_code == 429
    assert answer.headers.get_list("ratelimit-policy") == [answer.headers["ratelimit-policy"]]


def test_fifty_events_count_as_a_request(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "gil", scope="events:write")
    event = {"user_id": "gil", "product_id": "p1", "kind": "view", "occurred_at": "2026-01-02T00:00:00Z"}
    events = [{"id": f"gil-{number}", **event} for number in range(101)]
    answer = pods[0].post("/v1/events", headers=headers, json={"events": events})
    assert answer.status_code == 202
    assert remaining(answer) == LIMIT - 3


def test_without_redis_the_limit_holds_per_process(
    pods: list[httpx.Client], forge: Forge, shared: RedisServer
) -> None:
    shared.stop()
    try:
        for pod in pods:
            passed, seconds = asked([pod], bearer(forge, "hal"), LIMIT * 2)
            assert LIMIT <= passed <= LIMIT * (1 + seconds / 60) + BLOCK
    finally:
        shared.start()


@pytest.mark.anyio
async def test_the_limit_and_the_profile_are_one_round_trip(own_redis: RedisServer, tmp_path: Path) -> None:
    forge, clock = Forge(tmp_path / "jwks.json"), Clock()
    forge.publish(forge.rsa)
    policy = IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_file=forge.jwks_file)
    verifier = TokenVerifier([policy], clock=clock, monotonic=clock)
    patient = RedisBounds(connect_seconds=20, read_seconds=20, total_seconds=60)
    cache = RedisCache(own_redis.url, prefix="p:", bounds=patient)
    metrics = ServiceMetrics(NoOpMeter("tests"))
    limits = RateLimits(RedisQuotas(cache), Quotas(Quota(1000, 60), Quota(1000, 60)), metrics, profile_key)

    @get("/v1/users/{user_id:str}/recommendations")
    async def profile(user_id: FromPath[str], quota: NamedDependency[RequestQuota]) -> str:
        entry = quota.cached_profile
        value = entry.value if entry else await cache.get(profile_key(user_id))
        return (value or b"none").decode()

    app = Litestar(
        [profile],
        middleware=[DefineMiddleware(RateLimitMiddleware, limits=limits)],
        dependencies={"quota": Provide(request_quota, sync_to_thread=False)},
        on_shutdown=[verifier.close, cache.close],
        openapi_config=None,
        logging_config=None,
    )
    headers = {user: {"authorization": f"Bearer {forge.token(sub=user)}"} for user in ("ana", "ben")}
    trips = []
    with redis.Redis.from_url(own_redis.url) as observer:
        observer.set("p:" + profile_key("ana"), b"hers")
        async with AsyncTestClient(Authentication(cast(ASGIApp, app), verifier)) as client:
            await client.get("/v1/users/ben/recommendations", headers=headers["ben"])  # connects
            for _ in range(2):
                before = observer.info("stats")["total_reads_processed"]
                answer = await client.get("/v1/users/ana/recommendations", headers=headers["ana"])
                assert answer.text == "hers"
                trips.append(observer.info("stats")["total_reads_processed"] - before - 1)
    assert trips == [1, 1]


def test_an_ingress_that_asks_about_a_call_is_no_second_call(pods: list[httpx.Client], forge: Forge) -> None:
    headers = bearer(forge, "bob")
    before = remaining(pods[0].get("/v1/popular", headers=headers))
    asked_about = headers | {"x-original-method": "GET", "x-original-uri": "/v1/popular"}
    answers = [pods[0].get("/auth/verify", headers=asked_about) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert remaining(pods[0].get("/v1/popular", headers=headers)) == before - 1
