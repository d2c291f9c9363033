"""Cache of the issuer's public keys, fetched over HTTP."""

import asyncio
import time
from collections.abc import Callable

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from catalog.errors import KeysUnavailable

_MAX_AGE_SECONDS = 600.0
_MIN_FETCH_INTERVAL_SECONDS = 10.0
_MAX_BYTES = 1_000_000


class IssuerKeys:
    """Caches the issuer's keys.

    Keys are fetched again after ten minutes, or for an unknown key id. At least ten seconds pass between two fetches,
    so that tokens with random key ids cannot flood the issuer. While the issuer is down, the last keys stay in use.
    """

    def __init__(
        self, url: str, client: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def for_key_id(self, key_id: str | None) -> KeySet:
        """Returns all keys, fetched again if `key_id` is unknown.

        Raises:
            KeysUnavailable: no keys fetched so far.
        """
        async with self._fetching:
            age = self._monotonic() - self._fetched_at
            if age >= _MAX_AGE_SECONDS or (age >= _MIN_FETCH_INTERVAL_SECONDS and not self._knows(key_id)):
                await self._fetch()
        if self._keys is None:
            raise KeysUnavailable("the keys of the token issuer cannot be fetched. Try again later")
        return self._keys

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and (key_id is None or any(key.kid == key_id for key in self._keys))

    async def _fetch(self) -> None:
        self._fetched_at = self._monotonic()
        try:
            answer = await self._client.get(self._url)
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"the answer has the status {answer.status_code}")
            if len(answer.content) > _MAX_BYTES:
                raise ValueError("the answer is too large for a key set")
            self._keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            # The URL may hold a password or a key.
            shown = str(httpx.URL(self._url).copy_with(userinfo=b"", query=None))
            structlog.get_logger("catalog").warning("issuer keys unavailable", url=shown, reason=str(error))
