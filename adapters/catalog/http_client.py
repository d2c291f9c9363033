"""A single HTTP request with limits and translated errors, without retries or tokens."""

import asyncio
import codecs
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

import httpx
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer

from adapters.cancellation import cancel_all
from adapters.catalog.bounds import Bounds
from adapters.catalog.errors import CatalogAnswerTooLarge, CatalogContractViolation, CatalogUnavailable
from adapters.catalog.http_errors import HTTP_ERRORS, body_excerpt, translate_error
from adapters.certificates import DIRECT, trusted_certificates
from adapters.cookies import NO_COOKIES
from adapters.trace_context import pass_on
from adapters.urls import without_secrets

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
_ERROR_BODY_BYTES = 2048
_CODING = "gzip"
_STEP_BYTES = 1024 * 1024
"""Decompressed at once, before other requests have a turn."""


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
        body: decompressed body without a byte order mark. Of an error response only the beginning.
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
        return body_excerpt(self.body, self.call)

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
        self._total_seconds = bounds.total_seconds
        self._places = asyncio.Semaphore(bounds.max_concurrency)
        self._running = set[asyncio.Task[HttpResponse]]()
        self._closed = False
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(bounds.read_seconds, connect=bounds.connect_seconds),
            limits=httpx.Limits(max_keepalive_connections=bounds.max_concurrency),
            verify=trusted_certificates(),
            # Proxies of the environment apply (HTTPS_PROXY), except to hosts of NO_PROXY and this one.
            mounts=None if transport else dict.fromkeys(DIRECT),
            transport=transport,
            follow_redirects=False,
            cookies=NO_COOKIES,
            headers={"accept-encoding": _CODING},
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
            CatalogUnavailable: no connection or timeout, or the client is closed.
            CatalogAnswerTruncated: connection closed before the end of the response.
            CatalogAnswerTooLarge: response above the limit of its size.
            CatalogContractViolation: invalid encoding, or one that was not requested.
        """
        with self._observed(method, url) as span:
            headers = dict(headers)
            pass_on(headers)
            await self._places.acquire()
            if self._closed:
                self._places.release()  # The next one that waits gives up, too.
                raise CatalogUnavailable(f"{describe_call(method, url)}: the client is closed")
            exchange = self._exchange(method, url, headers, form, max_bytes or self._page_bytes, span)
            # Shielded: the pool may lose the connection of a request that is cancelled (httpcore 1093).
            task = asyncio.create_task(exchange)
            self._running.add(task)
            task.add_done_callback(self._leave)
            return await asyncio.shield(task)

    async def close(self) -> None:
        """Ends all requests and closes all connections.

        Calls that wait for a place are not sent.
        """
        self._closed = True
        await cancel_all(list(self._running))
        await self._client.aclose()

    def _leave(self, task: asyncio.Task[HttpResponse]) -> None:
        self._running.discard(task)
        self._places.release()
        if not task.cancelled():
            task.exception()  # The caller may be gone.

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        form: dict[str, str] | None,
        max_bytes: int,
        span: Span,
    ) -> HttpResponse:
        call = describe_call(method, url)
        received: bytearray | None = None
        try:
            async with (
                asyncio.timeout(self._total_seconds),
                self._client.stream(method, url, headers=headers, data=form) as response,
            ):
                if span.is_recording():  # The caller may be gone.
                    span.set_attribute("http.response.status_code", response.status_code)
                received = bytearray()
                await self._receive(call, response, received, max_bytes)
                return self._response(call, response, bytes(received))
        except TimeoutError as error:
            raise CatalogUnavailable(f"{call}: no answer in time", transient=True) from error
        except HTTP_ERRORS as error:
            raise translate_error(error, call, received) from error

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
        named = response.headers.get_list("content-encoding", split_commas=True)
        codings = [coding.lower() for coding in named if coding.lower() not in ("identity", "")]
        readable = codings in ([], [_CODING])
        if response.is_success and not readable:
            raise CatalogContractViolation(
                f"{call}: the answer is encoded as {', '.join(codings)!r:.80}, but the request accepts {_CODING}"
            )
        # The library decompresses whole pieces, which may grow a thousandfold, and any number of codings.
        gzipped = zlib.decompressobj(zlib.MAX_WBITS | 16) if codings and readable else None
        async for piece in response.aiter_raw():
            rest = piece
            while rest and not (gzipped and gzipped.eof):
                received += gzipped.decompress(rest, _STEP_BYTES) if gzipped else rest
                rest = gzipped.unconsumed_tail if gzipped else b""
                if not response.is_success and len(received) >= _ERROR_BODY_BYTES:
                    return
                if len(received) > max_bytes:
                    raise CatalogAnswerTooLarge(
                        f"{call} answered with more than {max_bytes:,} bytes, the limit for one page"
                    )
                if rest:
                    await asyncio.sleep(0)
        received += gzipped.flush() if gzipped else b""

    def _response(self, call: str, response: httpx.Response, body: bytes) -> HttpResponse:
        return HttpResponse(
            call=call,
            status=response.status_code,
            content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            location=_without_user_id(response.headers.get("location", "").partition("?")[0]) or None,
            retry_after=_retry_seconds(response.headers.get("retry-after")),
            body=body.removeprefix(codecs.BOM_UTF8),  # RFC 8259 §8.1 allows parsers to ignore it.
            date=_date(response.headers.get("date", "")),
        )


def describe_call(method: str, url: str) -> str:
    """Returns method and URL without user id, for error messages and logs."""
    return f"{method} {without_secrets(_without_user_id(url))}"


def _without_user_id(url: str) -> str:
    return _USER_IN_PATH.sub(r"\1{user_id}", url)


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
