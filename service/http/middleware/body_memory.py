"""Memory of request bodies, bounded over all requests of the process."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from adapters.telemetry import ServiceMetrics
from service.http.problems import Overloaded

WAITING_BYTES = 64 * 1024
"""A body that arrives counts as at least this: what the server may hold for its connection."""

MIN_CALLERS = 4
"""Number of callers whose bodies fit at least: each may use this part (1/4) of the memory."""

_CLOSE = {"connection": "close"}


@dataclass(eq=False, slots=True)
class Body:
    """One request body.

    Attributes:
        caller: whose request it is.
        evict: ends the request soon.
        received: bytes that have arrived.
        counted: bytes that are reserved for it, at least `WAITING_BYTES` while it arrives.
    """

    caller: Hashable
    evict: Callable[[], None]
    received: int = 0
    counted: int = 0


class BodyMemory:
    """Counts the bytes of all bodies that arrive or are being processed.

    When they are too many, the body that has been arriving longest is evicted. Slow senders therefore lose first, and
    callers who send at a usual speed do not notice them.

    Args:
        max_bytes: maximum of all bodies together.
        metrics: counts evicted and rejected requests.
    """

    def __init__(self, max_bytes: int, metrics: ServiceMetrics) -> None:
        self._max_bytes = max_bytes
        self._metrics = metrics
        self._max_caller_bytes = max_bytes // MIN_CALLERS
        self._used: Counter[Hashable] = Counter()
        self._arriving: dict[Body, None] = {}  # longest first

    def open(self, caller: Hashable, evict: Callable[[], None]) -> Body:
        """Counts a body that begins to arrive.

        Close it at the end of the request.

        Raises:
            Overloaded: its caller has too many bodies, or there is no memory.
        """
        body = Body(caller, evict)
        self.grow(body, 0)
        return body

    def grow(self, body: Body, size: int) -> None:
        """Counts `size` more bytes that have arrived.

        Raises:
            Overloaded: as for `open`.
        """
        self._arriving[body] = None
        body.received += size
        try:
            self._count(body, max(body.received, WAITING_BYTES))
        except Overloaded:
            self._metrics.shed()
            self.close(body)
            raise

    def complete(self, body: Body) -> None:
        """Keeps a complete body from being evicted. A small one no longer counts."""
        self._arriving.pop(body, None)
        if body.received <= WAITING_BYTES:
            self.close(body)

    def close(self, body: Body) -> None:
        """Frees the memory. Closing again has no effect."""
        self._arriving.pop(body, None)
        self._used[body.caller] -= body.counted
        body.counted = 0
        if not self._used[body.caller]:
            del self._used[body.caller]

    def _count(self, body: Body, counted: int) -> None:
        added = counted - body.counted
        if self._used[body.caller] + added > self._max_caller_bytes:
            reason = "Other bodies of this caller are still arriving or being processed."
            raise Overloaded(reason, _CLOSE)
        while self._used.total() + added > self._max_bytes:
            oldest = next(iter(self._arriving))
            if oldest is body:
                raise Overloaded(headers=_CLOSE)
            self._metrics.shed()
            oldest.evict()
            self.close(oldest)
        self._used[body.caller] += added
        body.counted = counted
