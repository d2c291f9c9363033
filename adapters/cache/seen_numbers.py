"""Sets of numbers that were seen before, with bounded size and time."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

MAX_NUMBERS = 2_000
"""Numbers that one set holds. Further ones count as seen."""

_MAX_HELD = 400_000
"""Numbers and sets that this process holds, in about 100 MB. Sets of one number take the most."""


class SeenStore(Protocol):
    """Remembers numbers by key. Each call is one atomic step.

    A set may be evicted at any time.
    """

    async def add(self, numbers: Mapping[str, Sequence[int]], ttl_seconds: int) -> list[bool]:
        """Adds numbers to sets, and renews their time to live.

        Args:
            numbers: non-negative numbers below 2^48 by key. Keys are digests, so that they hold no user id.
            ttl_seconds: time to live of each set.

        Returns:
            For each number, in order: True if its set did not hold it and was not full.

        Raises:
            CacheUnavailable: the store cannot be reached within a bounded time.
        """
        ...


class InProcessSeen:
    """Sets of this process alone, used without Redis. The least recently used are evicted.

    Args:
        clock: monotonic seconds.
        max_held: maximum number of sets and their numbers together.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_held: int = _MAX_HELD) -> None:
        self._clock = clock
        self._max_held = max_held
        self._held = 0
        self._sets: OrderedDict[str, tuple[float, set[int]]] = OrderedDict()

    async def add(self, numbers: Mapping[str, Sequence[int]], ttl_seconds: int) -> list[bool]:
        """See `SeenStore.add`. Never unavailable."""
        return [new for key, added in numbers.items() for new in self._add(key, added, ttl_seconds)]

    def _add(self, key: str, added: Sequence[int], ttl_seconds: int) -> list[bool]:
        held = self._remove(key) if key in self._sets else set[int]()
        answer = []
        for number in added:
            new = number not in held and len(held) < MAX_NUMBERS
            answer.append(new)
            if new:
                held.add(number)
        self._sets[key] = self._clock() + ttl_seconds, held
        self._held += 1 + len(held)
        while self._held > self._max_held:
            self._remove(next(iter(self._sets)))
        return answer

    def _remove(self, key: str) -> set[int]:
        """Removes a set, and returns its numbers unless it has expired."""
        expires_at, held = self._sets.pop(key)
        self._held -= 1 + len(held)
        return held if self._clock() < expires_at else set()
