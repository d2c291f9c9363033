"""A single HTTP request with limits and translated errors, without retries or tokens."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

import httpx
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer

from adapters.catalog.bounds import Bounds
from adapters.catalog.errors import (
    CatalogAnswerTooLarge,
    CatalogAnswerTruncated,
    CatalogContractViolation,
    CatalogError,
    CatalogUnavailable,
)
from adapters.certificates import DIRECT, trusted_certificates
from adapters.trace_context import pass_on
from adapters.urls import without_secrets

_EXCERPT_CHARACTERS = 80
NO_TRACER = NoOpTracer()

CallObserver: TypeAlias = Callable[[str, float], None]
"""Called after each attempt of a call with its operation, such as `user_purchases`, and its seconds."""

_OPERATIONS = {
    "/v1/users/{user_id}": "user",
    "/v1/users/{user_id}/purchases": "user_purchases",
    "/v1/products": "products",
    "/v1/purchases": "purchases",
    "/v1/loads": "loads",
}
"""Operations of the catalog by the templates of their paths."""

_TEMPLATE = re.compile(rf"(?:{'|'.join(map(re.escape, _OPERATIONS))})(?=\?|$)")
_USER_IN_PATH = re.compile(r"(/v1/users/)[^/?]+")
_ABOUT_USERS = re.compile(r"/v1/(users/|purchases(\?|$))")
_ERROR_BODY_BYTES = 2048

HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
"""Everything httpx raises."""

_CALLER_ERRORS = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)


def ignore_call(_operation: str, _seconds: float) -> None:
    """Reports nothing."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete HTTP response.

    Attributes:
        call: method and URL without user id, for error messages.
        content_type: media type in lower case, without parameters.
        location: target of a redirect, without query and user id.
        retry_after: seconds to wait, as the server asked, or None.
        body: decompressed body. Of an error response only the beginning.
        date: time of the response by the server's clock, or None if it does not say.
    """

    call: str
    status: int
    content_type: str
    location: str | None
    retry_after: float | None
    body: bytes
    date: datetime | None = None

    @property
    def excerpt(self) -> str:
        """Beginning of the body, for error messages."""
        return _body_excerpt(self.body, self.call)

    @property
    def is_json(self) -> bool:
        """True if the content type is JSON or ends with `+json`."""
        return self.content_type == "application/json" or self.content_type.endswith("+json")


class HttpClient:
    """An httpx client with limits on time, size and connections."""

    def __init__(
        self,
        bounds: Bounds,
        transport: httpx.AsyncBaseTransport | None = None,
        tracer: Tracer = NO_TRACER,
        on_call: CallObserver = ignore_call,
    ) -> None:
        """Creates the client without opening a connection.

        Args:
            bounds: limits on time, size and connections.
            transport: replaces the network connection.
            tracer: makes a span of each request.
            on_call: called after each request, whatever came of it.
        """
        self._tracer = tracer
        self._on_call = on_call
        self._page_bytes = bounds.max_page_bytes
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(
                bounds.read_seconds, connect=bounds.connect_seconds, pool=bounds.total_seconds
            ),
            limits=httpx.Limits(
                max_connections=bounds.max_concurrency, max_keepalive_connections=bounds.max_concurrency
            ),
            verify=trusted_certificates(),
            # Proxies of the environment apply (HTTPS_PROXY), except to hosts of NO_PROXY and this one.
            mounts=None if transport else dict.fromkeys(DIRECT),
            transport=transport,
            follow_redirects=False,
        )

    async def send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        *,
        form: dict[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> HttpResponse:
        """Sends one request and returns the response with any status.

        Args:
            method: HTTP method.
            url: address of the call.
            headers: headers to send.
            form: fields of its body.
            max_bytes: limit on the response. None: that of a page.

        Raises:
            CatalogUnavailable: no connection or timeout.
            CatalogAnswerTruncated: connection closed before the end of the response.
            CatalogAnswerTooLarge: response above the limit of its size.
            CatalogContractViolation: invalid encoding.
        """
        call = describe_call(method, url)
        received: bytearray | None = None
        with self._observed(method, url) as span:
            headers = dict(headers)
            pass_on(headers)
            try:
                async with self._client.stream(method, url, headers=headers, data=form) as response:
                    span.set_attribute("http.response.status_code", response.status_code)
                    received = bytearray()
                    await self._receive(call, response, received, max_bytes or self._page_bytes)
                    return self._response(call, response, bytes(received))
            except HTTP_ERRORS as error:
                raise translate_error(error, call, received) from error

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    @contextmanager
    def _observed(self, method: str, url: str) -> Iterator[Span]:
        """Times one request. Yields its span, which has no user's id."""
        template = _TEMPLATE.search(_without_user_id(url))
        name = template.group() if template else "token"
        began = time.perf_counter()
        attributes = {"http.request.method": method, "url.template": name}
        with self._tracer.start_as_current_span(
            f"{method} {name}",
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                self._on_call(_OPERATIONS.get(name, name), time.perf_counter() - began)

    async def _receive(
        self, call: str, response: httpx.Response, received: bytearray, max_bytes: int
    ) -> None:
        async for piece in response.aiter_bytes():
            received += piece
            if response.is_error and len(received) >= _ERROR_BODY_BYTES:
                return
            if len(received) > max_bytes:
                raise CatalogAnswerTooLarge(
                    f"{call} answered with more than {max_bytes:,} bytes, the limit for one page"
                )

    def _response(self, call: str, response: httpx.Response, body: bytes) -> HttpResponse:
        return HttpResponse(
            call=call,
            status=response.status_code,
            content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            location=_without_user_id(response.headers.get("location", "").partition("?")[0]) or None,
            retry_after=_retry_seconds(response.headers.get("retry-after")),
            body=body,
            date=_date(response.headers.get("date", "")),
        )


def translate_error(error: Exception, call: str, received: bytes | bytearray | None = None) -> CatalogError:
    """Translates an exception of httpx.

    Args:
        error: exception that httpx raised.
        call: method and URL.
        received: body received so far, or None before the response began.
    """
    cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return CatalogContractViolation(f"{call}: the answer cannot be decompressed ({cause})")
    if isinstance(error, httpx.TooManyRedirects):
        return CatalogContractViolation(f"{call}: too many redirects ({cause})")
    if isinstance(error, _CALLER_ERRORS):
        return CatalogUnavailable(f"{call} cannot be sent: check the configured address ({cause})")
    if isinstance(error, httpx.RemoteProtocolError) and received is not None:
        return CatalogAnswerTruncated(
            f"{call}: the connection ended after {len(received):,} bytes, before the answer was complete: "
            f"{_body_excerpt(received, call)} ({cause})",
            transient=True,
        )
    if isinstance(error, httpx.TimeoutException):
        return CatalogUnavailable(f"{call}: no answer in time ({cause})", transient=True)
    return CatalogUnavailable(f"{call}: no answer ({cause})", transient=True)


def describe_call(method: str, url: str) -> str:
    """Returns method and URL without user id, for error messages and logs."""
    return f"{method} {without_secrets(_without_user_id(url))}"


def _without_user_id(url: str) -> str:
    return _USER_IN_PATH.sub(r"\1{user_id}", url)


def _body_excerpt(body: bytes | bytearray, call: str) -> str:
    """Returns the quoted beginning of a body, or its size if about users."""
    if _ABOUT_USERS.search(call):
        return f"{len(body):,} bytes about users, which are not shown"
    return repr(bytes(body[: 4 * _EXCERPT_CHARACTERS]).decode("utf-8", "replace")[:_EXCERPT_CHARACTERS])


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _retry_seconds(retry_after: str | None) -> float | None:
    """Converts Retry-After to seconds, None if absent or invalid."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    date = _date(retry_after)
    return None if date is None else max(0.0, date.timestamp() - time.time())
