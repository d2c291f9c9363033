"""A queue for questions of the console that take seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from service.http.problems import Overloaded

MAX_OPEN = 3
"""Questions that are answered or wait in one process."""


@dataclass(frozen=True, slots=True)
class LongQuestions:
    """Answers one question at a time.

    A few wait. Further ones are refused at once.
    """

    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_OPEN))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for the turn of the caller, which lasts as long as the block.

        Raises:
            Overloaded: other questions wait already.
        """
        if self._places.locked():
            raise Overloaded("Other questions of this kind are being answered.", {"retry-after": "3"})
        async with self._places, self._one_at_a_time:
            yield
