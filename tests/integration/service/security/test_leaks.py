"""Search for planted secrets and user ids in logs, metrics, traces and errors."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic_settings import BaseSettings

from catalog.settings import CatalogSettings
from indexer.settings import IndexerSettings
from service.__main__ import main
from service.settings import ServiceSettings
from tests.integration.service.security.issuers import Issuers
from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.running_service import RunningService, quiet_catalog, running_service
from tests.support.leak_watch import leaks, planted
from tests.support.servers.ports import unused_port
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer
from tests.support.servers.waiting import wait_for, wait_until

CLIENT, SECRET = "recommender-service", planted("catalog-client-secret")
PASSWORD = planted("password")
TROUBLES = ["fine", "error", "html", "cut", "redirect", "malformed", "other", "refused", "slow"]
SCOPES = "recommendations:read events:write profiles:read profiles:write users:erase"


def user_of(trouble: str) -> str:
    """A new shopper for whom the catalog answers in the given way."""
    return f"{trouble}.{planted('shopper')}"


def catalog(request: Request) -> Script:
    """Echoes the request, as servers do in error messages."""
    if not request.target.startswith("/v1/users/"):
        return quiet_catalog(request)
    user_id = request.target.split("/")[3].partition("?")[0]
    trouble = user_id.partition(".")[0]
    echo = f"{request.target} {request.headers.get('authorization')}"
    bought = {"user_id": user_id, "product_id": "p1", "purchased_at": "2026-01-01T00:00:00Z"}
    page = json.dumps({"items": [bought], "next_cursor": None})
    answers: dict[str, Script] = {
        "fine": http(200, page if "purchases" in request.target else json.dumps({"id": user_id})),
        "error": http(500, echo),
        "html": http(200, f"<html>{echo}", "text/html"),
        "cut": [
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n"
            + page.encode()
        ],
        "redirect": http(302, "", location=f"http://127.0.0.1:1{request.target}?next={user_id}"),
        "malformed": http(200, page.replace("}", "]")),
        "other": http(200, page.replace('"p1"', '"a/b"')),
        "refused": http(403, echo),
        "slow": [3.0],
    }
    return answers[trouble]


@dataclass(frozen=True)
class Troubled:
    """A service whose dependencies fail, and the data that it sent to the collector."""

    service: RunningService
    sent: list[bytes]
    storage_down: bool


@pytest.fixture(scope="module", params=["the catalog fails", "everything fails"])
def troubled(
    request: pytest.FixtureRequest, issuers: Issuers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Troubled]:
    sent: list[bytes] = []

    def collect(request: Request) -> Script:
        sent.append(request.body)
        return http(200, b"", "application/x-protobuf")

    def grant(request: Request) -> Script:
        return json_answer({"access_token": planted("access-token"), "expires_in": 60})

    down = unused_port()
    with RawServer(catalog) as echoing, RawServer(collect) as collector, RawServer(grant) as issuer:
        settings = {
            "SERVICE_CATALOG_URL": echoing.url,
            "SERVICE_CATALOG_TOKEN_URL": f"{issuer.url}/token",
            "SERVICE_CATALOG_CLIENT_ID": CLIENT,
            "SERVICE_CATALOG_CLIENT_SECRET": SECRET,
            "SERVICE_OTLP_ENDPOINT": collector.url,
            "SERVICE_LOG_LEVEL": "DEBUG",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        storage_down = request.param == "everything fails"
        if storage_down:
            settings["SERVICE_REDIS_URL"] = f"redis://user:{PASSWORD}@127.0.0.1:{down}/0"
            settings["SERVICE_DATABASE_URL"] = f"postgresql://user:{PASSWORD}@127.0.0.1:{down}/nothing"
        folder = tmp_path_factory.mktemp("troubled")
        key = planted("snapshot-signing-key")
        with running_service(folder, shop(), issuers.settings(), settings, key) as service:
            yield Troubled(service, sent, storage_down)


def ask_everything(service: RunningService, user_id: str, token: str) -> list[httpx.Response]:
    """All calls about one shopper, valid and invalid ones."""
    event = {"id": "e1", "user_id": user_id, "product_id": "p1", "kind": "view"}
    event["occurred_at"] = "2026-01-01T00:00:00Z"
    own = f"/v1/users/{user_id}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{own}/recommendations?explain=true", None),
        ("GET", f"{own}/recommendations?cursor={user_id}", None),
        ("GET", f"{own}/buy-again", None),
        ("GET", f"{own}/preferences", None),
        ("PUT", f"{own}/preferences", {"liked_categories": [user_id]}),
        ("GET", f"{own}/profile", None),
        ("DELETE", own, None),
        ("GET", f"{own}/{user_id}", None),
        ("GET", f"/v1/products/{user_id}/similar", None),
        ("POST", "/v1/recommendations", {"user_id": user_id, "basket": ["p1"]}),
        ("POST", "/v1/recommendations/batch", {"entries": [{"id": "b", "user_id": user_id}]}),
        ("POST", "/v1/rankings", {"user_id": user_id, "product_ids": ["p1"]}),
        ("POST", "/v1/events", {"events": [event]}),
        ("POST", "/v1/events", {"events": [event | {"kind": user_id}]}),
    ]
    headers = {"authorization": f"Bearer {token}", "x-request-id": "a-request"}
    return [service.client.request(method, path, json=body, headers=headers) for method, path, body in calls]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_catalog_failures_are_logged_and_leak_nothing(
    troubled: Troubled, issuers: Issuers, trouble: str
) -> None:
    service = troubled.service

    def degraded(user_id: str) -> list[str]:
        headers = {"authorization": f"Bearer {issuers.token(sub=user_id)}"}
        answer = service.client.get(f"/v1/users/{user_id}/recommendations", headers=headers)
        return list(answer.raise_for_status().json()["degraded"])

    # The log says once that the catalog is down, and again after it was up.
    wait_for(lambda: degraded(user_of("fine")), lambda names: "catalog" not in names)
    before = len(service.log.read_text())
    degraded(user_of(trouble))
    log = service.log.read_text()
    said = log[before:].splitlines()
    assert list(leaks(log.encode())) == []
    failed = [line for line in said if "profiles are not refreshed" in line]
    skipped = [line for line in said if "skipped an invalid record" in line]
    if trouble != "fine" and not troubled.storage_down:
        assert skipped if trouble == "other" else failed, said
    assert all("/v1/users/{user_id}" in line for line in failed)


def test_calls_about_a_shopper_leak_no_user_id(troubled: Troubled, issuers: Issuers) -> None:
    service, user_id = troubled.service, user_of("error")
    for answer in ask_everything(service, user_id, issuers.token(sub=user_id, scope=SCOPES)):
        assert answer.status_code != 500, (answer.request.url, answer.text)
        assert SECRET not in answer.text
        assert PASSWORD not in answer.text
    log = service.log.read_text()
    assert ("database failed" in log) == troubled.storage_down
    assert list(leaks(log)) == []
    assert list(leaks(httpx.get(service.metrics_url, timeout=60).content)) == []


def test_rejected_tokens_are_not_logged(troubled: Troubled, issuers: Issuers) -> None:
    user_id = planted("shopper")
    service = troubled.service
    for token in (
        issuers.token(sub=user_id, exp=1),
        issuers.token(sub=user_id, iss=user_id),
        issuers.token(sub=user_id, header={"kid": user_id, "typ": user_id}),
        issuers.token(sub=user_id, scope=""),
        issuers.token(sub=user_id)[:-20],
    ):
        for answer in ask_everything(service, user_id, token):
            assert answer.status_code in (401, 403, 404)
            assert token not in answer.text
            assert token not in answer.headers.get("www-authenticate", "")
    assert list(leaks(service.log.read_bytes())) == []


def test_traces_hold_routes_and_no_user_ids(troubled: Troubled, issuers: Issuers) -> None:
    user_id = user_of("error")
    troubled.sent.clear()
    token = issuers.token(sub=user_id, scope=SCOPES)
    ask_everything(troubled.service, user_id, token)

    def traced(route: str) -> bool:
        return route.encode() in b"".join(troubled.sent)

    # Traces are sent in the order in which they end, and those of earlier tests may come after the clearing:
    # only this test asks for what is popular.
    troubled.service.client.get("/v1/popular", headers={"authorization": f"Bearer {token}"})
    wait_until(lambda: traced("GET /v1/popular"), "the trace of the last call")
    assert traced("/v1/users/{user_id}/recommendations")
    assert list(leaks(b"".join(troubled.sent))) == []


SECRET_URL = f"https://user:{PASSWORD}@host.test/path?api_key={planted('url-key')}&limit=1"
SETTINGS_WITH_SECRETS = {
    "DATABASE_URL": f"postgresql://user:{PASSWORD}@localhost/x?sslpassword={PASSWORD}",
    "REDIS_URL": f"redis://:{PASSWORD}@localhost?password={PASSWORD}",
    "CATALOG_CLIENT_ID": "shop",
    "CATALOG_CLIENT_SECRET": SECRET,
    "CATALOG_URL": SECRET_URL,
    "CATALOG_TOKEN_URL": SECRET_URL,
    "OTLP_ENDPOINT": SECRET_URL,
    "ISSUERS": json.dumps([{"issuer": "https://i.test", "jwks_url": SECRET_URL}]),
}


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [(ServiceSettings, "SERVICE_"), (IndexerSettings, "INDEXER_"), (CatalogSettings, "CATALOG_")],
)
def test_settings_show_no_secrets(
    kind: type[BaseSettings], prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SETTINGS_WITH_SECRETS.items():
        monkeypatch.setenv(prefix + name, value)
    monkeypatch.setenv("CATALOG_ISSUER", "https://i.test")
    monkeypatch.setenv("CATALOG_JWKS_URL", SECRET_URL)
    # The catalog's driver takes no passwords in parameters.
    monkeypatch.setenv("CATALOG_DATABASE_URL", f"postgresql://user:{PASSWORD}@localhost/x")
    settings = kind()
    shown = [repr(settings), str(settings)]
    if kind is not CatalogSettings:  # Its settings are never dumped, and it shares no code with the others.
        shown += [settings.model_dump_json(), str(settings.model_dump())]
    for text in shown:
        assert list(leaks(text)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_ISSUERS", planted("issuers")),
        ("SERVICE_LISTEN_PORT", planted("port")),
        ("SERVICE_DATABASE_URL", f"mysql://user:{PASSWORD}@localhost/x"),
        ("SERVICE_DATABASE_URL", PASSWORD),
        ("SERVICE_REDIS_URL", PASSWORD),
        ("SERVICE_CATALOG_URL", f"ftp://user:{PASSWORD}@localhost"),
        ("SERVICE_SNAPSHOT_SIGNING_KEY_FILES", planted("the-key-itself")),
    ],
    ids=["issuers", "port", "database with password", "database", "redis", "catalog", "key"],
)
def test_invalid_settings_are_named_without_their_values(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "snapshot.key"
    key.write_text("k" * 32)
    monkeypatch.setenv("SERVICE_SNAPSHOT_SIGNING_KEY_FILES", json.dumps([str(key)]))
    monkeypatch.setenv("SERVICE_ISSUERS", '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]')
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    said = "".join(capsys.readouterr())
    assert said
    assert list(leaks(said)) == []


def test_leak_search_finds_credentials_in_a_header() -> None:
    header = base64.b64encode(f"{CLIENT}:{SECRET}".encode())
    assert list(leaks(b"authorization: Basic " + header))
