"""There is no "auth off": whatever the settings say, no call of the API is answered without a token.

Every setting is given values of every kind that it takes, one after the other, and a service is made of each.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Le
from litestar.types import ASGIApp
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from service import asgi
from service.http.authentication import BearerAuthentication
from service.http.gate import AuthenticationGate
from service.routes.access import ACCESS, OPEN_PATHS, VERIFICATION
from service.settings import IssuerSettings, ServiceSettings
from tests.support.builders.kept_logs import logs_as_before
from tests.support.servers.ports import unused_port

__all__ = ["logs_as_before"]

# Inferred parameters; gone with Litestar 3.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")

CALLS = [*ACCESS, ("GET", VERIFICATION), ("GET", "/v1/nothing"), ("GET", "/metrics"), ("GET", "/")]
ISSUER = {"issuer": "https://id.example", "jwks_file": "/nowhere/jwks.json"}
NOWHERE = "http://127.0.0.1:9"
TEXTS = ("*", "off", NOWHERE)
WISHES = {
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
"""What somebody might hope for, with and without the service's prefix."""


async def status(app: ASGIApp, method: str, template: str) -> int:
    """What a call without a token gets, from a caller who claims a lot."""
    said: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

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
    return said[0]


async def answers_while_it_runs(app: ASGIApp) -> set[int]:
    """The statuses of all calls, between start and stop of the application."""
    told: asyncio.Queue[Any] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    lifespan: Any = {"type": "lifespan", "state": {}}
    running = asyncio.ensure_future(app(lifespan, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    try:
        return {await status(app, *call) for call in CALLS}
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await running


def is_refused(settings: dict[str, Any]) -> bool:
    """Whether no service can be made of this; of one that can, every call must be answered with 401."""
    try:
        app = asgi.from_settings(ServiceSettings(**settings))
    except (ValidationError, ValueError, OSError):
        return True
    assert asyncio.run(answers_while_it_runs(app)) == {401}, settings
    return False


def numbers(field: FieldInfo) -> Iterator[float]:
    """The outermost that a setting takes, and one."""
    yield 1
    for constraint in field.metadata:
        if isinstance(constraint, Ge):
            yield float(str(constraint.ge))
        elif isinstance(constraint, Gt):
            yield float(str(constraint.gt)) + 1
        elif isinstance(constraint, Le):
            yield float(str(constraint.le))


def values(field: FieldInfo) -> Iterator[Any]:
    """Values of every kind that the setting might take, and some that it should not."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if kind is type(None):
            yield None
        elif kind is bool:
            yield from (True, False)
        elif get_origin(kind) is Literal:
            yield from get_args(kind)
        elif kind in (int, float):
            yield from (int(number) if kind is int else number for number in numbers(field))
        elif get_origin(kind) in (tuple, list, set, frozenset, dict):
            yield from ([], {}, *([text] for text in TEXTS))
        else:
            yield from TEXTS


def own_values(name: str) -> list[Any]:
    """Values of settings for which not any text will do, or that cost time to stop."""
    return {
        "database_url": ["sqlite:///other.db", *TEXTS],
        "management_port": [None, unused_port()],
        "otlp_endpoint": [None, NOWHERE],
    }.get(name, [])


@pytest.fixture
def least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that a service needs at least; nothing is taken from this machine."""
    for name in [name for name in os.environ if name.startswith("SERVICE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "snapshot.key"
    key.write_text("0" * 64)
    return {"issuers": [ISSUER], "snapshot_signing_key_files": [key], "catalog_url": NOWHERE}


@pytest.mark.parametrize("name", sorted(ServiceSettings.model_fields))
def test_no_setting_opens_the_api(least: dict[str, Any], name: str) -> None:
    assert not is_refused(least)
    tried = own_values(name) or values(ServiceSettings.model_fields[name])
    started = [value for value in tried if not is_refused({**least, name: value})]
    assert started or name in ("issuers", "snapshot_signing_key_files")


@pytest.mark.parametrize("name", sorted(IssuerSettings.model_fields))
def test_no_setting_of_an_issuer_opens_the_api(least: dict[str, Any], name: str) -> None:
    for value in values(IssuerSettings.model_fields[name]):
        is_refused({**least, "issuers": [{**ISSUER, name: value}]})


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "dir"])
def test_unsigned_tokens_cannot_be_allowed(least: dict[str, Any], algorithm: str) -> None:
    assert is_refused({**least, "issuers": [{**ISSUER, "algorithms": [algorithm]}]})
    assert is_refused({**least, "issuers": [{**ISSUER, "algorithms": ["RS256", algorithm]}]})


def test_there_is_no_service_without_an_issuer(least: dict[str, Any]) -> None:
    assert is_refused({**least, "issuers": []})
    with pytest.raises(ValidationError, match="issuers"):
        ServiceSettings()


@pytest.mark.parametrize("prefix", ["", "SERVICE_", "LITESTAR_"])
def test_no_wish_is_heard(least: dict[str, Any], prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WISHES.items():
        monkeypatch.setenv(prefix + name, value)
    assert not is_refused(least)


def test_what_is_open_is_no_setting() -> None:
    assert OPEN_PATHS == ("/health", "/schema")
    assert not any(path.startswith(OPEN_PATHS) for _, path in ACCESS)


@pytest.mark.parametrize("removed", [AuthenticationGate, BearerAuthentication])
def test_either_of_two_guards_is_enough(
    least: dict[str, Any], removed: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate closes everything; the middleware behind it, every route."""

    async def passes(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    monkeypatch.setattr(removed, "__call__", passes)
    app = asgi.from_settings(ServiceSettings(**least))

    async def statuses() -> set[int]:
        return {await status(app, *call) for call in [*ACCESS, ("GET", VERIFICATION)]}

    assert asyncio.run(statuses()) == {401}
