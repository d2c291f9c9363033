"""The issuer's public keys, fetched over HTTP and kept."""

import asyncio
import time
from collections.abc import Callable

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from catalog.errors import KeysUnavailable

_KEEP_SECONDS = 600.0
_FLOOR_SECONDS = 10.0
_LARGEST_ANSWER = 1_000_000


class IssuerKeys:
    """Keeps the keys; fetches them again when they are old, or when a token names an unknown one.

    Between two fetches lie at least ten seconds, so that made-up key ids cannot be turned against the issuer; while
    the issuer is down, the keys known last stay in use.
    """

    def __init__(
        self, url: str, client: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: KeySet | None = None
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def for_key_id(self, key_id: str | None) -> KeySet:
        """All keys, fetched anew where that may help to find `key_id`; raises KeysUnavailable."""
        async with self._fetching:
            age = self._monotonic() - self._tried_at
            if age >= _KEEP_SECONDS or (age >= _FLOOR_SECONDS and not self._knows(key_id)):
                await self._fetch()
        if self._keys is None:
            raise KeysUnavailable(
                f"the keys of the token issuer at {self._url} cannot be fetched; try again later"
            )
        return self._keys

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and (key_id is None or any(key.kid == key_id for key in self._keys))

    async def _fetch(self) -> None:
        self._tried_at = self._monotonic()
        try:
            answer = await self._client.get(self._url)
            answer.raise_for_status()
            if len(answer.content) > _LARGEST_ANSWER:
                raise ValueError("the answer is too long for a key set")
            self._keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            structlog.get_logger("catalog").warning("keys_not_fetched", url=self._url, reason=str(error))
