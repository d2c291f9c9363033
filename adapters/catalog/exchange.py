"""One HTTP exchange with every bound applied and every error translated; no retries, no tokens."""

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from adapters.catalog.bounds import Bounds
from adapters.catalog.errors import (
    CatalogAnswerCut,
    CatalogContractViolation,
    CatalogError,
    CatalogUnavailable,
)

_SHOWN_CHARACTERS = 80
_PERSON = re.compile(r"(/v1/users/)[^/?]+")
_ABOUT_PEOPLE = re.compile(r"/v1/(users/|purchases(\?|$))")
_ERROR_BODY_BYTES = 2048

HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
"""Everything httpx raises."""

_OUR_MISTAKES = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer.

    Attributes:
        call: method and URL without the user's id, for error messages.
        content_type: without parameters, in lower case.
        location: where a redirect leads, without query and user's id.
        retry_after: seconds that the other side asks to wait.
        body: decompressed; of an error only its beginning.
    """

    call: str
    status: int
    content_type: str
    location: str | None
    retry_after: float | None
    body: bytes

    @property
    def excerpt(self) -> str:
        """The beginning of the body, for error messages; see `excerpt_of`."""
        return excerpt_of(self.body, self.call)

    @property
    def is_json(self) -> bool:
        """Whether the content type says JSON, of whatever kind."""
        return self.content_type == "application/json" or self.content_type.endswith("+json")


class Exchange:
    """An httpx client with a limit on everything."""

    def __init__(self, bounds: Bounds, wall_clock: Callable[[], float] = time.time) -> None:
        """Opens no connection yet.

        Args:
            bounds: limits on time, size and connections.
            wall_clock: seconds since the epoch, to read a Retry-After that is a date.
        """
        self._max_bytes = bounds.max_page_bytes
        self._wall_clock = wall_clock
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(
                bounds.read_seconds, connect=bounds.connect_seconds, pool=bounds.total_seconds
            ),
            limits=httpx.Limits(
                max_connections=bounds.max_concurrency, max_keepalive_connections=bounds.max_concurrency
            ),
            # The system's certificates (SSL_CERT_FILE adds a private authority), but no proxy from the
            # environment: the catalog is a neighbour, and a proxy meant for the internet cannot reach it.
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
        )

    async def send(
        self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None = None
    ) -> Answer:
        """The answer to one request, whatever its status.

        Raises:
            CatalogUnavailable: no connection, or too slow.
            CatalogAnswerCut: the connection ended within the answer.
            CatalogContractViolation: the answer is too large, or its encoding is broken.
        """
        call = named_call(method, url)
        received: bytearray | None = None
        try:
            async with self._client.stream(method, url, headers=headers, data=form) as response:
                received = bytearray()
                await self._receive(call, response, received)
                return self._answer(call, response, bytes(received))
        except HTTP_ERRORS as error:
            raise translated(error, call, received) from error

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def _receive(self, call: str, response: httpx.Response, received: bytearray) -> None:
        async for piece in response.aiter_bytes():
            received += piece
            if response.is_error and len(received) >= _ERROR_BODY_BYTES:
                return
            if len(received) > self._max_bytes:
                raise CatalogContractViolation(
                    f"{call} answered with more than {self._max_bytes:,} bytes, the limit for one page: "
                    "ask for smaller pages or raise the limit"
                )

    def _answer(self, call: str, response: httpx.Response, body: bytes) -> Answer:
        return Answer(
            call=call,
            status=response.status_code,
            content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            location=_without_person(response.headers.get("location", "").partition("?")[0]) or None,
            retry_after=_seconds(response.headers.get("retry-after"), self._wall_clock),
            body=body,
        )


def translated(error: Exception, call: str, received: bytes | bytearray | None = None) -> CatalogError:
    """An exception of httpx as ours.

    Args:
        error: what httpx raised.
        call: method and URL.
        received: what had come of the answer's body, None when the answer had not begun.
    """
    cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return CatalogContractViolation(f"{call}: the answer's compression is broken ({cause})")
    if isinstance(error, httpx.TooManyRedirects):
        return CatalogContractViolation(f"{call}: redirected without end ({cause})")
    if isinstance(error, _OUR_MISTAKES):
        return CatalogUnavailable(f"{call} cannot be sent: check the configured address ({cause})")
    if isinstance(error, httpx.RemoteProtocolError) and received is not None:
        return CatalogAnswerCut(
            f"{call}: a complete answer was expected, but the connection ended after {len(received):,} bytes "
            f"of it: {excerpt_of(received, call)} ({cause})",
            transient=True,
        )
    if isinstance(error, httpx.TimeoutException):
        return CatalogUnavailable(f"{call}: no answer in time ({cause})", transient=True)
    return CatalogUnavailable(f"{call}: no answer ({cause})", transient=True)


def named_call(method: str, url: str) -> str:
    """Method and URL, for error messages: they reach logs, where no user's id belongs."""
    return f"{method} {_without_person(url)}"


def _without_person(url: str) -> str:
    return _PERSON.sub(r"\1{user_id}", url)


def excerpt_of(body: bytes | bytearray, call: str) -> str:
    """The first characters of a body, quoted; of an answer about people only its length."""
    if _ABOUT_PEOPLE.search(call):
        return f"{len(body):,} bytes about people, which are not shown"
    return repr(bytes(body[: 4 * _SHOWN_CHARACTERS]).decode("utf-8", "replace")[:_SHOWN_CHARACTERS])


def _seconds(retry_after: str | None, wall_clock: Callable[[], float]) -> float | None:
    """Retry-After, given in seconds or as a date, in seconds from now; None when absent or unreadable."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - wall_clock())
    except ValueError:
        return None
