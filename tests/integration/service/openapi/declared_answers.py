"""Answers are compared with what the OpenAPI document declares of them."""

from typing import Any

import httpx
from jsonschema import Draft202012Validator

from tests.support.builders.served_shop import ServedShop

SOMETIMES = {("400", "www-authenticate")}
IF_COUNTED = {"ratelimit", "ratelimit-policy"}
ORDINARY = {"allow", "content-encoding", "content-length", "content-type", "vary"}
"""Headers of HTTP itself, which the document need not name."""


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if path.startswith("/v1/")
    ]


def assert_declared(document: dict[str, Any], operation: dict[str, Any], response: httpx.Response) -> None:
    """Checks status, media type, headers and body against the document."""
    declared = assert_headers_declared(operation, response)
    media_type = response.headers["content-type"].partition(";")[0]
    schema = declared["content"][media_type]["schema"]
    Draft202012Validator(document | schema).validate(response.json())


def assert_headers_declared(operation: dict[str, Any], response: httpx.Response) -> dict[str, Any]:
    """Checks status and headers against the operation. Returns what it declares for the status."""
    status = str(response.status_code)
    assert status in operation["responses"], (status, response.request.url, response.text)
    declared: dict[str, Any] = operation["responses"][status]
    sent, named = response.headers.keys() - ORDINARY, {name.lower() for name in declared.get("headers", {})}
    assert sent <= named, (sent - named, response.text)
    missing = named - sent - (IF_COUNTED if status >= "4" else set())
    assert all((status, name) in SOMETIMES for name in missing), (missing, response.text)
    return declared


def call(
    served: ServedShop, method: str, path: str, token: str | None = None, **parts: Any
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or served.token()}"}
    return served.client.request(method, path, headers=headers, **parts)


def filled_path(path: str, served: ServedShop) -> str:
    """The path with ids and required parameters."""
    version = next(reversed(served.versions), "20260101T000000000Z-00000000")
    filled = path.format(user_id="u0", shopper_id="u5", product_id="p1", version=version)
    return f"{filled}?words=thing" if path == "/v1/console/products" else filled
