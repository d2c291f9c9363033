import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.catalog import (
    Bounds,
    CatalogAnswerTruncated,
    CatalogClient,
    CatalogContractViolation,
    CatalogError,
    CatalogRefused,
    CatalogUnavailable,
    CircuitBreaker,
)
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer

pytestmark = pytest.mark.anyio

QUICK = Bounds(
    connect_seconds=20,
    read_seconds=20,
    total_seconds=60,
    attempts=3,
    min_wait_seconds=0.01,
    max_wait_seconds=0.05,
)
EMPTY = json_answer({"items": [], "next_cursor": None})
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def read(server: RawServer, bounds: Bounds = QUICK, breaker: CircuitBreaker | None = None) -> int:
    client = CatalogClient(server.url, bounds=bounds, breaker=breaker)
    try:
        return len([page async for page in client.products()])
    finally:
        await client.close()


def in_turn(*scripts: Script) -> Callable[[Request], Script]:
    """Returns the next script for each request, and repeats the last one."""
    remaining = list(scripts)
    return lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]


async def failure(
    answer: Callable[[Request], Script], kind: type[CatalogError], bounds: Bounds = QUICK
) -> tuple[str, int]:
    """Returns the error message and the number of requests."""
    with RawServer(answer) as server:
        with pytest.raises(kind, match=f"GET {server.url}/v1/products") as error:
            await read(server, bounds)
        assert type(error.value) is kind
        return str(error.value), len(server.requests)


@pytest.mark.parametrize(
    ("script", "kind", "message", "requests"),
    [
        (http(500, "boom", "text/plain"), CatalogUnavailable, "answered 500: 'boom'", 3),
        (http(503, "", "text/plain"), CatalogUnavailable, "answered 503", 3),
        (http(501, "", "text/plain"), CatalogUnavailable, "answered 501", 1),
        (http(401, "{}"), CatalogRefused, "answered 401: check the client's credentials", 1),
        (http(403, "{}"), CatalogRefused, "answered 403", 1),
        (http(422, '{"detail": "limit"}'), CatalogContractViolation, "answered 422 where 200", 1),
        (http(204, ""), CatalogContractViolation, "answered 204 where 200", 1),
        (
            http(200, "<!DOCTYPE html><title>Shop</title>", "text/html; charset=utf-8"),
            CatalogContractViolation,
            "JSON was expected, but the content type is text/html: '<!DOCTYPE html>",
            1,
        ),
        (http(200, "<html>", "application/json"), CatalogContractViolation, "malformed", 1),
        (http(200, '{"items": [{"id": "a", "ti'), CatalogContractViolation, "truncated", 1),
        (
            http(200, '{"items": {}}'),
            CatalogContractViolation,
            r"Expected `array`, got `object` - at `$.items`",
            1,
        ),
        (http(200, '["a"]'), CatalogContractViolation, "Expected `object`, got `array`", 1),
        (
            http(307, "", location="https://elsewhere/v1/products"),
            CatalogContractViolation,
            "answered 307: it redirects to 'https://elsewhere/v1/products'. Configure the catalog's own address",
            1,
        ),
        (
            http(301, "", location="/v1/products/"),
            CatalogContractViolation,
            "it redirects to '/v1/products/'. Answer the path without a slash at its end",
            1,
        ),
        (
            http(200, b"compressed", content_encoding="br"),
            CatalogContractViolation,
            "the answer is encoded as 'br', but the request accepts gzip",
            1,
        ),
        (
            http(200, b"no gzip", content_encoding="GZIP"),
            CatalogContractViolation,
            "cannot be decompressed",
            1,
        ),
        ([b"garbage\r\n\r\n"], CatalogUnavailable, "no answer", 3),
        ([], CatalogUnavailable, "no answer", 3),
    ],
)
async def test_each_failure_raises_its_own_error(
    script: Script, kind: type[CatalogError], message: str, requests: int
) -> None:
    said, made = await failure(lambda _: script, kind)
    assert message in said
    assert made == requests


@pytest.mark.parametrize("script", [[5.0], [HEAD + b"content-length: 500\r\n\r\n{", 5.0]])
async def test_slow_answers_time_out(script: Script) -> None:
    bounds = dataclasses.replace(QUICK, read_seconds=0.3)
    said, made = await failure(lambda _: script, CatalogUnavailable, bounds)
    assert "no answer in time (ReadTimeout)" in said
    assert made == 3


@pytest.mark.parametrize(
    "script",
    [
        [HEAD + b'content-length: 500\r\n\r\n{"items": [{"id":'],
        [HEAD + b'transfer-encoding: chunked\r\n\r\n10\r\n{"items": [{"id"\r\n'],
    ],
)
async def test_truncated_answer_is_retried_and_then_rejected(script: Script) -> None:
    said, made = await failure(lambda _: script, CatalogAnswerTruncated)
    assert """before the answer was complete""" in said
    assert """'{"items": [{"id""" in said
    assert made == 3


async def test_long_error_pages_are_not_read_completely() -> None:
    def endless() -> Iterable[bytes | float]:
        yield b"HTTP/1.1 500 Oops\r\ncontent-type: text/html\r\n\r\n"
        while True:
            yield b"x" * 10_000

    said, _ = await failure(lambda _: endless(), CatalogUnavailable)
    assert len(said) < 250


async def test_transient_failures_are_retried() -> None:
    half = [HEAD + b"content-length: 500\r\n\r\n{"]
    good = json_answer({"items": [{"id": "a", "title": "a", "updated_at": "2024-01-01T00:00:00Z"}]})
    with RawServer(in_turn(http(500, ""), half, good)) as server:
        assert await read(server) == 1
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("scripts", "reported"),
    [
        ([http(500, ""), http(503, ""), EMPTY], [500, 503]),
        ([http(500, "")], [500, 500]),
        ([http(429, "", retry_after="60")], []),
        ([http(403, "")], []),
    ],
)
async def test_each_failure_before_a_retry_is_reported(scripts: list[Script], reported: list[int]) -> None:
    failures: list[str] = []
    with RawServer(in_turn(*scripts)) as server, suppress(CatalogError):
        client = CatalogClient(server.url, bounds=QUICK, on_retry=lambda error: failures.append(str(error)))
        try:
            assert [page async for page in client.products()] == []
        finally:
            await client.close()
    assert [int(text.partition("answered ")[2][:3]) for text in failures] == reported


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_followed(status: int) -> None:
    with RawServer(in_turn(http(status, "", retry_after="1"), EMPTY)) as server:
        began = time.monotonic()
        assert await read(server) == 0
        assert 1.0 <= time.monotonic() - began < 5
        assert len(server.requests) == 2


async def test_retry_after_as_a_date_is_followed() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with RawServer(in_turn(http(429, "", retry_after=date), EMPTY)) as server:
        began = time.monotonic()
        assert await read(server) == 0
        assert 0.9 <= time.monotonic() - began < 6


async def test_retry_after_beyond_the_deadline_fails_at_once() -> None:
    with RawServer(lambda _: http(429, "", retry_after="60")) as server:
        began = time.monotonic()
        with pytest.raises(CatalogUnavailable, match="answered 429") as error:
            await read(server)
        assert time.monotonic() - began < 4
    assert error.value.retry_after == 60
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "value", ["soon", "-1", "1.5", "٣", "Wed, 99 Foo", f"Thu, 01 Jan 2026 00:00:00 +{10**20}"]
)
async def test_invalid_retry_after_is_ignored(value: str) -> None:
    server = RawServer(lambda _: http(503, "", retry_after=value))
    with server, pytest.raises(CatalogUnavailable) as error:
        await read(server)
    assert error.value.retry_after is None


async def test_total_time_limits_a_slow_stream() -> None:
    def drip() -> Iterable[bytes | float]:
        yield HEAD + b"\r\n"
        while True:
            yield b" "
            yield 0.05

    with RawServer(lambda _: drip()) as server:
        began = time.monotonic()
        with pytest.raises(CatalogUnavailable, match=r"no answer within 0\.6 s, including retries"):
            await read(server, Bounds(total_seconds=0.6, read_seconds=0.3))
        assert time.monotonic() - began < 4


async def test_total_time_limits_all_retries() -> None:
    bounds = Bounds(attempts=1000, min_wait_seconds=0.02, max_wait_seconds=0.02, total_seconds=0.5)
    with RawServer(lambda _: http(500, "")) as server:
        began = time.monotonic()
        with pytest.raises(CatalogUnavailable):
            await read(server, bounds)
        assert time.monotonic() - began < 4


async def test_number_of_connections_is_limited() -> None:
    running, peak = 0, 0

    def answer(_: Request) -> Script:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        yield 0.05
        running -= 1
        yield from http(404, "{}", "application/problem+json")

    with RawServer(answer) as server:
        client = CatalogClient(server.url, bounds=Bounds(max_concurrency=3))
        assert await asyncio.gather(*(client.user(str(number)) for number in range(12))) == [None] * 12
        await client.close()
    assert peak == 3


async def test_calls_are_answered_after_others_waited_for_a_connection_in_vain() -> None:
    scripts: list[Script] = [[5.0], EMPTY]
    bounds = Bounds(max_concurrency=2, attempts=1, total_seconds=0.3)
    with RawServer(lambda _: scripts[0]) as server:
        client = CatalogClient(server.url, bounds=bounds)
        waited = await asyncio.gather(
            *(client.user_purchases(str(number), 1) for number in range(8)), return_exceptions=True
        )
        assert {type(each) for each in waited} == {CatalogUnavailable}
        del scripts[0]
        assert await client.user_purchases("u1", 1) == []
        await client.close()


async def test_open_circuit_sends_no_requests() -> None:
    breaker = CircuitBreaker(failures_to_open=2, open_seconds=60)
    bounds = Bounds(attempts=1)
    with RawServer(lambda _: http(500, "")) as server:
        for _ in range(2):
            with pytest.raises(CatalogUnavailable, match="answered 500"):
                await read(server, bounds, breaker)
        with pytest.raises(CatalogUnavailable, match="not called for now"):
            await read(server, bounds, breaker)
        assert len(server.requests) == 2


async def test_circuit_counts_timeouts_but_not_cancelled_callers() -> None:
    breaker = CircuitBreaker(failures_to_open=1, open_seconds=60)
    with RawServer(lambda _: [5.0]) as server:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(server, Bounds(), breaker), 0.2)
        assert breaker.state == "closed"
        with pytest.raises(CatalogUnavailable):
            await read(server, Bounds(total_seconds=0.2), breaker)
        assert breaker.state == "open"
