"""Sources of an issuer's public keys: a JWKS URL or a file."""

import asyncio
from pathlib import Path
from typing import Protocol

import httpx

from adapters.certificates import DIRECT, trusted_certificates, with_remedy
from adapters.cookies import NO_COOKIES
from adapters.trace_context import pass_on_trace
from adapters.urls import without_secrets

MAX_JWKS_BYTES = 256 * 1024
"""A key set has a few kilobytes. More is a mistake or an attack."""

FETCH_TIMEOUT_SECONDS = 5.0
"""Limit of a whole fetch, so that a slow server cannot prolong it."""

_CONNECT_TIMEOUT_SECONDS = 2.0


class KeysUnavailable(Exception):
    """The key set cannot be read.

    The message names the source and the cause, without secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(without_secrets(message))


class KeySource(Protocol):
    """A source of an issuer's key set."""

    async def read(self) -> bytes:
        """The key set's JSON document, at most `MAX_JWKS_BYTES` long.

        Raises:
            KeysUnavailable: a failed or oversized read.
        """
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


class UrlKeySource:
    """Fetches the key set over HTTP. Redirects are not followed.

    Args:
        timeout_seconds: limit of a whole fetch.
    """

    def __init__(self, url: str, timeout_seconds: float = FETCH_TIMEOUT_SECONDS) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_TIMEOUT_SECONDS),
            # Without a limit: the pool may lose a place for good with a fetch that times out (httpcore 1093).
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            # A compressed answer could unpack to a thousand times its counted size.
            headers={"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"},
            mounts=dict.fromkeys(DIRECT),
            event_hooks={"request": [pass_on_trace]},
            verify=trusted_certificates(),
            cookies=NO_COOKIES,
        )

    async def read(self) -> bytes:
        """See `KeySource`."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._bounded_body()
        except TimeoutError as error:
            raise KeysUnavailable(f"{self._url} did not answer in {self._timeout_seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise KeysUnavailable(with_remedy(f"{self._url}: {error or type(error).__name__}")) from error

    async def close(self) -> None:
        """Closes the connection pool."""
        await self._client.aclose()

    async def _bounded_body(self) -> bytes:
        async with self._client.stream("GET", self._url) as response:
            if response.status_code != httpx.codes.OK:
                raise KeysUnavailable(f"{self._url} answered {response.status_code} instead of 200")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise KeysUnavailable(f"{self._url} sent a compressed answer, which was not requested")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_JWKS_BYTES:
                    raise KeysUnavailable(f"{self._url} sent more than {MAX_JWKS_BYTES} bytes")
            return bytes(body)


class FileKeySource:
    """Reads the key set from a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> bytes:
        """See `KeySource`."""
        try:
            return await asyncio.to_thread(self._bounded_content)
        except OSError as error:
            raise KeysUnavailable(f"{self._path}: {error.strerror or error}") from error

    async def close(self) -> None:
        """Does nothing."""

    def _bounded_content(self) -> bytes:
        with self._path.open("rb") as file:
            content = file.read(MAX_JWKS_BYTES + 1)
        if len(content) > MAX_JWKS_BYTES:
            raise KeysUnavailable(f"{self._path} has more than {MAX_JWKS_BYTES} bytes")
        return content
