"""Runs a coroutine up to its first wait."""

from collections.abc import Coroutine, Generator
from typing import Any


def run_to_first_wait(call: Coroutine[Any, Any, None]) -> "SuspendedCall | None":
    """Runs a coroutine up to its first wait.

    One that never waits needs no time limit, and no timer for it.

    Returns:
        The rest, or None if the coroutine has ended.
    """
    try:
        return SuspendedCall(call, call.send(None))
    except StopIteration:
        return None


class SuspendedCall:
    """The rest of a coroutine that has begun. Await it in the same task.

    Args:
        call: the coroutine.
        waits_for: the awaitable that it yielded last.
    """

    def __init__(self, call: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._call = call
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        """Passes on what the coroutine waits for, and the results."""
        try:
            while True:
                try:
                    result = yield self._waits_for
                except BaseException as error:  # noqa: BLE001 - thrown into the coroutine, as by its caller
                    self._waits_for = self._call.throw(error)
                else:
                    self._waits_for = self._call.send(result)
        except StopIteration:
            return
