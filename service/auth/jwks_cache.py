"""An issuer's public keys, kept fresh without ever waiting for an issuer whose keys are already known."""

import asyncio
import math
import time
from collections.abc import Callable

import structlog
from joserfc.jwk import Key

from service.auth.errors import InvalidToken, IssuerUnavailable
from service.auth.key_set import VerificationKeys, parse_key_set
from service.auth.key_sources import KeySource, KeysUnavailable

_logger = structlog.get_logger("service.auth")


class JwksCache:
    """The last good key set of one issuer.

    It is read when first needed, again when a token names an unknown key, and every `refresh_seconds` in the
    background. Readings start at least `floor_seconds` apart, whatever is asked for, and all requests share the
    one under way. When a reading fails, the keys of the last good one stay.

    Args:
        source: reads the key set; closed with the cache.
        refresh_seconds: age at which the key set is read again.
        floor_seconds: shortest time between two readings.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        source: KeySource,
        *,
        refresh_seconds: float,
        floor_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._refresh_seconds = refresh_seconds
        self._floor_seconds = floor_seconds
        self._clock = clock
        self._keys = VerificationKeys(())
        self._document: bytes | None = None
        self._generation = 0
        self._last_reading = -math.inf
        self._failing = False
        self._reading: asyncio.Task[None] | None = None

    @property
    def generation(self) -> int:
        """Grows whenever the key set changes: what an earlier one verified may not hold any more."""
        return self._generation

    def revalidate(self) -> None:
        """Start a reading in the background when one is due; returns at once."""
        due = self._floor_seconds if self._failing else self._refresh_seconds
        if self._clock() - self._last_reading >= due:
            self._start_reading()

    async def key(self, kid: str | None, algorithm: str) -> Key:
        """The public key for a token's header.

        Raises:
            InvalidToken: the issuer publishes no such key.
            IssuerUnavailable: the key is unknown and the last reading failed.
        """
        self.revalidate()
        key = self._keys.find(kid, algorithm)
        if key is None and (reading := self._start_reading()) is not None:
            # Shielded: the reading is everyone's, it outlives a request that is given up.
            await asyncio.shield(reading)
            key = self._keys.find(kid, algorithm)
        if key is not None:
            return key
        if self._document is None or self._failing:
            raise IssuerUnavailable(self._seconds_to_next_reading())
        raise InvalidToken("it is signed with a key that its issuer does not publish")

    async def load(self) -> None:
        """Read the key set now, unless that was just done; a failure is logged, not raised."""
        if (reading := self._start_reading()) is not None:
            await asyncio.shield(reading)

    async def close(self) -> None:
        """End a reading under way and close the source."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._source.close()

    def _start_reading(self) -> asyncio.Task[None] | None:
        """The reading under way or a new one; None when it is too early for that."""
        if self._reading is not None and not self._reading.done():
            return self._reading
        now = self._clock()
        if now - self._last_reading < self._floor_seconds:
            return None
        self._last_reading = now
        self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        try:
            document = await self._source.read()
            if document != self._document:
                self._keys = parse_key_set(document)
                self._document = document
                self._generation += 1
        except KeysUnavailable as error:
            if not self._failing:
                _logger.warning("issuer keys unavailable", reason=str(error), known_keys=len(self._keys.keys))
            self._failing = True
        else:
            if self._failing:
                _logger.info("issuer keys available again")
            self._failing = False

    def _seconds_to_next_reading(self) -> int:
        return math.ceil(self._last_reading + self._floor_seconds - self._clock())
