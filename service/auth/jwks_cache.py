"""Cache of an issuer's public keys, refreshed in the background."""

import asyncio
import math
import time
from collections.abc import Callable

import structlog
from joserfc.jwk import Key

from service.auth.errors import InvalidToken, IssuerUnavailable
from service.auth.key_set import VerificationKeys, parse_key_set
from service.auth.key_sources import KeySource, KeysUnavailable

MAX_WAITING = 1_000
"""Requests that may wait for one fetch. Anyone can send tokens that name an unknown key."""

_logger = structlog.get_logger("service.auth")


class JwksCache:
    """The last valid key set of one issuer.

    The key set is fetched on first use, when a token names an unknown key, and every `refresh_seconds` in the
    background. Fetches start at least `floor_seconds` apart, and all requests share the current one. When a fetch
    fails, the keys of the last successful one stay.

    Args:
        source: provides the key set; closed with the cache.
        refresh_seconds: age at which the key set is fetched again.
        floor_seconds: minimum time between two fetches.
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
        self._last_fetch_at = -math.inf
        self._failing = False
        self._fetch: asyncio.Task[None] | None = None
        self._closed = False
        self._waiting = 0

    @property
    def generation(self) -> int:
        """Number of changes of the key set. Each one invalidates verified tokens."""
        return self._generation

    @property
    def loaded(self) -> bool:
        """True once a key set was fetched, whatever happens later."""
        return self._document is not None

    @property
    def tried(self) -> bool:
        """True once a fetch ended, successfully or not."""
        return self.loaded or self._failing

    @property
    def available(self) -> bool:
        """True while the latest fetch succeeded."""
        return self.loaded and not self._failing

    def revalidate(self) -> None:
        """Starts a fetch in the background if one is due."""
        due = self._floor_seconds if self._failing else self._refresh_seconds
        if self._clock() - self._last_fetch_at >= due:
            self._start_fetch()

    async def key(self, kid: str | None, algorithm: str) -> Key:
        """The public key for a token's header.

        Raises:
            InvalidToken: the issuer does not publish the key.
            IssuerUnavailable: an unknown key, and the last fetch failed, or too many requests wait for the current one.
        """
        self.revalidate()
        key = self._keys.find(kid, algorithm)
        crowded = self._waiting >= MAX_WAITING
        if key is None and not crowded and (fetch := self._start_fetch()) is not None:
            self._waiting += 1
            try:
                # Shielded: other requests share the fetch, so that it outlives a cancelled request.
                await asyncio.shield(fetch)
            finally:
                self._waiting -= 1
            key = self._keys.find(kid, algorithm)
        if key is not None:
            return key
        if crowded or self._document is None or self._failing:
            raise IssuerUnavailable(self._seconds_to_next_fetch())
        raise InvalidToken("its issuer does not publish the key that it was signed with")

    async def load(self) -> None:
        """Fetches the key set, unless that was just done. Failures are logged."""
        if (fetch := self._start_fetch()) is not None:
            await asyncio.shield(fetch)

    async def close(self) -> None:
        """Cancels the current fetch and closes the source. No other fetch starts."""
        self._closed = True
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.gather(self._fetch, return_exceptions=True)
        await self._source.close()

    def _start_fetch(self) -> asyncio.Task[None] | None:
        """The current fetch or a new one. None after a recent one or closing."""
        if self._fetch is not None and not self._fetch.done():
            return self._fetch
        now = self._clock()
        if self._closed or now - self._last_fetch_at < self._floor_seconds:
            return None
        self._last_fetch_at = now
        self._fetch = asyncio.create_task(self._refresh())
        return self._fetch

    async def _refresh(self) -> None:
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

    def _seconds_to_next_fetch(self) -> int:
        if self._closed:  # Another pod answers by then.
            return math.ceil(self._floor_seconds)
        return math.ceil(self._last_fetch_at + self._floor_seconds - self._clock())
