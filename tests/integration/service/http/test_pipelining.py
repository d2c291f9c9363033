"""Several requests on one connection, over raw sockets against a real process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders.services.service_processes import logged_errors, service_processes, valid_token
from tests.support.servers.raw_client import converse, head, statuses
from tests.support.tokens import Forge

PAUSE = 0.2
PUT = b"PUT /v1/users/ana/preferences HTTP/"
PREFERENCES = json.dumps({"liked_brands": ["Acme"]}).encode()
LIVE = b"GET /health/live HTTP/1.1\r\nhost: test\r\n\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
UPGRADE = b"upgrade: x"
CLOSING_TRAILER = b"0\r\nconnection: close\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked"


@pytest.fixture(scope="module")
def url(folder: Path, forge: Forge) -> Iterator[str]:
    with service_processes(folder, forge, 1, {"SERVICE_LOG_FORMAT": "json"}) as urls:
        yield urls[0]


@pytest.fixture(scope="module")
def token(forge: Forge) -> bytes:
    return valid_token(forge, sub="ana", scope="profiles:write").encode()


@pytest.fixture(autouse=True)
def no_logged_error(url: str, folder: Path) -> Iterator[None]:
    """After each test the log has no error."""
    yield
    assert not logged_errors(folder)


def put(token: bytes, *headers: bytes, version: bytes = b"1.1") -> bytes:
    """A request that sets preferences."""
    return head(PUT + version, token, b"content-length: %d" % len(PREFERENCES), *headers) + PREFERENCES


def put_in_chunks(token: bytes, body: bytes, *headers: bytes) -> bytes:
    """A request that sets preferences in chunks."""
    return head(PUT + b"1.1", token, CHUNKED, *headers) + body


@pytest.mark.parametrize("earlier", [1, 2, 50])
@pytest.mark.parametrize("bad", [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"], ids=["no HTTP", "no host"])
def test_rejection_follows_the_answers_of_earlier_requests(
    url: str, token: bytes, earlier: int, bad: bytes
) -> None:
    assert statuses(url, put(token) * earlier + bad + LAST) == [*[200] * earlier, 400]


@pytest.mark.parametrize("earlier", [0, 1, 2])
@pytest.mark.parametrize("headers", [(), (b"expect: 100-continue",)], ids=["plain", "expect"])
def test_malformed_body_is_rejected_after_earlier_answers(
    url: str, token: bytes, earlier: int, headers: tuple[bytes, ...]
) -> None:
    malformed = put_in_chunks(token, b"zz\r\n", *headers)
    assert statuses(url, put(token) * earlier + malformed + LAST) == [*[200] * earlier, 400]


@pytest.mark.parametrize("options", [b"close, upgrade", b"upgrade, close", b"Upgrade,Close"])
def test_upgrade_on_a_closing_connection_is_answered(url: str, token: bytes, options: bytes) -> None:
    request = put(token, b"connection: " + options, UPGRADE)
    assert statuses(url, request + LIVE) == [200]
    assert statuses(url, LIVE + request[:-5], PAUSE, request[-5:] + LIVE) == [200, 200]


def test_connection_with_a_closing_trailer_is_closed(url: str, token: bytes) -> None:
    body = b"%x\r\n%s\r\n" % (len(PREFERENCES), PREFERENCES)
    answers = converse(url, [put_in_chunks(token, body), PAUSE, CLOSING_TRAILER + LAST])
    assert [(answer.status, answer.headers["connection"]) for answer in answers] == [(200, "close")]


def test_connection_with_a_closing_trailer_after_the_answer_is_closed(url: str) -> None:
    assert statuses(url, put_in_chunks(b"", b"1\r\n{\r\n"), PAUSE, CLOSING_TRAILER) == [401]


def test_expectation_of_http_1_0_is_ignored(url: str, token: bytes) -> None:
    assert statuses(url, put(token, b"expect: 100-continue", version=b"1.0")) == [200]


def test_upgrade_is_ignored_wherever_its_head_is_split(url: str, token: bytes) -> None:
    request = put(token, b"connection: upgrade", UPGRADE)
    parts: list[bytes | float] = []
    for at in range(1, len(request), 29):
        parts += [request[:at], 0.01, request[at:]]
    assert set(statuses(url, *parts, LAST)) == {200}


def test_many_small_requests_at_once_are_all_answered(url: str) -> None:
    assert statuses(url, LIVE * 5000 + LAST) == [200] * 5001
