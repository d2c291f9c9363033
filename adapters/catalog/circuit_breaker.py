"""A circuit breaker: while the catalog is down, callers learn it at once instead of waiting for it.

closed → (failures in a row) → open → (a pause) → half-open: one trial call decides → closed or open
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.catalog.errors import CatalogError, CatalogUnavailable


class CircuitBreaker:
    """Counts failures in a row; not for use by several threads."""

    def __init__(
        self, *, failures_to_open: int, open_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Starts closed.

        Args:
            failures_to_open: calls that find the catalog unavailable, one after the other.
            open_seconds: how long calls are refused before one is let through as a trial.
            clock: monotonic seconds.
        """
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_running = False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._remaining(self._opened_at) > 0 else "half-open"

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wraps one call and learns from how it ends.

        Raises:
            CatalogUnavailable: the circuit is open, or a trial is already under way.
        """
        trial = self._admit()
        try:
            yield
        except CatalogUnavailable:
            self._failed(trial)
            raise
        except CatalogError:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            # Also when the caller gave up: a trial without an outcome must not block the next one.
            if trial:
                self._trial_running = False

    def _admit(self) -> bool:
        if self._opened_at is None:
            return False
        remaining = self._remaining(self._opened_at)
        if remaining > 0 or self._trial_running:
            raise CatalogUnavailable(
                f"the catalog failed {self._failures} times in a row and is not called for now",
                retry_after=max(remaining, 1.0),
            )
        self._trial_running = True
        return True

    def _answered(self) -> None:
        self._failures = 0
        self._opened_at = None

    def _failed(self, trial: bool) -> None:
        self._failures += 1
        # Calls that began before the circuit opened do not prolong the pause; a failed trial begins a new one.
        if trial or (self._opened_at is None and self._failures >= self._failures_to_open):
            self._opened_at = self._clock()

    def _remaining(self, opened_at: float) -> float:
        return opened_at + self._open_seconds - self._clock()
