import asyncio
import dataclasses
import json
from base64 import b64decode
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.catalog import (
    Bounds,
    CatalogClient,
    CatalogContractViolation,
    CatalogError,
    CatalogRefused,
    CatalogUnavailable,
    ClientCredentials,
)
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer

pytestmark = pytest.mark.anyio

QUICK = Bounds(
    attempts=2,
    min_wait_seconds=0.01,
    max_wait_seconds=0.02,
    connect_seconds=20,
    read_seconds=20,
    total_seconds=60,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def numbered_tokens(**fields: object) -> Callable[[Request], Script]:
    numbers = iter(range(1, 1000))
    return lambda _: json_answer({"access_token": f"token-{next(numbers)}", "token_type": "Bearer", **fields})


def credentials(issuer: RawServer, clock: Clock | None = None, **arguments: str) -> ClientCredentials:
    return ClientCredentials(
        f"{issuer.url}/token", "indexer:1", "s3cr%t", bounds=QUICK, clock=clock or Clock(), **arguments
    )


async def test_calls_carry_the_token_of_the_issuer() -> None:
    empty = json_answer({"items": []})
    with RawServer(numbered_tokens(expires_in=300)) as issuer, RawServer(lambda _: empty) as server:
        tokens = credentials(issuer, audience="catalog", scope="catalog:read")
        client = CatalogClient(server.url, tokens=tokens)
        assert [page async for page in client.products()] == []
        assert [page async for page in client.purchases()] == []
        await client.close()
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer token-1"] * 2
    (request,) = issuer.requests
    assert (request.method, request.target) == ("POST", "/token")
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    assert form == {"grant_type": "client_credentials", "audience": "catalog", "scope": "catalog:read"}
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"indexer%3A1:s3cr%25t"


async def test_request_for_a_token_is_a_part_of_the_trace() -> None:
    provider, exporter = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with RawServer(numbered_tokens()) as issuer, tracer.start_as_current_span("build") as build:
        tokens = ClientCredentials(f"{issuer.url}/token", "indexer", "secret", bounds=QUICK, tracer=tracer)
        await tokens.token()
        await tokens.close()
    call = exporter.get_finished_spans()[0]
    assert (call.name, call.parent) == ("POST token", build.get_span_context())
    trace = f"{call.context.trace_id:032x}-{call.context.span_id:016x}"
    assert issuer.requests[0].headers["traceparent"].startswith(f"00-{trace}-")


@pytest.mark.parametrize(
    ("fields", "good_for"),
    [({"expires_in": 300}, 269), ({"expires_in": "300"}, 269), ({"expires_in": 20}, 9), ({}, 29)],
)
async def test_token_is_reused_until_shortly_before_expiry(
    fields: dict[str, object], good_for: float
) -> None:
    clock = Clock()
    with RawServer(numbered_tokens(**fields)) as issuer:
        tokens = credentials(issuer, clock)
        assert await tokens.token() == "token-1"
        clock.now += good_for
        assert await tokens.token() == "token-1"
        clock.now += 1
        assert await tokens.token() == "token-1"
        async with asyncio.timeout(5):
            while await tokens.token() != "token-2":
                await asyncio.sleep(0.01)
        await tokens.close()
    assert len(issuer.requests) == 2


async def test_token_is_used_until_it_expires_while_the_issuer_fails() -> None:
    answers = iter([json_answer({"access_token": "only", "expires_in": 300})])
    clock = Clock()
    with RawServer(lambda _: next(answers, http(503, ""))) as issuer:
        tokens = credentials(issuer, clock)
        for clock.now in (0.0, 271.0, 299.0):
            assert await tokens.token() == "only"
            await asyncio.sleep(0.05)
        clock.now = 300.0
        with pytest.raises(CatalogUnavailable, match="answered 503"):
            await tokens.token()
        await tokens.close()


async def test_slow_issuer_is_named_and_delays_calls_once() -> None:
    def slow(_: Request) -> Script:
        yield 0.4
        yield from json_answer({"access_token": "late", "expires_in": 300})

    with RawServer(slow) as issuer, RawServer(lambda _: json_answer({"id": "u"})) as server:
        client = CatalogClient(
            server.url, tokens=credentials(issuer), bounds=dataclasses.replace(QUICK, total_seconds=0.2)
        )
        with pytest.raises(CatalogUnavailable, match=rf"waiting for a token \(POST {issuer.url}/token\)"):
            await client.user("u")
        await asyncio.sleep(0.4)
        assert await client.user("u") is not None
        await client.close()
    assert len(issuer.requests) == 1


async def test_concurrent_callers_share_one_call_to_the_issuer() -> None:
    def slow(request: Request) -> Script:
        yield 0.1
        yield from answer(request)

    answer = numbered_tokens(expires_in=300)
    with RawServer(slow) as issuer:
        tokens = credentials(issuer)
        assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
        assert set(await asyncio.gather(*(tokens.renew("token-1") for _ in range(20)))) == {"token-2"}
        await tokens.close()
    assert len(issuer.requests) == 2


async def test_rejected_token_is_renewed_once() -> None:
    def answer(request: Request) -> Script:
        accepted = request.headers["authorization"] == "Bearer token-2"
        return json_answer({"items": []}) if accepted else http(401, "{}")

    with RawServer(numbered_tokens(expires_in=300)) as issuer, RawServer(answer) as server:
        client = CatalogClient(server.url, tokens=credentials(issuer), bounds=QUICK)
        assert [page async for page in client.products()] == []
        await client.close()
    assert len(server.requests) == 2


async def test_second_rejection_of_the_token_is_final() -> None:
    with RawServer(numbered_tokens(expires_in=300)) as issuer, RawServer(lambda _: http(401, "{}")) as server:
        client = CatalogClient(server.url, tokens=credentials(issuer), bounds=QUICK)
        with pytest.raises(CatalogRefused, match="answered 401"):
            await client.user("u")
        await client.close()
    assert len(server.requests) == 2
    assert len(issuer.requests) == 2


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (http(400, '{"error": "invalid_client"}'), CatalogRefused),
        (http(401, '{"error": "invalid_client"}'), CatalogRefused),
        (http(500, ""), CatalogUnavailable),
        (http(200, "<html>", "text/html"), CatalogContractViolation),
        (http(200, "{}"), CatalogContractViolation),
        (http(200, json.dumps({"access_token": "line\r\nbreak"})), CatalogContractViolation),
        ([], CatalogUnavailable),
    ],
)
async def test_issuer_failure_is_reported_without_calling_the_catalog(
    script: Script, kind: type[CatalogError]
) -> None:
    with RawServer(lambda _: script) as issuer, RawServer(lambda _: json_answer({})) as server:
        client = CatalogClient(server.url, tokens=credentials(issuer), bounds=QUICK)
        with pytest.raises(kind, match=f"POST {issuer.url}/token"):
            await client.user("u")
        await client.close()
    assert server.requests == []


async def test_error_messages_contain_no_token() -> None:
    answer = json_answer({"access_token": "eyJ-very-secret", "expires_in": "a while"})
    with RawServer(lambda _: answer) as issuer:
        tokens = credentials(issuer)
        with pytest.raises(CatalogContractViolation) as error:
            await tokens.token()
        await tokens.close()
    assert "eyJ" not in str(error.value)
    assert "expires_in" in str(error.value)
