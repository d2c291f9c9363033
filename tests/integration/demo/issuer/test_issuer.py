"""The development issuer as a process, and its tokens in the service's verifier."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.issuer.__main__ import main
from service.auth import InvalidToken, IssuerPolicy, TokenVerifier
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import answers, serving

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Issuer:
    url: str
    secret: str

    def metadata(self) -> dict[str, Any]:
        response = httpx.get(f"{self.url}/.well-known/openid-configuration", timeout=60)
        document: dict[str, Any] = response.json()
        return document

    def ask(self, **fields: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": "demo",
            "client_secret": self.secret,
            **fields,
        }
        return httpx.post(f"{self.url}/token", data=form, timeout=60)


def environment(**variables: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ISSUER_") and name != "KUBERNETES_SERVICE_HOST"
    }
    return {**kept, **variables}


def command() -> list[str]:
    return [sys.executable, "-W", "error", "-m", "demo.issuer", "serve"]


@contextmanager
def running(port: int, state: Path, **variables: str) -> Iterator[Issuer]:
    settings = environment(ISSUER_LISTEN_PORT=str(port), ISSUER_STATE_DIR=str(state), **variables)
    url, log = f"http://127.0.0.1:{port}", state / "issuer.log"
    with serving(command(), settings, answers(f"{url}/jwks"), log):
        yield Issuer(url, (state / "client-secret").read_text())
    assert log.read_text() == ""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer")


@pytest.fixture(scope="module")
def issuer(state: Path) -> Iterator[Issuer]:
    with running(unused_port(), state) as started:
        yield started


async def test_issued_tokens_pass_the_verifier_of_the_service(issuer: Issuer) -> None:
    metadata = issuer.metadata()
    assert metadata["issuer"] == issuer.url
    assert metadata["token_endpoint"] == f"{issuer.url}/token"
    verifier = TokenVerifier([IssuerPolicy(issuer=metadata["issuer"], jwks_url=metadata["jwks_uri"])])
    shopper = issuer.ask(subject="ana 50%25 off", scope="recommendations:read").json()
    principal = await verifier.verify(shopper["access_token"])
    assert (principal.subject, principal.client_id) == ("ana 50%25 off", "demo")
    assert principal.scopes == {"recommendations:read"}
    assert 3590 < principal.expires_at - time.time() <= 3600
    service = issuer.ask(scope="recommendations:read.any events:write").json()
    principal = await verifier.verify(service["access_token"])
    assert (principal.subject, principal.client_id) == ("demo", "demo")
    assert principal.scopes == {"recommendations:read.any", "events:write"}
    await verifier.close()


async def test_token_for_another_audience_is_rejected_by_the_service(issuer: Issuer) -> None:
    verifier = TokenVerifier([IssuerPolicy(issuer=issuer.url, jwks_url=f"{issuer.url}/jwks")])
    token = issuer.ask(audience="catalog").json()["access_token"]
    with pytest.raises(InvalidToken, match="another audience"):
        await verifier.verify(token)
    await verifier.close()


def test_answer_follows_the_standard(issuer: Issuer) -> None:
    response = issuer.ask(scope="a b")
    answer: dict[str, Any] = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "a b")
    assert issuer.ask().json()["scope"] == "recommendations:read"


def test_tokens_differ(issuer: Issuer) -> None:
    assert issuer.ask().json()["access_token"] != issuer.ask().json()["access_token"]


def test_client_may_authenticate_in_the_header(issuer: Issuer) -> None:
    response = httpx.post(
        f"{issuer.url}/token",
        data={"grant_type": "client_credentials"},
        auth=("demo", issuer.secret),
        timeout=60,
    )
    assert response.status_code == 200


def test_errors_follow_the_standard(issuer: Issuer) -> None:
    rejected = issuer.ask(client_secret="wrong")
    assert rejected.status_code == 401
    assert rejected.headers["www-authenticate"].startswith("Basic realm=")
    assert rejected.json()["error"] == "invalid_client"
    assert set(rejected.json()) == {"error", "error_description"}
    assert issuer.ask(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert issuer.ask(subject="x" * 20_000).status_code == 413


def test_only_the_public_key_is_published(issuer: Issuer) -> None:
    (key,) = httpx.get(f"{issuer.url}/jwks", timeout=60).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_key_and_secret_survive_a_restart(tmp_path: Path, free_port: int) -> None:
    with running(free_port, tmp_path) as first:
        before = httpx.get(f"{first.url}/jwks", timeout=60).json()
    with running(free_port, tmp_path) as second:
        assert httpx.get(f"{second.url}/jwks", timeout=60).json() == before
        assert second.secret == first.secret


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"ISSUER_LISTEN_HOST": "0.0.0.0"}, "does not listen on 0.0.0.0"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "does not start in Kubernetes"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "ISSUER_LOCAL_STACK": "compose"}, "not start in Kubernetes"),
        ({"ISSUER_URL": "https://id.shop.example"}, "in the name of id.shop.example"),
        ({"ISSUER_LOCAL_STACK": "production"}, "ISSUER_LOCAL_STACK: got 'production', expected 'compose' or"),
        ({"ISSUER_CLIENT_SECRET": "short"}, "ISSUER_CLIENT_SECRET: "),
        ({"ISSUER_STATE_DIR": "/dev/null/state"}, "ISSUER_STATE_DIR: /dev/null/state"),
    ],
)
def test_issuer_does_not_start_with_unsafe_or_invalid_settings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    sentence: str,
) -> None:
    for name in os.environ.keys() - environment().keys():
        monkeypatch.delenv(name)
    for name, value in ({"ISSUER_STATE_DIR": str(tmp_path / "state")} | variables).items():
        monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1
    assert "short" not in error
    assert not (tmp_path / "state").exists()
