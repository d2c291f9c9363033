"""HTTP protocol of uvicorn with strict framing, limits on heads and a graceful end."""

from asyncio import BaseTransport, TimerHandle, Transport
from collections import deque
from collections.abc import Callable, Iterator

import httptools
import msgspec
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.http.connection_timeouts import TimedHttpProtocol
from service.http.middleware.security_headers import OUTSIDE_OF_THE_APPLICATION
from service.http.problems import MEDIA_TYPE, ProblemException, problem_of

MAX_HEAD_BYTES = 32 * 1024
"""Request line and headers together. A token has its own, smaller limit."""

MAX_TARGET_BYTES = 16 * 1024
"""Path and query. The longest cursor fits."""

MAX_HEADERS = 100

MAX_DISCARDED_BYTES = 64 * 1024 * 1024
"""Limit on reading a body after its answer, so that the sender can still read the answer."""

_LINGER_SECONDS = 2.0

_PIECE_BYTES = 4 * 1024
"""Data is parsed in pieces of this size. Only the requests of one piece wait as objects."""


class BoundedHttpProtocol(TimedHttpProtocol):
    """Rejects oversized or ambiguous requests with a problem, and closes the connection.

    uvicorn bounds headers only for its other parser, and accepts requests on whose end a proxy may disagree. A proxy
    that reuses connections would then send one caller's answer to another (request smuggling).

    - `Upgrade` is ignored, since there is no other protocol (RFC 9110, 7.8). The parser would skip the body.
    - `Transfer-Encoding` is exactly `chunked`, and HTTP/1.0 has none (RFC 9112, 6.1).
    - `Host` occurs exactly once in HTTP/1.1 (RFC 9112, 3.2), and the version is 1.0 or 1.1.
    - Trailers are discarded. They never count as headers (RFC 9110, 6.5.1).
    - Answers keep the order of their requests, the rejection included (RFC 9112, 9.3.2).

    While requests wait for an earlier one on their connection, nothing more is parsed or read. uvicorn would read on,
    and one connection could fill the memory.

    When the server stops, uvicorn closes idle connections at once, with requests that are being sent on them. This
    class answers one more request on each.
    """

    farewell_seconds = 2.0
    """Idle connections accept one more request for this long after the server began to stop."""

    _ignores_upgrade = False
    _silent_bytes = 0
    _head_bytes = 0
    _discarded = 0
    _rejection: ProblemException | None = None
    _rejects = False
    _closing: TimerHandle | None = None
    _farewell: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Pauses reading while requests wait."""
        super().connection_made(transport)
        self._unparsed: deque[bytes] = deque()
        self.flow = _PatientFlow(self.transport, lambda: bool(self.pipeline or self._unparsed))

    def data_received(self, data: bytes) -> None:
        """Parses data unless requests wait. Discards data after a rejection."""
        if self._rejects:
            return
        if len(data) <= _PIECE_BYTES:
            self._unparsed.append(data)
        else:
            self._unparsed.extend(data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES))
        self._parse()

    def on_response_complete(self) -> None:
        """Continues with the next request, or with a rejection that waited."""
        is_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if is_last and self._rejects:
            self._send_rejection()
        elif self._unparsed:
            self._parse()
        self.flow.resume_reading()

    def _parse(self) -> None:
        """Feeds the parser until a request waits, and limits data that reaches no callback."""
        try:
            while self._unparsed and not self.pipeline and not self.transport.is_closing():
                self._feed(self._unparsed.popleft())
                # A line, a chunk extension or a trailer without an end.
                if self._silent_bytes > MAX_HEAD_BYTES:
                    self._reject(_too_large_headers())
        except (httptools.HttpParserError, ProblemException):
            self.send_400_response("")
        else:
            self.watch_head()

    def _feed(self, piece: bytes) -> None:
        """Feeds one piece.

        After an `Upgrade`, the next pieces are the head without it and the rest.
        """
        self._silent_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignores_upgrade = False
            self._unparsed.extendleft((piece[upgrade.args[0] :], self._head_without_upgrade()))
            # After `Connection: close`, the old parser would discard the head.
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

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
        self._head_bytes = 0

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
        self._silent_bytes = 0
        self._check_framing()
        if self.parser.should_upgrade():
            self._ignores_upgrade = True
            return
        self._discarded = 0
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # RFC 9110, 10.1.1
        super().on_headers_complete()
        if self._farewell is not None:
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        """Counts a chunk as progress."""
        self._silent_bytes = 0

    def on_message_complete(self) -> None:
        """Ends the request, unless its head is parsed again without `Upgrade`."""
        if self._ignores_upgrade:
            return
        super().on_message_complete()
        # The parser reads `Connection` in trailers too, and then discards all further data.
        if not self.parser.should_keep_alive():
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()

    def _check_framing(self) -> None:
        version, names = self.parser.get_http_version(), [name for name, _ in self.headers]
        hosts, codings = names.count(b"host"), []
        if b"transfer-encoding" in names:
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
        self._silent_bytes = 0
        super().on_body(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answers with the rejection once earlier requests are answered.

        Without a rejection, the data is not HTTP.
        """
        del msg
        self._rejects = True
        self._unparsed.clear()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._send_rejection()
        elif cycle.more_body:
            self._abandon(cycle)

    def _abandon(self, cycle: RequestResponseCycle) -> None:
        """Ends a request whose body is malformed. The rejection is its answer."""
        cycle.disconnected = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        if self.pipeline:
            self.pipeline.popleft()  # the latest
        elif cycle.response_started:
            self.transport.close()
        else:
            self._send_rejection()

    def _send_rejection(self) -> None:
        """Sends the rejection, and closes the connection after a moment.

        If it were closed at once, data that still arrives would reset it, and the sender could not read the answer.
        """
        rejection = self._rejection or _bad_request("The request is not HTTP/1.1.")
        content = msgspec.json.encode(problem_of(rejection, "/"))
        others = "".join(f"{name}: {value}\r\n" for name, value in OUTSIDE_OF_THE_APPLICATION.items())
        head = (
            f"HTTP/1.1 {rejection.status} {rejection.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n{others}\r\n"
        )
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
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


class _PatientFlow(FlowControl):
    """Flow control that stays paused while requests of the connection wait."""

    def __init__(self, transport: Transport, has_backlog: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._has_backlog = has_backlog

    def resume_reading(self) -> None:
        """Resumes reading, unless requests wait."""
        if not self._has_backlog():
            super().resume_reading()


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
