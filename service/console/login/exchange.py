"""The call to the issuer that turns a code into tokens."""

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.certificates import DIRECT, trusted_certificates
from adapters.cookies import NO_COOKIES
from adapters.trace_context import pass_on_trace

_SECONDS = 10.0
_CONNECT_SECONDS = 2.0
_MAX_BYTES = 64 * 1024
_CONCURRENCY = 8
"""Anyone may begin a login. More of them wait here, and not at the issuer."""

_MAX_WAITING = 32
"""Logins beyond that are refused at once."""


class IssuerUnreachable(Exception):
    """The issuer's token endpoint failed. The message says how, without secrets."""


class CodeRefused(Exception):
    """The issuer gave no tokens for the code."""


class Tokens(msgspec.Struct, frozen=True):
    """The issuer's answer (RFC 6749, section 5.1)."""

    access_token: str
    id_token: str | None = None


class CodeExchange:
    """Exchanges codes at one token endpoint. Redirects are not followed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turns = asyncio.Semaphore(_CONCURRENCY)
        self._open = 0
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"accept": "application/json", "accept-encoding": "identity"},
            mounts=dict.fromkeys(DIRECT),
            event_hooks={"request": [pass_on_trace]},
            verify=trusted_certificates(),
            cookies=NO_COOKIES,
        )

    async def tokens(self, form: dict[str, str]) -> Tokens:
        """The tokens for a token request.

        Raises:
            CodeRefused: the issuer rejected the code.
            IssuerUnreachable: no answer in time, or one that is none.
        """
        if self._open >= _CONCURRENCY + _MAX_WAITING:
            raise IssuerUnreachable("Too many people sign in at once.")
        self._open += 1
        try:
            async with asyncio.timeout(_SECONDS), self._turns:
                if self._client.is_closed:
                    raise IssuerUnreachable("The service is stopping.")
                status, body = await self._answer(form)
        except TimeoutError as error:
            raise IssuerUnreachable(f"The issuer did not answer in {_SECONDS:g} s.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IssuerUnreachable("The issuer cannot be reached.") from error
        finally:
            self._open -= 1
        if 400 <= status < 500:
            raise CodeRefused(_reason(body))
        try:
            if status != httpx.codes.OK:
                raise ValueError(f"status {status}")
            return msgspec.json.decode(body, type=Tokens)
        except ValueError as error:
            raise IssuerUnreachable("The issuer's answer has no tokens.") from error

    async def close(self) -> None:
        """Closes connections."""
        await self._client.aclose()

    async def _answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        async with self._client.stream("POST", self._url, data=form) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise IssuerUnreachable(f"The issuer's answer is longer than {_MAX_BYTES} bytes.")
            return response.status_code, bytes(body)


def _reason(body: bytes) -> str:
    """The error code of RFC 6749, section 5.2, for the log."""
    try:
        answer: Any = msgspec.json.decode(body)
    except ValueError:
        return "no reason"
    error = answer.get("error") if isinstance(answer, dict) else None
    return error[:60] if isinstance(error, str) else "no reason"
