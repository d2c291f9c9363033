"""Runs an awaitable up to its first wait."""

from collections.abc import Coroutine, Generator
from typing import Any


def first_wait(call: Coroutine[Any, Any, None]) -> "Begun | None":
    """Runs a call up to its first wait.

    A call that never waits needs no time limit, and no timer for it.

    Returns:
        The rest, or None if the call has ended.
    """
    try:
        return Begun(call, call.send(None))
    except StopIteration:
        return None


class Begun:
    """The rest of a call, to be awaited in the same task.

    Args:
        call: it has begun.
        waits_for: what it waits for.
    """

    def __init__(self, call: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._call = call
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        """Passes on what the call waits for, and the results."""
        try:
            while True:
                try:
                    result = yield self._waits_for
                except BaseException as error:
                    self._waits_for = self._call.throw(error)
                else:
                    self._waits_for = self._call.send(result)
        except StopIteration:
            return
