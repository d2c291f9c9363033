import inspect

import httpx
import pytest

from adapters.catalog import (
    Bounds,
    CatalogAnswerTruncated,
    CatalogContractViolation,
    CatalogError,
    CatalogUnavailable,
)
from adapters.catalog.http_client import HttpClient, HttpResponse
from adapters.catalog.http_errors import translate_error
from adapters.catalog.records import PRODUCTS
from adapters.catalog.response_checks import read_body

pytestmark = pytest.mark.anyio

HTTPX_EXCEPTIONS = [
    member
    for member in vars(httpx).values()
    if inspect.isclass(member) and issubclass(member, Exception) and not issubclass(member, Warning)
]
REQUEST = httpx.Request("GET", "http://catalog/v1/products")


def raised_by_httpx(kind: type[Exception]) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        return kind("status", request=REQUEST, response=httpx.Response(500, request=REQUEST))
    takes_message = "message" in inspect.signature(kind).parameters
    return kind("said httpx") if takes_message else kind()


class FailingTransport(httpx.AsyncBaseTransport):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


def test_list_of_httpx_exceptions_is_complete() -> None:
    assert len(HTTPX_EXCEPTIONS) >= 28


@pytest.mark.parametrize("kind", HTTPX_EXCEPTIONS)
async def test_every_httpx_exception_is_translated(kind: type[Exception]) -> None:
    client = HttpClient(Bounds(), transport=FailingTransport(raised_by_httpx(kind)))
    with pytest.raises(CatalogError, match="GET http://catalog/v1/products") as error:
        await client.send("GET", "http://catalog/v1/products", {})
    assert type(error.value.__cause__) is kind
    await client.close()


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadTimeout, httpx.PoolTimeout, httpx.ReadError])
def test_network_errors_are_transient(kind: type[Exception]) -> None:
    error = translate_error(raised_by_httpx(kind), "GET x")
    assert isinstance(error, CatalogUnavailable)
    assert error.transient


@pytest.mark.parametrize(
    "fault",
    [
        "unable to get local issuer certificate (_ssl.c:1006)",
        "self-signed certificate in certificate chain (_ssl.c:1006)",
    ],
)
def test_private_authority_has_a_remedy(fault: str) -> None:
    error = httpx.ConnectError(f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {fault}")
    assert str(translate_error(error, "GET x")).endswith(f"{fault}). Set SSL_CERT_FILE to its authority")


@pytest.mark.parametrize("kind", [httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL])
def test_invalid_requests_are_not_retried(kind: type[Exception]) -> None:
    error = translate_error(raised_by_httpx(kind), "GET x")
    assert not error.transient
    assert "check the configured address" in str(error)


def test_truncated_answer_differs_from_no_answer() -> None:
    ended = httpx.RemoteProtocolError("peer closed connection")
    assert isinstance(translate_error(ended, "GET x"), CatalogUnavailable)
    cut = translate_error(ended, "GET x", b'{"items": [')
    assert isinstance(cut, CatalogAnswerTruncated)
    assert "after 11 bytes" in str(cut)
    assert '{"items": [' in str(cut)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"items": {}}',
        b"[]",
        b'{"items": [], "next_cursor": 7}',
        b'{"items": [], "next_cursor": ""}',
        b'{"items": [], "extra": ' + b"[" * 100_000,
        b'{"items": [{"id": "a", "attributes": {"a": ' + b"[" * 100_000,
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
def test_invalid_body_is_a_contract_violation(body: bytes) -> None:
    response = HttpResponse("GET http://catalog/v1/products", 200, "application/json", None, None, body)
    with pytest.raises(CatalogContractViolation) as error:
        read_body(response, PRODUCTS.read, "a page of products")
    assert "GET http://catalog/v1/products: a page of products was expected" in str(error.value)
    assert len(str(error.value)) < 500


def test_unknown_fields_are_ignored_and_defaults_applied() -> None:
    body = b'{"items": [{"id": "a", "title": "t", "updated_at": "2024-01-01T02:00:00+02:00", "new": 1}]}'
    response = HttpResponse("GET x", 200, "application/json", None, None, body)
    page, _ = read_body(response, PRODUCTS.read, "a page")
    product = page.items[0]
    assert page.next_cursor is None
    assert product.in_stock
    assert product.price is None
    assert product.updated_at.timestamp() == 1704067200
