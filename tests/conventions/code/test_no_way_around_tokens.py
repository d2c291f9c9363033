"""No setting switches authentication off: every API call without a token is rejected.

Each setting gets values of every kind that it accepts, one at a time, and a service is built from each.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Le
from litestar.types import ASGIApp
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from service.auth import IssuerPolicy
from service.http.middleware.authentication import OPEN_PATHS, Authentication
from service.routes.access import ACCESS, VERIFICATION, AccessControl
from service.settings import ServiceSettings
from service.wiring import build_service
from tests.support.builders.kept_logs import logs_as_before
from tests.support.servers.ports import unused_port

__all__ = ["logs_as_before"]

# Inferred parameters; gone with Litestar 3.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")

CALLS = [*ACCESS, ("GET", VERIFICATION), ("GET", "/v1/nothing"), ("GET", "/metrics"), ("GET", "//")]
ISSUER = {"issuer": "https://id.example", "jwks_file": "/nowhere/jwks.json"}
NOWHERE = "http://127.0.0.1:9"
TEXTS = ("*", "off", NOWHERE)
HOPED_FOR = {
    "AUTH": "off",
    "AUTH_ENABLED": "false",
    "AUTH_DISABLED": "true",
    "AUTH_MODE": "none",
    "AUTHENTICATION": "none",
    "DISABLE_AUTH": "1",
    "SKIP_AUTH": "1",
    "NO_AUTH": "1",
    "ALLOW_ANONYMOUS": "true",
    "INSECURE": "1",
    "VERIFY_TOKENS": "false",
    "OPEN_PATHS": '["/v1", "/auth"]',
    "TRUSTED_PROXIES": "*",
    "DEBUG": "1",
    "DEVELOPMENT": "1",
    "TESTING": "1",
    "ENV": "development",
    "ENVIRONMENT": "development",
}
"""Variables that might be expected to switch authentication off, with and without the service's prefix."""


async def status(app: ASGIApp, method: str, template: str) -> int:
    """Status of a call without a token, whose headers claim a local administrator."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    path = template.replace("{user_id}", "u1").replace("{product_id}", "p1")
    headers = [(b"host", b"localhost"), (b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-user", b"admin")]
    scope: Any = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)
    return statuses[0]


async def answers_while_it_runs(app: ASGIApp) -> set[int]:
    """Statuses of all calls to the running application."""
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    lifespan: Any = {"type": "lifespan", "state": {}}
    running = asyncio.ensure_future(app(lifespan, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    assert (await outgoing.get())["type"] == "lifespan.startup.complete"
    try:
        return {await status(app, *call) for call in CALLS}
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        await running


def is_refused(settings: dict[str, Any]) -> bool:
    """True if the settings are rejected.

    If they are accepted, every call must be answered with 401.
    """
    try:
        app = build_service(ServiceSettings(**settings)).app
    except (ValidationError, ValueError, OSError):
        return True
    assert asyncio.run(answers_while_it_runs(app)) == {401}, settings
    return False


def numbers(field: FieldInfo) -> Iterator[float]:
    """One, and the limits of a numeric setting."""
    yield 1
    for constraint in field.metadata:
        if isinstance(constraint, Ge):
            yield float(str(constraint.ge))
        elif isinstance(constraint, Gt):
            yield float(str(constraint.gt)) + 1
        elif isinstance(constraint, Le):
            yield float(str(constraint.le))


def values(field: FieldInfo) -> Iterator[Any]:
    """Values of each kind that the setting accepts, and some it should reject."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if kind is type(None):
            yield None
        elif kind is bool:
            yield from (True, False)
        elif get_origin(kind) is Literal:
            yield from get_args(kind)
        elif kind in (int, float):
            yield from (kind(number) for number in numbers(field))
        elif get_origin(kind) in (tuple, list, set, frozenset, dict):
            yield from ([], {}, *([text] for text in TEXTS))
        else:
            yield from TEXTS


def different(tried: Iterable[Any]) -> Iterable[Any]:
    """The values without repetitions.

    A limit may be 1, and a text is of several kinds.
    """
    return {repr(value): value for value in tried}.values()


def own_values(name: str) -> list[Any]:
    """Values of settings that need special ones, or take long to stop."""
    return {
        "catalog_client_id": ["", *TEXTS],
        "catalog_client_secret": ["", *TEXTS],
        "database_url": ["sqlite:///other.db", *TEXTS],
        "management_port": [None, unused_port()],
        "otlp_endpoint": [None, NOWHERE],
        "path_prefix": ["/recs", "/v", "/v1", "/health", *TEXTS],
        "profile_keep_seconds": [1, 1e6],
        "profile_stale_seconds": [1, 60],
    }.get(name, [])


@pytest.fixture
def minimum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that a service requires, without any from this machine's environment."""
    for name in [name for name in os.environ if name.startswith("SERVICE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "snapshot.key"
    key.write_text("0" * 64)
    return {"issuers": [ISSUER], "snapshot_signing_key_files": [key], "catalog_url": NOWHERE}


@pytest.mark.parametrize("name", sorted(ServiceSettings.model_fields))
def test_no_setting_opens_the_api(minimum: dict[str, Any], name: str) -> None:
    tried = own_values(name) or values(ServiceSettings.model_fields[name])
    started = [value for value in different(tried) if not is_refused({**minimum, name: value})]
    assert started or name in ("issuers", "snapshot_signing_key_files")


@pytest.mark.parametrize("name", sorted(IssuerPolicy.model_fields))
def test_no_setting_of_an_issuer_opens_the_api(minimum: dict[str, Any], name: str) -> None:
    for value in different(values(IssuerPolicy.model_fields[name])):
        is_refused({**minimum, "issuers": [{**ISSUER, name: value}]})


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "dir"])
def test_unsigned_tokens_cannot_be_allowed(minimum: dict[str, Any], algorithm: str) -> None:
    assert is_refused({**minimum, "issuers": [{**ISSUER, "algorithms": [algorithm]}]})
    assert is_refused({**minimum, "issuers": [{**ISSUER, "algorithms": ["RS256", algorithm]}]})


def test_service_requires_an_issuer(minimum: dict[str, Any]) -> None:
    assert is_refused({**minimum, "issuers": []})
    with pytest.raises(ValidationError, match="issuers"):
        ServiceSettings()


@pytest.mark.parametrize("prefix", ["", "SERVICE_", "LITESTAR_"])
def test_unknown_variables_do_not_open_the_api(
    minimum: dict[str, Any], prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOPED_FOR.items():
        monkeypatch.setenv(prefix + name, value)
    assert not is_refused(minimum)


def test_open_paths_are_constant() -> None:
    assert OPEN_PATHS == ("/health", "/schema")
    assert not any(path.startswith(OPEN_PATHS) for _, path in ACCESS)


@pytest.mark.parametrize("removed", [Authentication, AccessControl])
def test_either_of_two_layers_rejects_calls_without_a_token(
    minimum: dict[str, Any], removed: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authentication rejects every request, and the access table every route without a principal."""

    async def passes(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    monkeypatch.setattr(removed, "__call__", passes)
    app = build_service(ServiceSettings(**minimum)).app

    async def statuses() -> set[int]:
        return {await status(app, *call) for call in [*ACCESS, ("GET", VERIFICATION)]}

    assert asyncio.run(statuses()) == {401}
