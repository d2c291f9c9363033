"""GET requests with token, retries, deadline and circuit breaker."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeAlias, TypeVar

import stamina
from opentelemetry.trace import Tracer

from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import CatalogError, CatalogUnavailable
from adapters.catalog.http_client import (
    NO_TRACER,
    CallObserver,
    HttpClient,
    HttpResponse,
    describe_call,
    ignore_call,
)
from adapters.catalog.response_checks import ensure_success, optional_success, success_or_none

T = TypeVar("T")

RetryObserver: TypeAlias = Callable[[CatalogError], None]
"""Called with each failure after which a call is repeated, before the wait."""

_RETRY_AFTER_SPREAD = 1.25
"""Random factor on Retry-After, so that clients with the same value do not return together."""


def ignore_retry(_: CatalogError) -> None:
    """Reports nothing."""


class RetryingClient:
    """GET requests that are retried while the error is transient and time is left."""

    def __init__(
        self,
        bounds: Bounds,
        tokens: ClientCredentials | None = None,
        breaker: CircuitBreaker | None = None,
        tracer: Tracer = NO_TRACER,
        on_retry: RetryObserver = ignore_retry,
        on_call: CallObserver = ignore_call,
    ) -> None:
        """Creates the client without opening a connection.

        Args:
            bounds: limits on time, attempts, size and connections.
            tokens: source of the bearer token. None sends no token.
            breaker: rejects calls while the catalog is down. None disables it.
            tracer: makes a span of each attempt.
            on_retry: called with each failure after which a call is repeated.
            on_call: called after each attempt.
        """
        self._bounds = bounds
        self._http = HttpClient(bounds, tracer=tracer, on_call=on_call)
        self._tokens = tokens
        self._breaker = breaker
        self._on_retry = on_retry

    async def get(self, url: str, max_bytes: int | None = None) -> HttpResponse:
        """Returns a successful JSON response.

        Args:
            url: address of the call.
            max_bytes: limit on the response. None: that of a page.

        Raises:
            CatalogError: any failure, after at most `total_seconds`.
        """
        return await self._guarded(url, ensure_success, max_bytes)

    async def find(self, url: str) -> HttpResponse | None:
        """Returns the response as `get`, or None for a 404 of the catalog."""
        return await self._guarded(url, success_or_none)

    async def find_optional(self, url: str) -> HttpResponse | None:
        """Returns the response as `get`, or None from a catalog without this call."""
        return await self._guarded(url, optional_success)

    async def close(self) -> None:
        """Closes all connections."""
        await self._http.close()

    async def _guarded(self, url: str, check: Callable[[HttpResponse], T], max_bytes: int | None = None) -> T:
        with self._breaker.call() if self._breaker else nullcontext():
            try:
                async with asyncio.timeout(self._bounds.total_seconds):
                    return await self._retried(url, check, max_bytes)
            except TimeoutError as error:
                token_call = self._tokens.awaited_call if self._tokens else None
                cause = f" and waiting for a token ({token_call})" if token_call else ""
                raise CatalogUnavailable(
                    f"{describe_call('GET', url)}: no answer within {self._bounds.total_seconds:g} s, "
                    f"including retries{cause}"
                ) from error

    async def _retried(self, url: str, check: Callable[[HttpResponse], T], max_bytes: int | None) -> T:
        deadline = time.monotonic() + self._bounds.total_seconds
        retries_left = self._bounds.attempts - 1

        def decide(error: Exception) -> bool | float:
            nonlocal retries_left
            wait = self._wait(error, deadline)
            if isinstance(error, CatalogError) and wait is not False and retries_left > 0:
                retries_left -= 1
                self._on_retry(error)
            return wait

        async for attempt in stamina.retry_context(
            on=decide,
            attempts=self._bounds.attempts,
            timeout=None,
            wait_initial=self._bounds.min_wait_seconds,
            wait_max=self._bounds.max_wait_seconds,
            wait_jitter=self._bounds.min_wait_seconds,
        ):
            with attempt:
                return check(await self._send(url, max_bytes))
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, error: Exception, deadline: float) -> bool | float:
        """Returns whether to retry, or the seconds to wait by Retry-After."""
        if not isinstance(error, CatalogError) or not error.transient:
            return False
        if error.retry_after is None:
            return True
        wait = max(error.retry_after, self._bounds.min_wait_seconds)
        wait *= random.uniform(1.0, _RETRY_AFTER_SPREAD)  # noqa: S311 - spread, not secrecy
        return wait if time.monotonic() + wait < deadline else False

    async def _send(self, url: str, max_bytes: int | None) -> HttpResponse:
        headers = {"accept": "application/json"}
        if self._tokens is None:
            return await self._http.send("GET", url, headers, max_bytes=max_bytes)
        token = await self._tokens.token()
        response = await self._http.send("GET", url, headers | _bearer(token), max_bytes=max_bytes)
        if response.status == 401:
            # The issuer may have rotated its keys. One new token is tried, and a second 401 is final.
            token = await self._tokens.renew(token)
            response = await self._http.send("GET", url, headers | _bearer(token), max_bytes=max_bytes)
        return response


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
