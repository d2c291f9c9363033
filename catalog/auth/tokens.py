"""Validation of access tokens."""

import time
import warnings
from collections.abc import Callable

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jws import extract_compact
from joserfc.jwt import JWTClaimsRegistry

from catalog.auth.jwks import IssuerKeys
from catalog.errors import Unauthorized

_ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
_LEEWAY_SECONDS = 30


class TokenVerifier:
    """Validates signature, issuer, audience and times of tokens."""

    def __init__(
        self, *, issuer: str, audience: str, keys: IssuerKeys, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock

    async def verify(self, authorization: str | None) -> None:
        """Validates an `Authorization` header.

        Raises:
            Unauthorized: missing or invalid bearer token. The message gives the reason.
            KeysUnavailable: no keys of the issuer.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("an access token is required: send Authorization: Bearer <token>")
        try:
            await self._validate(token.strip())
        except (JoseError, ValueError) as error:
            raise Unauthorized(f"the access token is not valid: {error}") from error

    async def _validate(self, token: str) -> None:
        header = extract_compact(token.encode()).headers()
        keys = await self._keys.for_key_id(header.get("kid"))
        with warnings.catch_warnings():
            # RFC 9864 prefers the name Ed25519. Issuers still use EdDSA for the same signature.
            warnings.simplefilter("ignore", SecurityWarning)
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
        ).validate(claims)
