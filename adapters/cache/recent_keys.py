"""Keys of the last seconds, with a bounded number."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator


class RecentKeys:
    """Remembers the latest keys. The oldest are forgotten when others are added.

    Args:
        seconds: age at which a key is forgotten.
        max_keys: maximum number of keys.
        clock: monotonic seconds.
    """

    def __init__(self, seconds: float, max_keys: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._max_keys = max_keys
        self._clock = clock
        self._added: OrderedDict[str, float] = OrderedDict()

    def __iter__(self) -> Iterator[str]:
        """Yields the keys, those added last at the end."""
        return iter(self._added)

    def add(self, keys: Iterable[str]) -> None:
        """Adds keys, each as the latest one."""
        now = self._clock()
        for key in keys:
            self._added[key] = now
            self._added.move_to_end(key)
        while self._added and (
            len(self._added) > self._max_keys or now - next(iter(self._added.values())) >= self._seconds
        ):
            self._added.popitem(last=False)
