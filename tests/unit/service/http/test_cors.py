"""CORS headers, which need a listed origin."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.http.cors import CrossOrigin
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
