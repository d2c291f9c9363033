"""RFC 9068 access tokens."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class TokenFactory:
    """Signs access tokens for one client.

    Attributes:
        issuer: `iss`.
        key: the RSA private key, with a `kid`.
        client_id: `client_id`, and `sub` of tokens without a shopper.
        lifetime_seconds: seconds from `iat` to `exp`.
        clock: current time in seconds since the epoch.
    """

    issuer: str
    key: RSAKey
    client_id: str
    lifetime_seconds: int
    clock: Callable[[], float] = time.time

    def token(self, subject: str | None, audience: str, scope: str) -> str:
        """Signs a token of the shopper `subject`, or of the client itself."""
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "sub": subject or self.client_id,
            "client_id": self.client_id,
            "iat": now,
            "exp": now + self.lifetime_seconds,
            "jti": secrets.token_urlsafe(16),
            "scope": scope,
        }
        header = {"alg": "RS256", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])
