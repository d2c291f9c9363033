"""Rejection of forged, stolen and malformed tokens by the running service."""

import time
from typing import Any

import httpx
import pytest

from tests.integration.service.security.forgeries import ATTACKS, NOW
from tests.integration.service.security.issuers import BY_FILE, BY_URL, Issuers
from tests.support.builders.services.running_service import RunningService

OWN = "/v1/users/ana/recommendations"


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Bearer " + token.encode())]


def assert_invalid_token(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem:recommender:invalid-token"
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="recommender", error="invalid_token", error_description="')
    assert challenge.isascii()
    assert challenge.count('"') == 6


@pytest.mark.parametrize("attack", ATTACKS)
def test_invalid_token_is_rejected(service: RunningService, issuers: Issuers, attack: str) -> None:
    token = ATTACKS[attack](issuers)
    started = time.monotonic()
    answer = service.client.get(OWN, headers=bearer(token))
    assert time.monotonic() - started < 5
    if len(token) > 8192 and answer.status_code == 431:
        return  # refused by its size before it was looked at as a token
    assert_invalid_token(answer)


@pytest.mark.parametrize("issuer", [BY_URL, BY_FILE])
def test_valid_tokens_of_both_issuers_are_accepted(
    service: RunningService, issuers: Issuers, issuer: str
) -> None:
    answer = service.client.get(OWN, headers=bearer(issuers.token(issuer)))
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == "ana"


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", "rsa"), ("ES256", "ec"), ("EdDSA", "okp")])
def test_each_allowed_algorithm_is_accepted(
    service: RunningService, issuers: Issuers, algorithm: str, key: str
) -> None:
    token = issuers.token(key=getattr(issuers.by_url, key), header={"alg": algorithm})
    assert service.client.get(OWN, headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(
    ("path", "claims", "scope"),
    [
        ("/v1/users/ben/recommendations", {}, "recommendations:read.any"),
        (OWN, {"scope": "profiles:read"}, "recommendations:read"),
        (OWN, {"scope": ""}, "recommendations:read"),
        (OWN, {"scope": "recommendations:reader RECOMMENDATIONS:READ"}, "recommendations:read"),
        ("/v1/users/ana/profile", {"scope": "profiles:write"}, "profiles:read"),
    ],
)
def test_insufficient_scope_is_forbidden(
    service: RunningService, issuers: Issuers, path: str, claims: dict[str, Any], scope: str
) -> None:
    answer = service.client.get(path, headers=bearer(issuers.token(**claims)))
    assert answer.status_code == 403
    challenge = f'Bearer realm="recommender", error="insufficient_scope", scope="{scope}"'
    assert answer.headers["www-authenticate"] == challenge


@pytest.mark.parametrize(
    "path", ["/v1/popular", "/v1/nothing", "/v2", "/metrics", "/admin", "/v1", "/v2/users"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_answers_without_a_token_reveal_nothing(service: RunningService, method: str, path: str) -> None:
    for headers in ([], bearer("x")):
        answer = service.client.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="recommender"')
        assert "allow" not in answer.headers


def test_unknown_addresses_and_methods_are_reported_with_a_token(
    service: RunningService, issuers: Issuers
) -> None:
    good = bearer(issuers.token())
    assert service.client.get("/v1/nothing", headers=good).status_code == 404
    answer = service.client.delete("/v1/popular", headers=good)
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (405, True)


def test_unknown_keys_cause_one_fetch_per_floor(service: RunningService, issuers: Issuers) -> None:
    """Sends a thousand invented key ids. The floor is ten seconds."""
    started, before = time.monotonic(), issuers.server.requests
    for number in range(1000):
        token = issuers.token(header={"kid": f"made up {number}"}, exp=NOW + 7200)
        answer = service.client.get(OWN, headers=bearer(token))
        if number % 100 == 0:
            assert_invalid_token(answer)
    floors = (time.monotonic() - started) / 10
    assert issuers.server.requests - before <= floors + 1
