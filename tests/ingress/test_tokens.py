"""Tokens that pass the ingress, and the answers to those that do not."""

import base64
import json
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.ingress.conftest import Stack
from tests.support.servers.waiting import wait_until

OWN, OTHER = "/v1/users/u1/recommendations", "/v1/users/u2/recommendations"


def as_the_service_would(stack: Stack, method: str, target: str, token: str | None) -> httpx.Response:
    """The ingress's rejection, which equals the service's own."""
    passed = stack.ingress.ask(method, target, token)
    direct = stack.direct(method, target, token)
    assert passed.status_code == direct.status_code, passed.text
    assert passed.headers["content-type"] == "application/problem+json"
    assert passed.headers["www-authenticate"] == direct.headers["www-authenticate"]
    # The service decodes the path before it encodes it again.
    told_of, direct_of = (unquote(answer.json()["instance"]) for answer in (passed, direct))
    assert told_of == direct_of
    assert passed.json() == {**direct.json(), "instance": passed.json()["instance"]}
    for name in ("cache-control", "x-content-type-options", "content-security-policy", "referrer-policy"):
        assert passed.headers[name] == direct.headers[name]
    assert passed.headers["x-request-id"]
    return passed


def test_service_token_reads_for_any_shopper(stack: Stack, service_token: str) -> None:
    for target in (OWN, OTHER, "/v1/popular", "/v1/products/p40/similar"):
        answer = stack.ingress.ask("GET", target, service_token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["items"]


def test_second_algorithm_of_the_issuer_is_accepted(stack: Stack) -> None:
    assert stack.ingress.ask("GET", OWN, stack.issuer.token("shop-es256")).status_code == 200


def test_tokens_follow_rfc_9068(service_token: str, stack: Stack) -> None:
    header, claims = (
        json.loads(base64.urlsafe_b64decode(f"{part}==")) for part in service_token.split(".")[:2]
    )
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")
    assert claims["iss"] == stack.issuer.url
    assert (claims["aud"], claims["client_id"]) == ("recommender", "shop")


def test_shopper_token_reads_its_own_data(stack: Stack, shopper_token: str) -> None:
    assert stack.ingress.ask("GET", OWN, shopper_token).status_code == 200
    refused = as_the_service_would(stack, "GET", OTHER, shopper_token)
    assert refused.status_code == 403
    assert 'scope="recommendations:read.any"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("method", "target", "scope"),
    [
        ("GET", "/v1/users/reader/profile", "profiles:read"),
        ("DELETE", "/v1/users/reader", "users:erase"),
        ("POST", "/v1/events", "events:write"),
    ],
)
def test_missing_scope_is_answered_with_403(stack: Stack, method: str, target: str, scope: str) -> None:
    refused = as_the_service_would(stack, method, target, stack.issuer.token("reader"))
    assert refused.status_code == 403
    assert f'error="insufficient_scope", scope="{scope}"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("target", [OWN, "/v1/popular", "/v1/nothing", "/v1/users/u1%2Fu2/profile"])
def test_missing_token_is_answered_with_401(stack: Stack, target: str) -> None:
    refused = as_the_service_would(stack, "GET", target, None)
    assert refused.headers["www-authenticate"] == 'Bearer realm="recommender"'
    assert refused.json()["type"] == "urn:problem:recommender:missing-token"


def spoiled(token: str) -> list[str]:
    header, claims, signature = token.split(".")
    nobody = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    changed = json.loads(base64.urlsafe_b64decode(f"{claims}==")) | {"sub": "u2"}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    return [
        "x",
        f"{nobody}.{claims}.",
        f"{nobody}.{claims}.{signature}",
        f"{header}.{forged}.{signature}",
        f"{token}A",
    ]


def test_invalid_token_is_answered_with_401(stack: Stack, shopper_token: str) -> None:
    for token in [*spoiled(shopper_token), stack.issuer.token("elsewhere")]:
        refused = as_the_service_would(stack, "GET", OWN, token)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_expired_token_is_rejected(stack: Stack) -> None:
    token = stack.issuer.token("hasty")
    wait_until(lambda: stack.ingress.ask("GET", OWN, token).status_code != 200, "the expiry")
    refused = as_the_service_would(stack, "GET", OWN, token)
    assert "it has expired" in refused.json()["detail"]


def test_token_in_the_query_is_ignored(stack: Stack, service_token: str) -> None:
    as_the_service_would(stack, "GET", f"/v1/popular?access_token={service_token}", None)


def test_two_tokens_are_rejected(stack: Stack, service_token: str, shopper_token: str) -> None:
    message = (
        f"GET {OWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {shopper_token}\r\nAuthorization: Bearer {service_token}\r\n\r\n"
    )
    answer = stack.ingress.exchange(message.encode()).decode()
    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 401 ")), answer
    assert "application/problem+json" in answer


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URI": "/v1/popular", "X-Original-Method": "GET"},
        {"X-Original-URL": "https://shop.example/v1/popular"},
        {"X-Forwarded-Uri": "/v1/popular", "X-Forwarded-Method": "GET"},
        {"X-HTTP-Method-Override": "GET"},
    ],
    ids=str,
)
def test_proxy_headers_grant_no_access(stack: Stack, shopper_token: str, headers: dict[str, str]) -> None:
    assert stack.ingress.ask("GET", OTHER, shopper_token, headers=headers).status_code == 403
    assert stack.ingress.ask("GET", OWN, shopper_token, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "/auth/verify",
        "/_recommender_verify",
        "/v1/../auth/verify",
        "/v1/../_recommender_verify",
        "/metrics",
        "//v1/popular",
        "//health/live",
        "/",
        "/index.html",
    ],
)
def test_internal_paths_are_not_exposed(stack: Stack, service_token: str, target: str) -> None:
    answer = stack.ingress.ask("GET", target, service_token)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:problem:recommender:not-found"
    assert answer.json() == stack.ingress.ask("GET", target).json()


@pytest.mark.parametrize("target", ["/v1/nothing", "/v1/users/u1%2Fu2/profile", "/v1/"])
def test_unknown_path_is_answered_with_404(stack: Stack, service_token: str, target: str) -> None:
    passed, direct = (ask("GET", target, service_token) for ask in (stack.ingress.ask, stack.direct))
    assert passed.status_code == direct.status_code == 404
    assert {**passed.json(), "instance": ""} == {**direct.json(), "instance": ""}


def test_preflight_is_answered_by_the_service(stack: Stack) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = stack.ingress.ask("OPTIONS", "/v1/popular", headers=preflight)
    assert answer.status_code == stack.direct("OPTIONS", "/v1/popular", headers=preflight).status_code
    assert "access-control-allow-origin" not in answer.headers


def test_access_log_contains_no_shopper_ids(stack: Stack, service_token: str) -> None:
    name = "Wilhelmine-Musterfrau-4711"
    stack.ingress.ask("GET", f"/v1/users/{name}/recommendations?exclude={name}", service_token)
    stack.ingress.ask("GET", f"/v1/users/{name}/recommendations")
    marked = stack.ingress.ask("GET", f"/v1/users/{name}/profile", headers={"X-Request-Id": "seen-4712"})
    assert marked.headers["x-request-id"] == "seen-4712"
    log = Path(stack.ingress.log).read_text()
    assert '"request_id":"seen-4712","method":"GET","status":401,"verify":"401"' in log
    assert name not in log
