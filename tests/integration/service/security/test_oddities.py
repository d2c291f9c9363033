"""Unusual requests: the place and spelling of the token, byte by byte."""

import pytest

from tests.integration.service.security.issuers import Issuers
from tests.support.builders.services.running_service import RunningService
from tests.support.servers.raw_client import exchange

OWN = "/v1/users/ana/recommendations"


def answer_to(service: RunningService, request: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to these bytes."""
    answer = exchange(service.url, [request])
    return answer.status, answer.headers


def request(*lines: str | bytes, target: str = OWN, version: str = "HTTP/1.1") -> bytes:
    encoded = [line.encode() if isinstance(line, str) else line for line in lines]
    head = [f"GET {target} {version}".encode(), b"Host: localhost", b"Connection: close", *encoded]
    return b"\r\n".join([*head, b"", b""])


def test_two_authorization_headers_are_rejected(service: RunningService, issuers: Issuers) -> None:
    good = f"Authorization: Bearer {issuers.token()}"
    for lines in (
        [good, good],
        [good, good.lower().replace("authorization", "AUTHORIZATION")],
        [good, "Authorization: Bearer x"],
        ["Authorization: Bearer x", good],
        ["Authorization: Basic YTpi", good],
        [good, "Authorization:"],
    ):
        status, headers = answer_to(service, request(*lines))
        assert status == 400
        challenge = headers["www-authenticate"]
        assert challenge.startswith('Bearer realm="recommender", error="invalid_request"')


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer ", "Bearer   "])
def test_valid_spellings_are_accepted(service: RunningService, issuers: Issuers, scheme: str) -> None:
    assert answer_to(service, request(f"Authorization: {scheme} {issuers.token()}"))[0] == 200
    assert answer_to(service, request(f"aUTHORIZATION:{scheme} {issuers.token()} "))[0] == 200


def test_invalid_spellings_are_rejected(service: RunningService, issuers: Issuers) -> None:
    good = issuers.token()
    for value, error in {
        f"Bearer\t{good}": None,
        f"Bearer{good}": None,
        f"Token {good}": None,
        f"Basic {good}": None,
        f"JWT {good}": None,
        f"Bearer: {good}": None,
        good: None,
        "": None,
        "Bearer": "invalid_token",
        f"Bearer Bearer {good}": "invalid_token",
        f"Bearer {good} x": "invalid_token",
        f"Bearer {good},": "invalid_token",
        f"Bearer {good}\t{good}": "invalid_token",
        f"Bearer \u00e4{good}": "invalid_token",
    }.items():
        status, headers = answer_to(service, request(f"Authorization: {value}"))
        assert status == 401, value[:20]
        wanted = 'Bearer realm="recommender"' + (f', error="{error}"' if error else "")
        assert headers["www-authenticate"].startswith(wanted)
        assert error or headers["www-authenticate"] == wanted


def test_malformed_headers_are_rejected(service: RunningService, issuers: Issuers) -> None:
    good = issuers.token().encode()
    for line in (
        b"Authorization : Bearer " + good,
        b"Authorization: Bearer " + good[:20] + b"\r\n " + good[20:],
        b"Authorization: Bearer " + good + b"\x00",
        b"Authorization\x00: Bearer " + good,
    ):
        assert answer_to(service, request(line))[0] in (400, 401)


def test_megabyte_header_is_rejected_and_does_no_harm(service: RunningService, issuers: Issuers) -> None:
    status, headers = answer_to(service, request("Authorization: Bearer " + "x" * 1_000_000))
    assert status in (400, 401, 431)
    assert status != 401 or 'error="invalid_token"' in headers["www-authenticate"]
    assert answer_to(service, request(f"Authorization: Bearer {issuers.token()}"))[0] == 200


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "Authorization", "bearer", "jwt"])
def test_token_in_the_query_is_ignored(service: RunningService, issuers: Issuers, name: str) -> None:
    status, headers = answer_to(service, request(target=f"{OWN}?{name}={issuers.token()}"))
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="recommender"')


def test_second_token_in_the_query_is_rejected(service: RunningService, issuers: Issuers) -> None:
    good = f"Authorization: Bearer {issuers.token()}"
    for query in (f"access_token={issuers.token()}", "limit=1&access_token=x", "access_token"):
        status, headers = answer_to(service, request(good, target=f"{OWN}?{query}"))
        assert status == 400
        assert 'error="invalid_request"' in headers["www-authenticate"]


def test_tokens_elsewhere_are_ignored(service: RunningService, issuers: Issuers) -> None:
    for name in ("Proxy-Authorization", "X-Authorization", "X-Forwarded-Authorization", "X-Access-Token"):
        assert answer_to(service, request(f"{name}: Bearer {issuers.token()}"))[0] == 401
    assert answer_to(service, request(f"Cookie: access_token={issuers.token()}"))[0] == 401


def test_no_header_changes_user_or_address(service: RunningService, issuers: Issuers) -> None:
    good = f"Authorization: Bearer {issuers.token()}"
    for extra in (
        "X-User-Id: ben",
        "X-Forwarded-User: ben",
        "X-Original-URL: /health/live",
        "X-Rewrite-URL: /v1/users/ana/recommendations",
        "X-HTTP-Method-Override: OPTIONS",
        "X-Forwarded-Prefix: /health",
        "Forwarded: for=127.0.0.1",
    ):
        assert answer_to(service, request(good, extra, target="/v1/users/ben/recommendations"))[0] == 403
        assert answer_to(service, request(extra))[0] == 401


@pytest.mark.parametrize(
    "target",
    [
        "/health/../v1/users/ben/recommendations",
        "/health/%2e%2e/v1/users/ben/recommendations",
        "/health/..%2fv1%2fusers%2fben%2frecommendations",
        "/schema/..//v1/users/ben/recommendations",
        "/schema/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/schema/assets/..%2f..%2f..%2fpyproject.toml",
        "//v1/users/ben/recommendations",
        "///v1/users/ben/recommendations",
        "/./v1/users/ben/recommendations",
        "/%76%31/users/ben/recommendations",
        "/v1/users/ben/recommendations/",
        "/v1/users/ben/recommendations;a=b",
        "http://localhost/v1/users/ben/recommendations",
        "/V1/users/ben/recommendations",
        "/v1\\users\\ben\\recommendations",
    ],
)
def test_every_spelling_of_an_address_needs_a_token(
    service: RunningService, issuers: Issuers, target: str
) -> None:
    assert answer_to(service, request(target=target))[0] in (400, 401, 404)
    status, _ = answer_to(service, request(f"Authorization: Bearer {issuers.token()}", target=target))
    assert status in (400, 403, 404)


def test_http_1_0_requests_are_checked_alike(service: RunningService, issuers: Issuers) -> None:
    assert answer_to(service, request(version="HTTP/1.0"))[0] == 401
    good = f"Authorization: Bearer {issuers.token()}"
    assert answer_to(service, request(good, version="HTTP/1.0"))[0] == 200


def test_upgrade_bypasses_nothing(service: RunningService) -> None:
    upgrade = [
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    head = [f"GET {OWN} HTTP/1.1", "Host: localhost", "Connection: Upgrade", *upgrade, "", ""]
    assert answer_to(service, "\r\n".join(head).encode())[0] in (401, 403)
