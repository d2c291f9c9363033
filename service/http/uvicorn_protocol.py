"""HTTP protocol of uvicorn with strict framing, limits on heads and a graceful end."""

from asyncio import TimerHandle
from collections.abc import Iterator

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.problems import MEDIA_TYPE, ProblemException, problem_of

MAX_HEAD_BYTES = 32 * 1024
"""Request line and headers together. A token has its own, smaller limit."""

MAX_TARGET_BYTES = 16 * 1024
"""Path and query. The longest cursor fits."""

MAX_HEADERS = 100

MAX_DISCARDED_BYTES = 64 * 1024 * 1024
"""Limit on reading a body after its answer, so that the sender can still read the answer."""

_LINGER_SECONDS = 2.0


class BoundedHttpProtocol(HttpToolsProtocol):
    """Rejects oversized or ambiguous requests with a problem, and closes the connection.

    uvicorn bounds headers only for its other parser, and accepts requests on whose end a proxy may disagree. A proxy
    that reuses connections would then send one caller's answer to another (request smuggling).

    - `Upgrade` is ignored, since there is no other protocol (RFC 9110, 7.8). The parser would skip the body.
    - `Transfer-Encoding` is exactly `chunked`, and HTTP/1.0 has none (RFC 9112, 6.1).
    - `Host` occurs exactly once in HTTP/1.1 (RFC 9112, 3.2), and the version is 1.0 or 1.1.
    - Trailers are discarded. They never count as headers (RFC 9110, 6.5.1).

    When the server stops, uvicorn closes idle connections at once, with requests that are being sent on them. This
    class answers one more request on each.
    """

    farewell_seconds = 2.0
    """Idle connections accept one more request for this long after the server began to stop."""

    _in_head = True
    _ignores_upgrade = False
    _unparsed_bytes = 0
    _head_bytes = 0
    _discarded = 0
    _rejection: ProblemException | None = None
    _closing: TimerHandle | None = None
    _farewell: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Feeds the parser and limits unparsed data. Discards data after a rejection."""
        if self._closing is not None:
            return
        self._unset_keepalive_if_required()
        self._unparsed_bytes += len(data)
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        # A line, a chunk extension or a trailer without an end reaches no callback.
        if self._unparsed_bytes > MAX_HEAD_BYTES:
            self._rejection = _too_large_headers()
            self.send_400_response("")

    def _feed(self, data: bytes) -> bytes:
        """Feeds `data` and returns the rest to be parsed.

        The rest is a head without its `Upgrade`, and the data after it.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignores_upgrade = False
            return self._head_without_upgrade() + data[upgrade.args[0] :]
        return b""

    def _head_without_upgrade(self) -> bytes:
        start = b"%s %s HTTP/%s" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        lines = [b"%s: %s" % header for header in _without_upgrade(self.headers)]
        return b"\r\n".join([start, *lines, b"", b""])

    def on_message_begin(self) -> None:
        """Starts counting the bytes of a new head."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_url(self, url: bytes) -> None:
        """Rejects a target that is too long."""
        super().on_url(url)
        if len(self.url) > MAX_TARGET_BYTES:
            detail = f"Path and query are longer than {MAX_TARGET_BYTES} bytes."
            self._reject(ProblemException(414, "uri-too-long", "URI Too Long", detail))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Rejects headers that are too many or too large, and discards trailers."""
        self._head_bytes += len(name) + len(value) + 4
        if self._in_head:
            super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS or self._head_bytes + len(self.url) > MAX_HEAD_BYTES:
            self._reject(_too_large_headers())

    def on_headers_complete(self) -> None:
        """Checks the framing and hands the request to the application."""
        self._unparsed_bytes = 0
        self._check_framing()
        if self.parser.should_upgrade():
            self._ignores_upgrade = True
            return
        self._in_head, self._discarded = False, 0
        super().on_headers_complete()
        if self._farewell is not None:
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        """Counts a chunk as progress."""
        self._unparsed_bytes = 0

    def on_message_complete(self) -> None:
        """Ends the request, unless its head is parsed again without `Upgrade`."""
        if not self._ignores_upgrade:
            super().on_message_complete()

    def _check_framing(self) -> None:
        version = self.parser.get_http_version()
        hosts = sum(name == b"host" for name, _ in self.headers)
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if version not in ("1.0", "1.1"):
            self._reject(_bad_request(f"HTTP/{version} is not supported. Use HTTP/1.1."))
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            self._reject(_bad_request("A request has exactly one Host header."))
        if codings and (codings != [b"chunked"] or version == "1.0"):
            self._reject(_bad_request("The only Transfer-Encoding is chunked, in HTTP/1.1."))
        if self.parser.get_method() == b"CONNECT":
            self._reject(_bad_request("This server is not a proxy."))

    def shutdown(self) -> None:
        """Ends the connection after the current answer or the next one."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self._farewell is None:
            self._farewell = self.loop.call_later(self.farewell_seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        """Closes the connection on an endless body that nobody reads."""
        self._unparsed_bytes = 0
        super().on_body(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answers with the rejection, or that this is not HTTP.

        The connection stays open for a moment. If it were closed at once, data that still arrives would reset it, and
        the sender could not read the answer.
        """
        del msg
        rejection = self._rejection or _bad_request("The request is not HTTP/1.1.")
        content = msgspec.json.encode(problem_of(rejection, "/"))
        head = (
            f"HTTP/1.1 {rejection.status} {rejection.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(content)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer of an earlier request on this connection could be mistaken for this one.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(head.encode() + content)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._closing = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the timers."""
        for waiting in (self._closing, self._farewell):
            if waiting is not None:
                waiting.cancel()
        super().connection_lost(exc)

    def _reject(self, problem: ProblemException) -> None:
        self._rejection = problem
        raise problem  # stops the parser, and `send_400_response` answers


def _too_large_headers() -> ProblemException:
    detail = f"Request line and headers are more than {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} headers."
    title = "Request Header Fields Too Large"
    return ProblemException(431, "request-header-fields-too-large", title, detail)


def _bad_request(detail: str) -> ProblemException:
    return ProblemException(400, "bad-request", "Bad Request", detail)


def _without_upgrade(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yields the headers without `Upgrade` and without its name in `Connection`."""
    for name, value in headers:
        if name == b"connection":
            options = [option.strip() for option in value.split(b",")]
            yield name, b", ".join(option for option in options if option.lower() != b"upgrade")
        elif name != b"upgrade":
            yield name, value
