"""Headers of answers for browsers and caches."""

import re
from collections.abc import Callable

import httpx
import pytest

from service.openapi.page import PAGE_POLICY
from tests.integration.service.security.issuers import Issuers
from tests.support.builders.services.running_service import RunningService

OWN = "/v1/users/ana/recommendations"
ORIGIN = "https://shop.example"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(service: RunningService, issuers: Issuers) -> Ask:
    """Calls the service with a valid token by default."""
    good = {"authorization": f"Bearer {issuers.token()}"}

    def asked(method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return service.client.request(method, path, headers=good | (headers or {}))

    return asked


ANSWERS = [
    ("GET", OWN, 200),
    ("GET", "/v1/popular", 200),
    ("GET", "/health/live", 200),
    ("GET", "/schema/openapi.json", 200),
    ("GET", "/schema", 200),
    ("GET", "/schema/assets/swagger-ui.css", 200),
    ("GET", "/schema/nothing", 404),
    ("GET", "/v1/popular?limit=0", 422),
    ("GET", "/v1/users/ben/recommendations", 403),
    ("DELETE", "/v1/popular", 405),
    ("OPTIONS", "/v1/popular", 204),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_security_headers(ask: Ask, method: str, path: str, status: int) -> None:
    answer = ask(method, path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "public" not in answer.headers["cache-control"]
    assert answer.headers["cache-control"].split(",")[0] in ("private", "no-store")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


def test_rejection_without_a_token_has_security_headers(service: RunningService) -> None:
    answer = service.client.get(OWN)
    assert (answer.status_code, answer.headers["cache-control"]) == (401, "no-store")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_shared_list_keeps_its_cache_control(ask: Ask) -> None:
    assert ask("GET", "/v1/popular").headers["cache-control"] == "private, no-cache"


def test_documentation_page_runs_its_own_scripts_only(ask: Ask) -> None:
    page = ask("GET", "/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == PAGE_POLICY
    assert PAGE_POLICY.partition("script-src ")[2].partition(";")[0] == "'self'"
    for address in re.findall(r'(?:src|href)="([^"]*)"', page.text):
        assert address.startswith("/schema/assets/")
        assert ask("GET", address).status_code == 200
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", page.text))
    assert ask("GET", "/schema/oauth2-redirect.html").status_code == 404


def test_other_answers_run_no_scripts(ask: Ask) -> None:
    for path in (OWN, "/schema/openapi.json", "/v1/nothing"):
        policy = ask("GET", path).headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", "*", "https://shop.example.evil.test", "http://shop.example", "https://SHOP.example",
     "https://shop.example:8443", ""],
)  # fmt: skip
def test_other_origins_cannot_read_answers(ask: Ask, service: RunningService, origin: str) -> None:
    answer = ask("GET", OWN, {"origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert "origin" in answer.headers["vary"]
    asked_for = {"origin": origin, "access-control-request-method": "GET"}
    preflight = service.client.options(OWN, headers=asked_for)
    assert preflight.status_code == 401
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_listed_origin_reads_answers_and_rejections(ask: Ask, service: RunningService) -> None:
    for answer in (ask("GET", OWN, {"origin": ORIGIN}), service.client.get(OWN, headers={"origin": ORIGIN})):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "origin" in answer.headers["vary"]
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers


def test_preflight_of_a_listed_origin_is_answered(service: RunningService) -> None:
    asked_for = {"origin": ORIGIN, "access-control-request-method": "PUT"}
    answer = service.client.options("/v1/users/ana/preferences", headers=asked_for)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_options_without_preflight_headers_needs_a_token(service: RunningService) -> None:
    assert service.client.options(OWN, headers={"origin": ORIGIN}).status_code == 401
