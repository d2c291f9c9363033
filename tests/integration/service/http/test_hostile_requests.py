"""Oversized, deeply nested, slow and invalid requests to a real process."""

import gzip
import itertools
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from service.http.middleware.request_limits import MAX_PARAMETERS
from service.http.middleware.security_headers import OUTSIDE_OF_THE_APPLICATION
from service.http.uvicorn_protocol import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from tests.support.builders.services.service_processes import logged_errors, service_processes, valid_token
from tests.support.servers import raw_client
from tests.support.servers.raw_client import RawAnswer, converse, exchange
from tests.support.tokens import Forge

SCOPES = "recommendations:read.any events:write.any profiles:write.any"
BODIES = {
    "/v1/events": "POST",
    "/v1/recommendations": "POST",
    "/v1/recommendations/batch": "POST",
    "/v1/rankings": "POST",
    "/v1/users/ana/preferences": "PUT",
}
DEEP = 10_000
SLOW_SECONDS = 1.0
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def url(folder: Path, forge: Forge) -> Iterator[str]:
    settings = {"SERVICE_REQUEST_SECONDS": str(SLOW_SECONDS), "SERVICE_LOG_FORMAT": "json"}
    with service_processes(folder, forge, 1, settings) as urls:
        yield urls[0]


@pytest.fixture(scope="module")
def token(forge: Forge) -> bytes:
    return valid_token(forge, sub="shop", scope=SCOPES).encode()


@pytest.fixture(autouse=True)
def alive_and_quiet(url: str, folder: Path) -> Iterator[None]:
    """Checks after each test that the service answers and logged no error."""
    yield
    assert httpx.get(f"{url}/health/live", timeout=60).status_code == 200
    assert not logged_errors(folder)


def head(token: bytes, method: str = "GET", target: str = "/v1/popular", *headers: bytes) -> bytes:
    return raw_client.head(f"{method} {target} HTTP/1.1".encode(), token, *headers)


def with_body(url: str, token: bytes, path: str, body: bytes, *headers: bytes) -> RawAnswer:
    length = b"content-length: " + str(len(body)).encode()
    request = head(token, BODIES[path], path, b"content-type: application/json", length, *headers)
    return exchange(url, [request, body])


def assert_problem(answer: RawAnswer, status: int, kind: str) -> None:
    problem = answer.problem()
    assert (answer.status, problem["status"]) == (status, status), problem
    assert problem["type"] == f"urn:problem:recommender:{kind}"
    for name, value in OUTSIDE_OF_THE_APPLICATION.items():
        assert answer.headers[name] == value


def headers_of(size: int) -> list[bytes]:
    """Headers of `size` bytes, in lines of 1,000."""
    return [f"x-{number}: ".encode().ljust(998, b"a") for number in range(size // 1000)]


def test_head_within_the_limits_is_answered(url: str, token: bytes) -> None:
    many = [f"x-{number}: 1".encode() for number in range(MAX_HEADERS - 10)]
    for headers in (many, headers_of(MAX_HEAD_BYTES - 3000)):
        assert exchange(url, [head(token, "GET", "/v1/popular", *headers)]).status == 503  # No snapshot.


@pytest.mark.parametrize(
    "headers",
    [
        [b"x: " + b"a" * MEGABYTE],
        [b"x: " + b"a" * MAX_HEAD_BYTES],
        [b"x-" + b"a" * MAX_HEAD_BYTES + b": 1"],
        headers_of(MAX_HEAD_BYTES + 2000),
        [b"x: 1"] * (MAX_HEADERS + 1),
        [b"cookie: a=b"] * 100_000,
    ],
    ids=["1 MB", "one value", "one name", "together", "number", "very many"],
)
def test_too_many_or_too_large_headers_are_431(url: str, token: bytes, headers: list[bytes]) -> None:
    answer = exchange(url, [head(token, "GET", "/v1/popular", *headers)])
    assert_problem(answer, 431, "request-header-fields-too-large")
    assert answer.headers["connection"] == "close"


def test_endless_header_is_431_while_it_arrives(url: str) -> None:
    for start in (b"GET /v1/popular HTTP/1.1\r\nx: ", b"GET /v1/popular HTTP/1.1\r\n"):
        pieces = itertools.chain([start], itertools.repeat(b"a" * 1000, 100_000))
        began = time.monotonic()
        answer = exchange(url, pieces)
        assert_problem(answer, 431, "request-header-fields-too-large")
        assert time.monotonic() - began < 25


def test_small_requests_on_one_connection_do_not_add_up(url: str, token: bytes) -> None:
    headers = headers_of(5000)
    with httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(20):
            answer = client.get(
                "/health/live",
                headers={line.split(b":")[0].decode(): line.split(b": ")[1].decode() for line in headers},
            )
            assert answer.status_code == 200
            assert answer.extensions["network_stream"]


@pytest.mark.parametrize("target", ["/v1/popular?cursor=", "/v1/products/", "/"])
def test_overlong_target_is_414(url: str, token: bytes, target: str) -> None:
    assert_problem(exchange(url, [head(token, "GET", target + "a" * MAX_TARGET_BYTES)]), 414, "uri-too-long")
    shorter = exchange(url, [head(token, "GET", target + "a" * 8000)])
    assert shorter.status in (404, 422, 503)


def test_too_many_query_parameters_are_422(url: str, token: bytes) -> None:
    query = "&".join(["exclude=a"] * (MAX_PARAMETERS + 1))
    assert_problem(exchange(url, [head(token, "GET", f"/v1/popular?{query}")]), 422, "invalid-request")
    enough = "&".join(["exclude=a"] * MAX_PARAMETERS)
    assert exchange(url, [head(token, "GET", f"/v1/popular?{enough}")]).status == 503


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("shape", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deeply_nested_json_is_rejected(
    url: str, token: bytes, path: str, shape: tuple[bytes, bytes]
) -> None:
    opening, closing = shape
    for within in (
        b"%s",
        b'{"events": [%s]}',
        b'{"basket": [%s]}',
        b'{"entries": [{"id": %s}]}',
        b'{"x": %s}',
    ):
        for body in (within % (opening * DEEP + b"1" + closing * DEEP), within % (opening * DEEP)):
            answer = with_body(url, token, path, body)
            assert answer.status in (400, 422), answer
            assert answer.problem()["status"] == answer.status


@pytest.mark.parametrize("path", BODIES)
def test_huge_numbers_and_texts_are_rejected(url: str, token: bytes, path: str) -> None:
    digits, text = b"9" * 5000, b'"' + b"a" * 900_000 + b'"'
    for value in (digits, b"-" + digits, digits + b".5", b"1e999999", b"1" + b"e" * 100, text):
        for name in (b"limit", b"price_min", b"user_id", b"liked_categories", b"events", b"product_ids"):
            answer = with_body(url, token, path, b'{"%s": %s}' % (name, value))
            assert answer.status in (400, 422), answer
            assert len(answer.body) < 2000


def test_huge_values_within_events_are_rejected(url: str, token: bytes) -> None:
    event = (
        b'{"events": [{"id": "e", "user_id": "u", "product_id": "p", "kind": "view",'
        b' "occurred_at": "2026-01-02T00:00:00Z", "%s": %s}]}'
    )
    for value in (b"9" * 5000, b"1e999999", b'"' + b"a" * MEGABYTE + b'"'):
        for name in (b"quantity", b"price", b"recommendation_id"):
            assert_problem(with_body(url, token, "/v1/events", event % (name, value)), 422, "invalid-request")


@cache
def bomb() -> bytes:
    """50 MB of spaces, compressed once because that takes a quarter of a second."""
    return gzip.compress(b" " * 50 * MEGABYTE)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"zstd", b"gzip, gzip", b"GZIP"])
def test_encoded_bodies_are_415(url: str, token: bytes, path: str, encoding: bytes) -> None:
    answer = with_body(url, token, path, bomb(), b"content-encoding: " + encoding)
    assert_problem(answer, 415, "unsupported-media-type")


def test_identity_encoded_body_is_read(url: str, token: bytes) -> None:
    answer = with_body(url, token, "/v1/rankings", b"{}", b"content-encoding: identity")
    assert answer.status == 422


@pytest.mark.parametrize("path", BODIES)
def test_oversized_body_is_413_before_it_is_read(url: str, token: bytes, path: str) -> None:
    request = head(token, BODIES[path], path, b"content-length: 1000000000000")
    assert_problem(exchange(url, [request]), 413, "request-entity-too-large")


@pytest.mark.parametrize("path", BODIES)
def test_endless_chunks_are_413(url: str, token: bytes, path: str) -> None:
    chunk = b"40000\r\n" + b" " * 0x40000 + b"\r\n"
    parts = [head(token, BODIES[path], path, b"transfer-encoding: chunked"), *[chunk] * 60]
    assert_problem(exchange(url, parts), 413, "request-entity-too-large")


def test_rest_of_a_rejected_body_is_not_read_to_its_end(url: str, token: bytes) -> None:
    chunk = b"40000\r\n" + b" " * 0x40000 + b"\r\n"
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield head(token, "POST", "/v1/rankings", b"transfer-encoding: chunked")
        for _ in range(2000):
            yield chunk
            sent += 1

    assert exchange(url, chunks()).status == 413
    assert sent < 1000


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("framing", [b"content-length: 100", b"transfer-encoding: chunked"])
def test_incomplete_body_is_408(url: str, token: bytes, path: str, framing: bytes) -> None:
    start = b'{"' if framing.startswith(b"content") else b'2\r\n{"\r\n'
    answer = exchange(url, [head(token, BODIES[path], path, framing), start])
    assert_problem(answer, 408, "request-timeout")
    assert answer.headers["connection"] == "close"


def test_dripping_body_is_408(url: str, token: bytes) -> None:
    drops: list[bytes | float] = [b" ", 0.1]
    parts = [head(token, "POST", "/v1/rankings", b"content-length: 1000"), *drops * 20]
    assert_problem(exchange(url, parts), 408, "request-timeout")


def test_caller_who_disconnects_within_a_body_causes_no_error(url: str, token: bytes) -> None:
    for _ in range(3):
        with pytest.raises(AssertionError):  # No answer arrives.
            exchange(
                url, [head(token, "POST", "/v1/events", b"content-length: 1000"), b"{", 0.1], half_close=True
            )


def test_body_longer_than_its_length_is_rejected(url: str, token: bytes) -> None:
    request = head(token, "POST", "/v1/rankings", b"content-length: 2")
    for rest in (b"GARBAGE\r\n\r\n", b"\x00" * 100):
        first, second = converse(url, [request + b"{}" + rest])
        assert_problem(first, 422, "invalid-request")
        assert_problem(second, 400, "bad-request")


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /v1/popular HTTP/9.9\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /v1/popular HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n",
    ],
)
def test_invalid_http_is_400_or_401(url: str, bytes_: bytes) -> None:
    answer = exchange(url, [bytes_])
    assert answer.status in (400, 401)
    assert answer.problem()["status"] == answer.status


def test_upgrade_is_ignored(url: str, token: bytes) -> None:
    upgrade = [b"connection: upgrade", b"upgrade: websocket", b"sec-websocket-key: x"]
    assert exchange(url, [head(token, "GET", "/v1/popular", *upgrade)]).status == 503
