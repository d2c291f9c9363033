"""Access tokens (RFC 9068) and ID tokens."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class TokenFactory:
    """Signs tokens.

    Attributes:
        issuer: `iss`.
        key: the RSA private key, with a `kid`.
        client_id: the client of tokens that name no other, and `sub` of tokens without a shopper.
        lifetime_seconds: seconds from `iat` to `exp`.
        clock: current time in seconds since the epoch.
    """

    issuer: str
    key: RSAKey
    client_id: str
    lifetime_seconds: int
    clock: Callable[[], float] = time.time

    def token(self, subject: str | None, audience: str, scope: str, client_id: str | None = None) -> str:
        """Signs an access token of the person `subject`, or of the client itself."""
        client = client_id or self.client_id
        claims = {"client_id": client, "jti": secrets.token_urlsafe(16), "scope": scope}
        return self._signed("at+jwt", {"aud": audience, "sub": subject or client, **claims})

    def id_token(self, subject: str, client_id: str, nonce: str | None) -> str:
        """Signs an ID token (OpenID Connect Core 1.0, section 2)."""
        return self._signed("JWT", {"aud": client_id, "sub": subject, "nonce": nonce})

    def _signed(self, kind: str, claims: dict[str, Any]) -> str:
        now = int(self.clock())
        times = {"iat": now, "exp": now + self.lifetime_seconds}
        header = {"alg": "RS256", "typ": kind, "kid": self.key.kid}
        return jwt.encode(header, {"iss": self.issuer, **times, **claims}, self.key, algorithms=["RS256"])
