"""HTTP protocol of uvicorn with time limits for sending and reading."""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.joined_writes import JoinedWrites


class UnreadAnswers:
    """Answers that their callers have not read yet, of all connections of the process.

    Args:
        max_bytes: bytes of all of them together. Beyond it, the connections that have waited longest are aborted.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: dict[Transport, None] = {}  # longest first

    def add(self, transport: Transport) -> None:
        """Adds a connection, and aborts others if all answers together are too large."""
        self._waiting[transport] = None
        total = sum(each.get_write_buffer_size() for each in self._waiting)
        for each in [each for each in self._waiting if each is not transport]:
            if total <= self._max_bytes:
                return
            total -= each.get_write_buffer_size()
            self.remove(each)
            each.abort()

    def remove(self, transport: Transport) -> None:
        """Removes a connection. Removing it again has no effect."""
        self._waiting.pop(transport, None)


class TimedHttpProtocol(HttpToolsProtocol):
    """Closes idle connections and those without a complete head, and aborts unread answers.

    uvicorn waits for the latter two without a limit, and keeps the unread answers in memory. It sets and cancels a
    timer for each idle time. Here a connection has one timer for all of them, and a head that arrives at once has none.
    """

    head_seconds = 30.0
    """Time for the first head of a connection, and for each later one from its first byte."""

    reading_seconds = 10.0
    """Time in which a caller has to read `reading_bytes` of an answer, or the rest of it."""

    reading_bytes = 64 * 1024

    unread_answers = UnreadAnswers(64 * 1024 * 1024)

    _in_head = True
    _idle_since: float | None = None
    _head_timer: TimerHandle | None = None
    _reading_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Waits for the first head."""
        super().connection_made(cast("Transport", transport))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the timers."""
        self.unread_answers.remove(self.transport)
        for timer in (self._head_timer, self._reading_timer, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Notes that a head has begun."""
        super().on_message_begin()
        self._in_head, self._idle_since = True, None

    def watch_head(self) -> None:
        """Waits for the rest of a head. Called when all data is parsed."""
        if self._in_head and self._head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Ends the wait for the head."""
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        super().on_headers_complete()
        if self.scope["method"] != "HEAD":  # Its answers have one write.
            self.cycle.transport = cast("Transport", JoinedWrites(self.transport, self.loop))

    def on_response_complete(self) -> None:
        """Starts the next request, or waits for one.

        As in uvicorn, but for the timers. Also watches whether the caller reads what the socket did not take.
        """
        self._watch_reader()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._close_idle_at(self._idle_since + self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection that was idle for long enough."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # The end of the current request sets the timer again.
        closes_at = self._idle_since + self.timeout_keep_alive
        if self.loop.time() < closes_at:
            self._close_idle_at(closes_at)
        else:
            super().timeout_keep_alive_handler()

    def _close_idle_at(self, when: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_at(when, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def pause_writing(self) -> None:
        """Watches whether the caller reads."""
        super().pause_writing()
        self._watch_reader()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._close_without_head)

    def _close_without_head(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self._expect_head()  # Nothing is read while an earlier request is answered.

    def _watch_reader(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread and self._reading_timer is None:
            self.unread_answers.add(self.transport)
            self._check_reader_later(unread)

    def _check_reader_later(self, unread: int) -> None:
        self._reading_timer = self.loop.call_later(self.reading_seconds, self._check_reader, unread)

    def _check_reader(self, before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        self._reading_timer = None
        if not unread:
            self.unread_answers.remove(self.transport)
        elif before - unread < min(before, self.reading_bytes):
            self.transport.abort()
        else:
            self._check_reader_later(unread)
