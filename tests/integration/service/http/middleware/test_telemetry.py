"""Telemetry of requests to the deployed application, with real collectors."""

import json
import re
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import structlog
from litestar import get
from litestar.params import FromPath
from litestar.response import Stream
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from service.http.middleware.telemetry import RequestTelemetryMiddleware
from service.wiring import build_service
from tests.support.builders.served_shop import settings_in
from tests.support.scraping import scraped
from tests.support.servers.collector import Collector
from tests.support.servers.waiting import wait_until
from tests.support.tokens import Clock, Forge

pytestmark = pytest.mark.anyio

OWN = "/v1/users/ana/recommendations"
OFF = TelemetryConfig("test", "1", log_level="warning", log_format="json")


@get("/v1/users/{user_id:str}/recommendations")
async def user(user_id: FromPath[str]) -> dict[str, Any]:
    """Logs, and answers with the bound log context."""
    structlog.get_logger("own").warning("serving")
    return {"bound": structlog.contextvars.get_contextvars()}


@get("/v1/popular")
async def broken() -> dict[str, str]:
    """Fails before the answer starts."""
    raise RuntimeError("broken")


@get("/v1/new-arrivals")
async def cut() -> Stream:
    """Fails while the answer is sent."""

    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("cut off")

    return Stream(half())


Running = Callable[[TelemetryConfig], AbstractContextManager[tuple[httpx.AsyncClient, Telemetry]]]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """Runs the deployed application with the handlers above in place of its own."""
    forge = Forge(tmp_path / "jwks.json")
    forge.publish(forge.rsa)
    settings = settings_in(tmp_path, forge)
    token = forge.token(scope="recommendations:read.any")
    headers = {"Authorization": f"Bearer {token}"}

    @contextmanager
    def run(config: TelemetryConfig) -> Iterator[tuple[httpx.AsyncClient, Telemetry]]:
        telemetry = start_telemetry(config)
        service = build_service(settings, clock=Clock(), telemetry=telemetry, routes=[user, broken, cut])
        transport = httpx.ASGITransport(service.app)
        try:
            yield (
                httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers),
                telemetry,
            )
        finally:
            telemetry.close()

    return run


async def test_new_request_id_is_logged_and_answered(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(OFF) as (client, _):
        first, second = await client.get(OWN), await client.get(OWN)
    ids = [answer.headers["x-request-id"] for answer in (first, second)]
    assert len(set(ids)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", made) for made in ids)
    assert first.json() == {"bound": {"request_id": ids[0]}}
    logged = [json.loads(line)["request_id"] for line in capsys.readouterr().err.splitlines()]
    assert logged == ids
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("given", ["abc-123", "a" * 128, "A.b_c:d"])
async def test_valid_request_id_is_kept(running: Running, given: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get(OWN, headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, '{"a"}', "a\tb"])
async def test_invalid_request_id_is_replaced(running: Running, given: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get(OWN, headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/v1/popular", "/nowhere"])
async def test_errors_carry_the_request_id(running: Running, path: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get(path, headers={"X-Request-Id": "mine"})
    assert answer.headers["x-request-id"] == "mine"


async def test_durations_are_labeled_by_template_method_and_status(running: Running) -> None:
    with running(replace(OFF, metrics_port=0)) as (client, telemetry):
        for path in (OWN, "/v1/users/ben/recommendations", "/v1/popular", "/nowhere/1", "/nowhere/2"):
            await client.get(path)
        await client.request("BREW", OWN)
        await client.delete(OWN)
        with pytest.raises(Exception, match="response started"):
            await client.get("/v1/new-arrivals")
        url = f"http://127.0.0.1:{telemetry.metrics_port}/metrics"
        text = urllib.request.urlopen(url, timeout=5).read().decode()  # noqa: ASYNC210 - the endpoint has a thread of its own
    pattern = (
        r'_seconds_count\{http_request_method="(\w+)",http_response_status_code="(\d+)",'
        r'http_route="([^"]+)"\} (\d)'
    )
    assert set(re.findall(pattern, text)) == {
        ("GET", "200", "/v1/users/{user_id}/recommendations", "2"),
        ("GET", "500", "/v1/popular", "1"),
        ("GET", "404", "unmatched", "2"),
        ("_OTHER", "405", "unmatched", "1"),
        ("DELETE", "405", "unmatched", "1"),
        ("GET", "200", "/v1/new-arrivals", "1"),
    }
    assert "ana" not in text


async def test_ids_paths_and_methods_add_neither_series_nor_names_of_spans(running: Running) -> None:
    collector = Collector()
    try:
        with running(replace(OFF, metrics_port=0, otlp_endpoint=collector.url)) as (client, telemetry):
            for number in range(500):
                unique = f"unique-{number}"
                await client.get(f"/v1/users/{unique}/recommendations", headers={"X-Request-Id": unique})
                await client.get(f"/{unique}/{number}")
                await client.request(f"X{number}", "/v1/popular")
                await client.delete(f"/v1/users/{unique}/recommendations?{unique}")
            counted = scraped(telemetry)["http_server_request_duration_seconds_count"]
    finally:
        collector.stop()
    route = "/v1/users/{user_id}/recommendations"
    names = {f"GET {route}", "GET unmatched", "_OTHER unmatched", "DELETE unmatched"}
    assert {
        f"{dict(labels)['http_request_method']} {dict(labels)['http_route']}" for labels in counted
    } == names
    assert set(counted.values()) == {500.0}
    assert {span.name for span in collector.spans} == names
    assert not [span for span in collector.spans if b"unique" in span.SerializeToString()]


async def test_span_continues_the_callers_trace(running: Running) -> None:
    collector = Collector()
    try:
        with running(replace(OFF, otlp_endpoint=collector.url)) as (client, _):
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            await client.get(OWN, headers={"traceparent": parent})
            await client.get("/v1/popular")
    finally:
        collector.stop()
    served, failed = collector.spans
    assert served.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert served.parent_span_id.hex() == "b7ad6b7169203331"
    assert (served.name, served.kind) == ("GET /v1/users/{user_id}/recommendations", Span.SPAN_KIND_SERVER)
    attributes = {pair.key: pair.value for pair in served.attributes}
    assert attributes["http.route"].string_value == "/v1/users/{user_id}/recommendations"
    assert attributes["http.response.status_code"].int_value == 200
    assert failed.parent_span_id == b""
    assert failed.status.code == Status.STATUS_CODE_ERROR


async def test_span_carries_no_exception_message(running: Running) -> None:
    collector = Collector()
    try:
        with (
            running(replace(OFF, otlp_endpoint=collector.url)) as (client, _),
            pytest.raises(Exception, match="response started"),
        ):
            await client.get("/v1/new-arrivals")
    finally:
        collector.stop()
    (span,) = collector.spans
    assert span.name == "GET /v1/new-arrivals"
    assert not span.events
    assert b"cut off" not in span.SerializeToString()


async def test_hanging_collector_delays_no_request(running: Running) -> None:
    collector = Collector()
    collector.answering.clear()
    try:
        with running(replace(OFF, otlp_endpoint=collector.url, exit_seconds=0.0)) as (client, _):
            statuses = {(await client.get("/nowhere")).status_code for _ in range(600)}
            wait_until(lambda: collector.attempts == 1, "an export hangs")
            statuses |= {(await client.get("/nowhere")).status_code for _ in range(100)}
        assert (statuses, collector.attempts, collector.spans) == ({404}, 1, [])
    finally:
        collector.stop()


async def test_callers_trace_is_kept_without_tracing(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with running(OFF) as (client, _):
        await client.get(OWN, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
        await client.get(OWN)
    traced, untraced = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert traced["trace_id"] == trace_id
    assert "trace_id" not in untraced


async def test_surrounding_span_is_not_the_parent(running: Running) -> None:
    collector = Collector()
    try:
        with (
            running(replace(OFF, otlp_endpoint=collector.url)) as (client, telemetry),
            telemetry.tracer.start_as_current_span("surroundings"),
        ):
            await client.get(OWN)
    finally:
        collector.stop()
    served, surroundings = collector.spans
    assert surroundings.name == "surroundings"
    assert served.parent_span_id == b""


async def test_unsampled_trace_stays_unsampled(running: Running) -> None:
    collector = Collector()
    try:
        with running(replace(OFF, otlp_endpoint=collector.url)) as (client, _):
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
            await client.get(OWN, headers={"traceparent": parent})
    finally:
        collector.stop()
    assert collector.spans == []


async def test_debug_level_logs_one_access_line(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    with running(replace(OFF, log_level="debug")) as (client, _):
        await client.get(OWN, headers={"X-Request-Id": "mine"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (access,) = [line for line in lines if line["logger"] == "service.access"]
    assert (access["method"], access["route"], access["status"]) == (
        "GET",
        "/v1/users/{user_id}/recommendations",
        200,
    )
    assert access["request_id"] == "mine"
    assert access["milliseconds"] > 0


class Unused:
    """Fails when anything of it is used."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was used")

    def __call__(self) -> NoReturn:
        raise AssertionError("the clock was read")


async def test_disabled_telemetry_makes_no_span_and_reads_no_clock() -> None:
    telemetry = start_telemetry(OFF)
    unused: Any = Unused()
    telemetry.tracer = unused
    served = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        served.append(scope["path"])

    wrapped: Any = RequestTelemetryMiddleware(app, telemetry, unused, unused)
    await wrapped({"type": "http", "path": "/v1/popular", "headers": []}, unused, unused)
    assert served == ["/v1/popular"]
    telemetry.close()
