"""Access tokens by OAuth2 client credentials."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote_plus

import msgspec
from opentelemetry.trace import Tracer

from adapters.catalog.bounds import Bounds
from adapters.catalog.errors import CatalogContractViolation, CatalogRefused
from adapters.catalog.http_client import NO_TRACER, HttpClient, HttpResponse
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
    """Fetches an access token on first use and renews it shortly before expiry."""

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
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    async def token(self) -> str:
        """Returns a valid token. Concurrent callers share one call to the issuer.

        Raises:
            CatalogUnavailable: no response from the issuer.
            CatalogRefused: client rejected by the issuer.
            CatalogContractViolation: response without a valid token.
        """
        async with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                return await self._fetch()
            return self._token

    async def renew(self, rejected: str) -> str:
        """Returns a token other than `rejected`, with the errors of `token`."""
        async with self._lock:
            if self._token is None or self._token == rejected:
                return await self._fetch()
            return self._token

    async def close(self) -> None:
        """Closes the connections to the issuer."""
        await self._http.close()

    async def _fetch(self) -> str:
        self._token = None
        headers = {"authorization": self._authorization, "accept": "application/json"}
        response = await self._http.send("POST", self._token_url, headers, form=self._form)
        if response.status == 400:
            raise CatalogRefused(
                f"{response.call} answered 400: check the client and its secret ({response.excerpt})"
            )
        fetched = _decode_token(ensure_success(response))
        lifetime = fetched.expires_in or _DEFAULT_LIFETIME_SECONDS
        margin = min(_RENEWAL_MARGIN_SECONDS, lifetime / 2)
        self._renew_at = self._clock() + max(lifetime - margin, _MIN_REUSE_SECONDS)
        self._token = fetched.access_token
        return fetched.access_token


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
