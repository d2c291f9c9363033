"""Requests with an ambiguous end, over raw sockets to a real process."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.servers.raw_client import RawAnswer, converse, exchange, head, statuses
from tests.support.tokens import Forge

PAUSE = 0.2
PREFERENCES = json.dumps({"liked_brands": ["Acme"]}).encode()
SMUGGLED = b"GET /health/ready HTTP/1.1\r\nhost: test\r\n\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked"


@pytest.fixture(scope="module")
def url(folder: Path, forge: Forge) -> Iterator[str]:
    with service_processes(folder, forge, 1, {}) as urls:
        yield urls[0]


@pytest.fixture(scope="module")
def token(forge: Forge) -> bytes:
    return valid_token(forge, sub="ana", scope="profiles:write events:write").encode()


def put(
    token: bytes, *headers: bytes, version: bytes = b"1.1", host: tuple[bytes, ...] = (b"test",)
) -> bytes:
    """The head of a request that sets preferences."""
    start, kind = b"PUT /v1/users/ana/preferences HTTP/" + version, b"content-type: application/json"
    return head(start, token, kind, *headers, host=host)


def length(body: bytes) -> bytes:
    return b"content-length: %d" % len(body)


def is_bad_request(answer: RawAnswer) -> None:
    problem = answer.problem()
    assert (answer.status, problem["type"]) == (400, "urn:problem:recommender:bad-request"), problem
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("protocol", [b"x", b"h2c", b"websocket", b"TLS/1.2, HTTP/2.0"])
@pytest.mark.parametrize("connection", [b"Upgrade", b"upgrade, HTTP2-Settings", b"keep-alive, Upgrade"])
@pytest.mark.parametrize("pauses", [True, False], ids=["body later", "body at once"])
def test_upgrade_is_ignored_and_the_body_is_read(
    url: str, token: bytes, protocol: bytes, connection: bytes, pauses: bool
) -> None:
    upgrade = (b"connection: " + connection, b"upgrade: " + protocol, b"http2-settings: AAMAAABkAAQ")
    start = put(token, *upgrade, length(PREFERENCES))
    parts = [start, PAUSE, PREFERENCES, LAST] if pauses else [start + PREFERENCES + LAST]
    assert statuses(url, *parts) == [200, 200]


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_body_of_an_upgrade_is_never_a_request(url: str, token: bytes, framing: str) -> None:
    upgrade = (b"connection: upgrade", b"upgrade: x")
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    header, body = (length(SMUGGLED), SMUGGLED) if framing == "length" else (CHUNKED, chunk)
    # /health/ready would be 503, as there is no snapshot.
    assert statuses(url, put(token, *upgrade, header), PAUSE, body, PAUSE, LAST) == [400, 200]
    assert statuses(url, put(token, *upgrade, header) + body + LAST) == [400, 200]


def test_many_pipelined_upgrades_are_answered_one_by_one(url: str, token: bytes) -> None:
    one = put(token, b"connection: upgrade", b"upgrade: x", length(PREFERENCES)) + PREFERENCES
    assert statuses(url, one * 50 + LAST) == [200] * 51


@pytest.mark.parametrize(
    "headers",
    [
        [b"content-length: 5", CHUNKED],
        [CHUNKED, b"content-length: 5"],
        [b"content-length: 5", b"content-length: 6"],
        [b"content-length: 5", b"content-length: 5"],
        [b"content-length: 5, 5"],
        [b"content-length: +5"],
        [b"content-length: 0x5"],
        [b"content-length : 5"],
        [b"content-length: 99999999999999999999"],
        [b"transfer-encoding: gzip, chunked"],
        [b"transfer-encoding: chunked, identity"],
        [b"transfer-encoding: xchunked"],
        [b"transfer-encoding: identity"],
        [CHUNKED, CHUNKED],
        [b"transfer-encoding : chunked"],
        [b"x: a\r\n folded", b"content-length: 5"],
        [b"x: a\nhost: b", b"content-length: 5"],
        [b"x: a\rhost: b", b"content-length: 5"],
        [b"x: a\0b", b"content-length: 5"],
        [b" x: a", b"content-length: 5"],
    ],
    ids=lambda headers: b" | ".join(headers).decode(),
)
def test_ambiguous_framing_is_rejected_and_the_connection_closed(
    url: str, token: bytes, headers: list[bytes]
) -> None:
    answers = converse(url, [put(token, *headers) + b"hello" + SMUGGLED, LAST])
    assert len(answers) == 1
    is_bad_request(answers[0])


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloX0\r\n\r\n",
        b"5\r\nhello\r\n0\r\ncontent-length: 3\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_malformed_chunks_are_rejected_and_the_connection_closed(url: str, token: bytes, body: bytes) -> None:
    answers = converse(url, [put(token, CHUNKED) + body + SMUGGLED, LAST])
    assert [answer.status for answer in answers] == [400]


def test_chunk_extensions_are_ignored(url: str, token: bytes) -> None:
    body = b'%x;a=b;c="d"\r\n%s\r\n0\r\n\r\n' % (len(PREFERENCES), PREFERENCES)
    assert statuses(url, put(token, CHUNKED) + body + LAST) == [200, 200]


@pytest.mark.parametrize("trailer", [b"authorization: Bearer %s", b"host: other", b"x-request-id: trailer"])
def test_trailers_do_not_count_as_headers(url: str, token: bytes, trailer: bytes) -> None:
    body = b"%x\r\n%s\r\n0\r\n" % (len(PREFERENCES), PREFERENCES)
    trailer = trailer.replace(b"%s", token)
    with_token = converse(url, [put(token, CHUNKED) + body, PAUSE, trailer + b"\r\n\r\n" + LAST])
    assert [answer.status for answer in with_token] == [200, 200]
    assert with_token[0].headers["x-request-id"] != "trailer"
    anonymous = b"\r\n".join(
        line for line in put(token, CHUNKED).split(b"\r\n") if not line.startswith(b"authorization")
    )
    assert statuses(url, anonymous + body + trailer + b"\r\n\r\n" + LAST)[0] == 401


@pytest.mark.parametrize("start", [b"0\r\nx: ", b"0\r\n", b"5;", b'5;a="'], ids=repr)
def test_endless_trailer_or_chunk_extension_is_431(url: str, token: bytes, start: bytes) -> None:
    line = b"x-a: 1\r\n" * 100 if start == b"0\r\n" else b"a" * 1000
    pieces = itertools.chain([put(token, CHUNKED), start], itertools.repeat(line, 100_000))
    assert exchange(url, pieces).status == 431


@pytest.mark.parametrize("hosts", [(), (b"a", b"b"), (b"a", b"a")], ids=len)
def test_http_1_1_needs_exactly_one_host(url: str, token: bytes, hosts: tuple[bytes, ...]) -> None:
    is_bad_request(exchange(url, [put(token, length(PREFERENCES), host=hosts) + PREFERENCES]))


def test_http_1_0_needs_no_host_and_has_no_chunks(url: str, token: bytes) -> None:
    simple = put(token, length(PREFERENCES), version=b"1.0", host=())
    assert statuses(url, simple + PREFERENCES) == [200]
    is_bad_request(exchange(url, [put(token, CHUNKED, version=b"1.0") + b"0\r\n\r\n"]))


@pytest.mark.parametrize("version", [b"2.0", b"0.9", b"1.2", b"3.0", b"11"])
def test_other_versions_are_rejected(url: str, token: bytes, version: bytes) -> None:
    is_bad_request(exchange(url, [put(token, length(PREFERENCES), version=version) + PREFERENCES]))


@pytest.mark.parametrize("first", [b"CONNECT a:1 HTTP/1.1", b"PRI * HTTP/2.0", b"GET /\r\n", b"\x16\x03\x01"])
def test_requests_that_are_not_plain_http_are_rejected(url: str, first: bytes) -> None:
    answers = converse(url, [first + b"\r\nhost: test\r\n\r\n" + SMUGGLED])
    assert [answer.status for answer in answers] == [400]


def test_requests_after_a_rejected_one_are_discarded(url: str, token: bytes) -> None:
    bad = put(token, b"content-length: x") + PREFERENCES
    assert statuses(url, bad + SMUGGLED * 10 + LAST) == [400]
    assert statuses(url, bad, PAUSE, SMUGGLED, PAUSE, LAST) == [400]


def test_requests_after_a_rejected_body_are_answered_in_order(url: str, token: bytes) -> None:
    body = b"{" * 1000
    assert statuses(
        url, put(token, length(body)) + body + put(token, length(PREFERENCES)) + PREFERENCES + LAST
    ) == [
        400,
        200,
        200,
    ]
