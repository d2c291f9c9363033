"""A circuit breaker, which rejects calls at once while the catalog is down.

closed → (consecutive failures) → open → (pause) → half-open → (one trial call) → closed or open
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.catalog.errors import CatalogCircuitOpen, CatalogError, CatalogUnavailable


class CircuitBreaker:
    """Opens after consecutive failures. It is not thread-safe."""

    def __init__(
        self, *, failures_to_open: int, open_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Creates a closed circuit.

        Args:
            failures_to_open: consecutive calls that find the catalog unavailable.
            open_seconds: time for which calls are rejected before one trial call.
            clock: monotonic time in seconds.
        """
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_running = False

    @property
    def state(self) -> str:
        """Current state: `closed`, `open` or `half-open`."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._remaining(self._opened_at) > 0 else "half-open"

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wraps one call and records its outcome.

        Raises:
            CatalogCircuitOpen: open circuit, or another trial call in progress.
        """
        trial = self._admit()
        try:
            yield
        except CatalogUnavailable:
            self._record_failure(trial)
            raise
        except CatalogError:
            self._record_success()
            raise
        else:
            self._record_success()
        finally:
            # Also when the caller was cancelled: a trial without an outcome must not block the next one.
            if trial:
                self._trial_running = False

    def _admit(self) -> bool:
        if self._opened_at is None:
            return False
        remaining = self._remaining(self._opened_at)
        if remaining > 0 or self._trial_running:
            raise CatalogCircuitOpen(
                f"the catalog failed {self._failures} times in a row and is not called for now",
                retry_after=max(remaining, 1.0),
            )
        self._trial_running = True
        return True

    def _record_success(self) -> None:
        self._failures = 0
        self._opened_at = None

    def _record_failure(self, trial: bool) -> None:
        self._failures += 1
        # A failed trial starts a new pause. Calls that began before the circuit opened do not extend it.
        if trial or (self._opened_at is None and self._failures >= self._failures_to_open):
            self._opened_at = self._clock()

    def _remaining(self, opened_at: float) -> float:
        return opened_at + self._open_seconds - self._clock()
