"""The request middleware around a real application, with real collectors."""

import json
import re
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import httpx
import pytest
import structlog
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.response import Stream
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from adapters.telemetry import ServiceMetrics, Telemetry, TelemetryConfig, start_telemetry
from service.http.error_handlers import exception_handlers
from service.http.telemetry import RequestTelemetryMiddleware
from tests.support.servers.collector import Collector

pytestmark = pytest.mark.anyio

OFF = TelemetryConfig("test", "1", log_level="warning", log_format="json")


@get("/v1/users/{user_id:str}")
async def user(user_id: FromPath[str]) -> dict[str, Any]:
    structlog.get_logger("own").warning("serving")
    return {"bound": structlog.contextvars.get_contextvars()}


@get("/v1/broken")
async def broken() -> dict[str, str]:
    raise RuntimeError("broken")


@get("/v1/cut")
async def cut() -> Stream:
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("cut off")

    return Stream(half())


@contextmanager
def running(config: TelemetryConfig) -> Iterator[tuple[httpx.AsyncClient, Telemetry]]:
    telemetry = start_telemetry(config)
    app = Litestar(
        [user, broken, cut], exception_handlers=exception_handlers(), openapi_config=None, logging_config=None
    )
    wrapped = RequestTelemetryMiddleware(app, telemetry, ServiceMetrics(telemetry.meter))
    transport = httpx.ASGITransport(wrapped)  # type: ignore[arg-type]
    try:
        yield httpx.AsyncClient(transport=transport, base_url="http://service"), telemetry
    finally:
        telemetry.close()


async def test_new_request_id_is_logged_and_answered(capsys: pytest.CaptureFixture[str]) -> None:
    with running(OFF) as (client, _):
        first, second = await client.get("/v1/users/ana"), await client.get("/v1/users/ana")
    ids = [answer.headers["x-request-id"] for answer in (first, second)]
    assert len(set(ids)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", made) for made in ids)
    assert first.json() == {"bound": {"request_id": ids[0]}}
    logged = [json.loads(line)["request_id"] for line in capsys.readouterr().err.splitlines()]
    assert logged == ids
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("given", ["abc-123", "a" * 128, "A.b_c:d"])
async def test_valid_request_id_is_kept(given: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get("/v1/users/ana", headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, '{"a"}', "a\tb"])
async def test_invalid_request_id_is_replaced(given: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get("/v1/users/ana", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/v1/broken", "/nowhere"])
async def test_errors_carry_the_request_id(path: str) -> None:
    with running(OFF) as (client, _):
        answer = await client.get(path, headers={"X-Request-Id": "mine"})
    assert answer.headers["x-request-id"] == "mine"


async def test_durations_are_labelled_by_template_method_and_status() -> None:
    with running(replace(OFF, metrics_port=0)) as (client, telemetry):
        for path in ("/v1/users/ana", "/v1/users/ben", "/v1/broken", "/nowhere/1", "/nowhere/2"):
            await client.get(path)
        await client.request("BREW", "/v1/users/ana")
        await client.delete("/v1/users/ana")
        with pytest.raises(Exception, match="response started"):
            await client.get("/v1/cut")
        url = f"http://127.0.0.1:{telemetry.metrics_port}/metrics"
        text = urllib.request.urlopen(url, timeout=5).read().decode()  # noqa: ASYNC210
    pattern = (
        r'_seconds_count\{http_request_method="(\w+)",http_response_status_code="(\d+)",'
        r'http_route="([^"]+)"\} (\d)'
    )
    assert set(re.findall(pattern, text)) == {
        ("GET", "200", "/v1/users/{user_id}", "2"),
        ("GET", "500", "/v1/broken", "1"),
        ("GET", "404", "unmatched", "2"),
        ("_OTHER", "405", "unmatched", "1"),
        ("DELETE", "405", "unmatched", "1"),
        ("GET", "200", "/v1/cut", "1"),
    }
    assert "ana" not in text


async def test_span_continues_the_callers_trace() -> None:
    collector = Collector()
    try:
        with running(replace(OFF, otlp_endpoint=collector.url)) as (client, _):
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            await client.get("/v1/users/ana", headers={"traceparent": parent})
            await client.get("/v1/broken")
    finally:
        collector.stop()
    served, failed = collector.spans
    assert served.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert served.parent_span_id.hex() == "b7ad6b7169203331"
    assert (served.name, served.kind) == ("GET /v1/users/{user_id}", Span.SPAN_KIND_SERVER)
    attributes = {pair.key: pair.value for pair in served.attributes}
    assert attributes["http.route"].string_value == "/v1/users/{user_id}"
    assert attributes["http.response.status_code"].int_value == 200
    assert failed.parent_span_id == b""
    assert failed.status.code == Status.STATUS_CODE_ERROR


async def test_span_carries_no_exception_message() -> None:
    collector = Collector()
    try:
        with (
            running(replace(OFF, otlp_endpoint=collector.url)) as (client, _),
            pytest.raises(Exception, match="response started"),
        ):
            await client.get("/v1/cut")
    finally:
        collector.stop()
    (span,) = collector.spans
    assert span.name == "GET /v1/cut"
    assert not span.events
    assert b"cut off" not in span.SerializeToString()


async def test_surrounding_span_is_not_the_parent() -> None:
    collector = Collector()
    try:
        with (
            running(replace(OFF, otlp_endpoint=collector.url)) as (client, telemetry),
            telemetry.tracer.start_as_current_span("surroundings"),
        ):
            await client.get("/v1/users/ana")
    finally:
        collector.stop()
    served, surroundings = collector.spans
    assert surroundings.name == "surroundings"
    assert served.parent_span_id == b""


async def test_unsampled_trace_stays_unsampled() -> None:
    collector = Collector()
    try:
        with running(replace(OFF, otlp_endpoint=collector.url)) as (client, _):
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
            await client.get("/v1/users/ana", headers={"traceparent": parent})
    finally:
        collector.stop()
    assert collector.spans == []


async def test_debug_level_logs_one_access_line(capsys: pytest.CaptureFixture[str]) -> None:
    with running(replace(OFF, log_level="debug")) as (client, _):
        await client.get("/v1/users/ana", headers={"X-Request-Id": "mine"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (access,) = [line for line in lines if line["logger"] == "service.access"]
    assert (access["method"], access["route"], access["status"]) == ("GET", "/v1/users/{user_id}", 200)
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
    app = Litestar([user], openapi_config=None, logging_config=None)
    wrapped: Any = RequestTelemetryMiddleware(app, telemetry, unused, unused)
    transport = httpx.ASGITransport(wrapped)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        assert (await client.get("/v1/users/ana")).status_code == 200
    telemetry.close()
