"""uvicorn's HTTP protocol: a bound on what it reads before the application is asked, an end that drops nothing."""

from asyncio import TimerHandle

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.problems import MEDIA_TYPE, ProblemException, problem_of

MOST_HEAD_BYTES = 32 * 1024
"""Request line and headers together; a token has its own, smaller limit."""

MOST_TARGET_BYTES = 16 * 1024
"""Path and query, room for the longest cursor."""

MOST_HEADERS = 100

MOST_DISCARDED_BYTES = 64 * 1024 * 1024
"""What is read of a body that was answered already, so that its sender gets to read the answer."""

_LINGER_SECONDS = 2.0

_FAREWELL_SECONDS = 2.0
"""How long a persistent connection that is idle when the server ends stays open for one more request."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a head that is too large while it arrives, with a problem, and closes the connection.

    Of itself the server takes headers without end into memory: it has a bound for its other parser only. And when
    it ends it closes idle connections at once, with the requests that were just being sent on them.
    """

    _in_head = True
    _head_bytes = 0
    _parsed_bytes = 0
    _discarded = 0
    _refusal: ProblemException | None = None
    _closing: TimerHandle | None = None
    _farewell: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Counts what arrives of a head; after a refusal everything is thrown away."""
        if self._closing is not None:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        # A single line without an end reaches no callback.
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES and self._closing is None:
            self._refusal = self._refusal or _too_large_headers()
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A new head: its own bytes are counted as they come."""
        super().on_message_begin()
        self._in_head, self._parsed_bytes = True, 0

    def on_url(self, url: bytes) -> None:
        """Refuses a target that is too long."""
        super().on_url(url)
        if len(self.url) > MOST_TARGET_BYTES:
            detail = f"Path and query are longer than {MOST_TARGET_BYTES} bytes; a body has more room."
            self._refuse(ProblemException(414, "uri-too-long", "URI Too Long", detail))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuses headers that are too many or too large."""
        super().on_header(name, value)
        self._parsed_bytes += len(name) + len(value) + 4
        if len(self.headers) > MOST_HEADERS or self._parsed_bytes + len(self.url) > MOST_HEAD_BYTES:
            self._refuse(_too_large_headers())

    def on_headers_complete(self) -> None:
        """The head is in; what follows is the application's."""
        self._in_head, self._head_bytes, self._discarded = False, 0, 0
        super().on_headers_complete()
        if self._farewell is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """The server ends: the answer that is under way, or the next one, is this connection's last."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self._farewell is None:
            self._farewell = self.loop.call_later(_FAREWELL_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        """Gives up on a body without end that nobody reads any more."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > MOST_DISCARDED_BYTES:
                self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answers with the refusal, or that this is not HTTP; then waits a little for the sender to read it.

        To close at once would throw the answer away: what the sender still sends would reset the connection.
        """
        del msg
        refusal = self._refusal or ProblemException(
            400, "bad-request", "Bad Request", "The request is not HTTP/1.1."
        )
        content = msgspec.json.encode(problem_of(refusal, "/"))
        head = (
            f"HTTP/1.1 {refusal.status} {refusal.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(content)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        if self.cycle is not None and not self.cycle.response_complete:
            # An earlier request on this connection: its answer could not be told from this one.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(head.encode() + content)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._closing = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the wait for the sender."""
        for waiting in (self._closing, self._farewell):
            if waiting is not None:
                waiting.cancel()
        super().connection_lost(exc)

    def _refuse(self, problem: ProblemException) -> None:
        self._refusal = problem
        raise problem  # the parser stops, and the protocol answers


def _too_large_headers() -> ProblemException:
    detail = f"Request line and headers are more than {MOST_HEAD_BYTES} bytes or {MOST_HEADERS} headers."
    title = "Request Header Fields Too Large"
    return ProblemException(431, "request-header-fields-too-large", title, detail)
