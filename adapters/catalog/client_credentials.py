"""Access tokens by OAuth2 client credentials."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote_plus

import msgspec
from opentelemetry.trace import Tracer

from adapters.cancellation import cancel_all
from adapters.catalog.bounds import Bounds
from adapters.catalog.errors import CatalogContractViolation, CatalogRefused
from adapters.catalog.http_client import NO_TRACER, HttpClient, HttpResponse, describe_call
from adapters.catalog.records import DECODING_ERRORS
from adapters.catalog.response_checks import ensure_success

_RENEWAL_MARGIN_SECONDS = 30.0
_DEFAULT_LIFETIME_SECONDS = 60.0
_MIN_REUSE_SECONDS = 1.0


class _Token(msgspec.Struct, frozen=True):
    access_token: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]+$")]
    expires_in: float | None = None


# Not strict, since some issuers send the number of seconds as a string.
_DECODER = msgspec.json.Decoder(_Token, strict=False)


class ClientCredentials:
    """Fetches an access token on first use and renews it before expiry.

    Renewal is in the background. A fetch goes on when its callers give up, so that a slow issuer delays calls once and
    not forever.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        """Creates the source without fetching a token.

        Args:
            token_url: the issuer's token endpoint.
            client_id: client id at the issuer, sent with the secret by HTTP Basic.
            client_secret: secret of the client.
            audience: optional. Some issuers need it, others derive it from the client.
            scope: optional.
            bounds: limits on the calls to the issuer.
            clock: monotonic time in seconds.
            tracer: makes a span of each request for a token.
        """
        self._token_url = token_url
        self._authorization = _basic(client_id, client_secret)
        self._form = {"grant_type": "client_credentials"}
        self._form |= {k: v for k, v in (("audience", audience), ("scope", scope)) if v is not None}
        self._http = HttpClient(bounds or Bounds(), tracer=tracer)
        self._clock = clock
        self._fetching: asyncio.Task[str] | None = None
        self._token: str | None = None
        self._renew_at = self._expires_at = 0.0

    @property
    def awaited_call(self) -> str | None:
        """The call to the issuer that callers wait for.

        None while there is a valid token.
        """
        return None if self._is_valid() else describe_call("POST", self._token_url)

    async def token(self) -> str:
        """Returns a valid token. Concurrent callers share one call to the issuer.

        Raises:
            CatalogUnavailable: no response from the issuer.
            CatalogRefused: client rejected by the issuer.
            CatalogContractViolation: response without a valid token.
        """
        if self._token is None or not self._is_valid():
            return await self._fetched()
        if self._clock() >= self._renew_at:
            self._renew_at = self._clock() + _MIN_REUSE_SECONDS  # The next attempt, if this one fails.
            self._start_fetch()
        return self._token

    async def renew(self, rejected: str) -> str:
        """Returns a token other than `rejected`, with the errors of `token`."""
        if self._token is None or self._token == rejected:
            self._token = None
            return await self._fetched()
        return self._token

    async def close(self) -> None:
        """Ends the call to the issuer and closes the connections."""
        await self._http.close()  # First, so that no other call begins while this one ends.
        if self._fetching is not None:
            await cancel_all([self._fetching])

    def _is_valid(self) -> bool:
        return self._token is not None and self._clock() < self._expires_at

    async def _fetched(self) -> str:
        return await asyncio.shield(self._start_fetch())

    def _start_fetch(self) -> asyncio.Task[str]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(_retrieve_error)
        return self._fetching

    async def _fetch(self) -> str:
        headers = {"authorization": self._authorization, "accept": "application/json"}
        response = await self._http.send("POST", self._token_url, headers, form=self._form)
        if response.status == 400:
            raise CatalogRefused(
                f"{response.call} answered 400: check the client and its secret ({response.excerpt})"
            )
        fetched = _decode_token(ensure_success(response))
        lifetime = fetched.expires_in or _DEFAULT_LIFETIME_SECONDS
        margin = min(_RENEWAL_MARGIN_SECONDS, lifetime / 2)
        now = self._clock()
        self._renew_at = now + max(lifetime - margin, _MIN_REUSE_SECONDS)
        self._expires_at = max(now + lifetime, self._renew_at)
        self._token = fetched.access_token
        return fetched.access_token


def _retrieve_error(task: asyncio.Task[str]) -> None:
    if not task.cancelled():
        task.exception()  # The caller may be gone.


def _decode_token(response: HttpResponse) -> _Token:
    try:
        return _DECODER.decode(response.body)
    except DECODING_ERRORS as error:
        # The message does not quote the body, which may hold a valid token.
        raise CatalogContractViolation(
            f"{response.call}: an OAuth2 access token was expected: {error}"
        ) from error


def _basic(client_id: str, client_secret: str) -> str:
    # RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + b64encode(pair.encode()).decode("ascii")
