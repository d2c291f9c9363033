"""Safe calls to the catalog: token, retries, a deadline and the circuit breaker around one exchange."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

import stamina

from adapters.catalog.answers import ensure_success, success_or_absent
from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import CatalogError, CatalogUnavailable
from adapters.catalog.exchange import Answer, Exchange, named_call

T = TypeVar("T")

_RETRY_AFTER_SPREAD = 1.25
"""Clients told to come back at the same moment come back up to a quarter later, each at its own."""


class SafeCalls:
    """GET requests, repeated while there is hope and time."""

    def __init__(
        self,
        bounds: Bounds,
        tokens: ClientCredentials | None = None,
        breaker: CircuitBreaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens no connection yet.

        Args:
            bounds: limits on time, attempts, size and connections.
            tokens: where the bearer token comes from; None sends none.
            breaker: refuses calls while the catalog is down; None never does.
            clock: monotonic seconds.
        """
        self._bounds = bounds
        self._exchange = Exchange(bounds)
        self._tokens = tokens
        self._breaker = breaker
        self._clock = clock

    async def get(self, url: str) -> Answer:
        """A successful JSON answer; any CatalogError otherwise, after at most `total_seconds`."""
        return await self._guarded(url, ensure_success)

    async def find(self, url: str) -> Answer | None:
        """As `get`; None when the catalog says that there is no such thing."""
        return await self._guarded(url, success_or_absent)

    async def close(self) -> None:
        """Closes all connections."""
        await self._exchange.close()

    async def _guarded(self, url: str, judge: Callable[[Answer], T]) -> T:
        with self._breaker.call() if self._breaker else nullcontext():
            try:
                async with asyncio.timeout(self._bounds.total_seconds):
                    return await self._repeated(url, judge)
            except TimeoutError as error:
                raise CatalogUnavailable(
                    f"{named_call('GET', url)}: no answer within {self._bounds.total_seconds:g} s, retries included"
                ) from error

    async def _repeated(self, url: str, judge: Callable[[Answer], T]) -> T:
        deadline = self._clock() + self._bounds.total_seconds
        async for attempt in stamina.retry_context(
            on=lambda error: self._wait(error, deadline),
            attempts=self._bounds.attempts,
            timeout=None,
            wait_initial=self._bounds.first_wait_seconds,
            wait_max=self._bounds.longest_wait_seconds,
            wait_jitter=self._bounds.first_wait_seconds,
        ):
            with attempt:
                return judge(await self._attempt(url))
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, error: Exception, deadline: float) -> bool | float:
        """Whether to try again; a number of seconds when the other side asked for them."""
        if not isinstance(error, CatalogError) or not error.transient:
            return False
        if error.retry_after is None:
            return True
        wait = max(error.retry_after, self._bounds.first_wait_seconds)
        wait *= random.uniform(1.0, _RETRY_AFTER_SPREAD)  # noqa: S311 - spread, not secrecy
        return wait if self._clock() + wait < deadline else False

    async def _attempt(self, url: str) -> Answer:
        headers = {"accept": "application/json"}
        if self._tokens is None:
            return await self._exchange.send("GET", url, headers)
        token = await self._tokens.token()
        answer = await self._exchange.send("GET", url, headers | _bearer(token))
        if answer.status == 401:
            # The issuer may have changed its keys: one new token, and if that is refused too, it is final.
            token = await self._tokens.renewed(token)
            answer = await self._exchange.send("GET", url, headers | _bearer(token))
        return answer


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
