"""nginx answers floods, oversized requests and outages with problem documents."""

from collections.abc import Iterator

import httpx
import pytest

from tests.ingress.conftest import Stack
from tests.ingress.reverse_proxy import Ingress, ingress
from tests.support.servers.ports import unused_port
from tests.support.servers.raw_http import RawServer, Request, Script, http


def is_problem(answer: httpx.Response, status: int, slug: str) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    document = answer.json()
    assert document.keys() == {"type", "title", "status", "detail", "instance"}
    assert document["status"] == status
    return bool(document["type"] == f"urn:problem:recommender:{slug}")


@pytest.fixture
def unreachable() -> Iterator[Ingress]:
    with ingress([unused_port(), unused_port()]) as proxy:
        yield proxy


def test_missing_service_is_answered_with_503(unreachable: Ingress) -> None:
    for method in ("GET", "POST"):
        answer = unreachable.ask(method, "/v1/popular", "x")
        assert is_problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "5"
    assert is_problem(unreachable.ask("GET", "/health/ready"), 503, "unavailable")
    unreachable.ask("GET", "/v1/users/shopper-of-the-log/profile", "x")
    assert "shopper-of-the-log" not in unreachable.log.read_text(), (
        "what failed is not said with the shopper's id"
    )


def test_single_remaining_process_answers_everything(stack: Stack, service_token: str) -> None:
    with ingress([unused_port(), stack.ports[0]]) as proxy:
        for _ in range(10):
            assert proxy.ask("GET", "/v1/popular", service_token).status_code == 200
            body = {"product_ids": ["p40", "p41"]}
            assert proxy.ask("POST", "/v1/rankings", service_token, json=body).status_code == 200


def test_call_is_retried_when_a_process_dies() -> None:
    """Events have ids, so sending them twice is safe."""

    def dying(request: Request) -> Script:
        return [] if request.target == "/v1/events" else http(200, "")

    with RawServer(dying) as first, RawServer(lambda request: http(200, "{}")) as second:
        ports = [int(server.url.rpartition(":")[2]) for server in (first, second)]
        with ingress(ports) as proxy:
            # Processes take turns, and verification precedes each call. One more probe moves the call to the other.
            proxy.ask("GET", "/health/live")
            assert proxy.ask("POST", "/v1/events", "x", json={}).status_code == 200
        asked = [[request.target for request in server.requests] for server in (first, second)]
        assert asked == [["/health/live", "/v1/events"], ["/auth/verify", "/v1/events"]]


def test_unverifiable_token_is_answered_with_503_and_retry_after() -> None:
    def answer(request: Request) -> Script:
        assert request.target == "/auth/verify", "the call itself must not arrive"
        return http(503, "{}", retry_after="9")

    with RawServer(answer) as server, ingress([int(server.url.rpartition(":")[2])]) as proxy:
        refused = proxy.ask("POST", "/v1/events", "x", json={})
        assert is_problem(refused, 503, "unavailable")
        assert refused.headers["retry-after"] == "9"
        assert {request.target for request in server.requests} == {"/auth/verify"}


def test_rate_limited_verification_is_answered_with_429() -> None:
    def answer(request: Request) -> Script:
        assert request.target == "/auth/verify", "the call itself must not arrive"
        return http(429, "{}", retry_after="11")

    with RawServer(answer) as server, ingress([int(server.url.rpartition(":")[2])]) as proxy:
        refused = proxy.ask("GET", "/v1/popular", "x")
        assert is_problem(refused, 429, "too-many-requests")
        assert refused.headers["retry-after"] == "11"


def test_verification_requests_are_not_counted(stack: Stack, service_token: str) -> None:
    """Counting both would halve the limit."""
    asked = stack.direct("GET", "/auth/verify", service_token)
    assert asked.status_code == 200
    assert not {name for name in asked.headers if name.startswith("ratelimit")}


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 429, 500, 503])
def test_only_2xx_verification_lets_a_call_pass(status: int) -> None:
    def answer(request: Request) -> Script:
        return http(status if request.target == "/auth/verify" else 200, "")

    with RawServer(answer) as server, ingress([int(server.url.rpartition(":")[2])]) as proxy:
        told = proxy.ask("DELETE", "/v1/users/u1", "x")
        arrived = any(request.target == "/v1/users/u1" for request in server.requests)
    assert arrived == (status in (200, 204))
    assert (told.status_code == 200) == arrived


def test_flood_from_one_address_is_answered_with_429(stack: Stack, service_token: str) -> None:
    slower = {"rate=500r/s": "rate=1r/m", "burst=1000": "burst=2"}
    with ingress(stack.ports, slower) as proxy:
        answers = [proxy.ask("GET", "/v1/popular", service_token) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 3
        assert is_problem(answers[-1], 429, "too-many-requests")
        assert answers[-1].headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthoriz",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
)
def test_slow_clients_are_disconnected_at_the_ingress(begun: bytes) -> None:
    impatient = {"client_header_timeout 10s;": "client_header_timeout 1s;"}
    impatient["client_body_timeout 10s;"] = "client_body_timeout 1s;"
    with (
        RawServer(lambda request: http(200, "")) as server,
        ingress([int(server.url.rpartition(":")[2])], impatient) as proxy,
    ):
        assert proxy.exchange(begun) == b""  # ends when nginx closes the connection
        assert {request.target for request in server.requests} <= {"/auth/verify"}


def test_oversized_requests_are_rejected(stack: Stack, service_token: str) -> None:
    body = b"x" * (10 * 1024 * 1024 + 1)
    answer = stack.ingress.ask("POST", "/v1/events", service_token, content=body)
    assert is_problem(answer, 413, "request-entity-too-large")
    assert is_problem(stack.ingress.ask("GET", f"/v1/popular?cursor={'c' * 20_000}"), 414, "uri-too-long")
    large = stack.ingress.ask("GET", "/v1/popular", headers={"X-Large": "x" * 20_000})
    assert is_problem(large, 400, "bad-request")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /v1/users/%00/profile HTTP/1.1", 400),
        ("GET /v1/../../x HTTP/1.1", 400),
        ("GET /v1/users/%zz/profile HTTP/1.1", 400),
        ("GET v1/popular HTTP/1.1", 400),
        ("GET /v1/popular HTTP/3.9", 400),
        ("GET /v1/popular\x01 HTTP/1.1", 400),
        ("nonsense", 400),
        ("TRACE /v1/popular HTTP/1.1", 405),
        ("CONNECT shop.example:443 HTTP/1.1", 400),
        ("GET /v1/popular HTTP/1.1\r\nTransfer-Encoding: gzip", 400),
        ("GET /v1/popular HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
        ("GET /v1/popular HTTP/1.1\r\nHost: y", 400),
    ],
)
def test_malformed_requests_are_rejected(stack: Stack, line: str, status: int, service_token: str) -> None:
    message = f"{line}\r\nHost: x\r\nAuthorization: Bearer {service_token}\r\nConnection: close\r\n\r\n"
    head, _, body = stack.ingress.exchange(message.encode()).partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert httpx.Response(status, content=body).json()["status"] == status


def test_problems_are_valid_json_for_any_address(stack: Stack) -> None:
    for target in ('/v1/"x"/\\y', '/v1/x"?y', "/\\", '/"'):
        message = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        head, _, body = stack.ingress.exchange(message.encode()).partition(b"\r\n\r\n")
        answer = httpx.Response(int(head.split()[1]), content=body)
        assert answer.json()["instance"].startswith("/")
