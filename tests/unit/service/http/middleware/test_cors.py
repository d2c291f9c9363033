"""CORS headers, which need a listed origin."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.http.middleware.cors import CrossOrigin
from service.settings import ServiceSettings

pytestmark = pytest.mark.anyio


async def test_no_header_is_added_without_origins() -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"origin", b"https://shop.example"), (b"access-control-request-method", b"GET")]
    scope: Any = {"type": "http", "method": "OPTIONS", "headers": headers}
    receive: Any = None
    await CrossOrigin(app, ())(scope, receive, send)
    assert sent == [{"type": "http.response.start", "status": 200, "headers": []}]


@pytest.mark.parametrize(
    "origin", ["*", "https://*.shop.example", "shop.example", "https://shop.example/", "null", ""]
)
def test_inexact_origin_is_rejected(origin: str) -> None:
    field = ServiceSettings.model_fields["cors_origins"]
    assert field.default == ()
    with pytest.raises(ValidationError):
        TypeAdapter(field.annotation).validate_python([origin])


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_origins_of_settings_become_those_that_browsers_send(given: str, sent: str) -> None:
    settings = ServiceSettings(
        issuers=[{"issuer": "i", "jwks_file": "k"}],
        cors_origins=[given],
        console_public_url=given if given.startswith("https") else None,
    )
    assert settings.cors_origins == (sent,)
    assert settings.console_public_url in (sent, None)


@pytest.mark.parametrize("origin", ["https://shop.example:x", "https://shop.example:70000", "https://:443"])
def test_origin_without_a_valid_host_and_port_is_rejected(origin: str) -> None:
    for changes in ({"cors_origins": [origin]}, {"console_public_url": origin}):
        with pytest.raises(ValidationError, match="is not an origin"):
            ServiceSettings(issuers=[{"issuer": "i", "jwks_file": "k"}], **changes)
