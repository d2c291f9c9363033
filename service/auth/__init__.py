"""Validation of access tokens (RFC 9068), and authorization of callers.

Errors:

    AuthenticationError
    ├── MissingToken         no bearer token (401)
    ├── SeveralTokens        two Authorization headers, or one and a token in the query (400)
    ├── InvalidToken         malformed, forged, expired or for another audience (401)
    └── IssuerUnavailable    the issuer's keys cannot be read (503)

    AuthorizationError
    ├── InsufficientScope    the token lacks the scope (403)
    └── OtherShopper         a shopper's token for another shopper's data (403)
"""

from service.auth.authorization import authorize
from service.auth.errors import (
    AuthenticationError,
    AuthorizationError,
    InsufficientScope,
    InvalidToken,
    IssuerUnavailable,
    MissingToken,
    OtherShopper,
    SeveralTokens,
)
from service.auth.policy import IssuerPolicy
from service.auth.principal import Principal
from service.auth.scopes import (
    ERASE_USERS,
    READ_CONSOLE,
    READ_PROFILES,
    READ_RECOMMENDATIONS,
    WRITE_CONSOLE,
    WRITE_EVENTS,
    WRITE_PROFILES,
)
from service.auth.verifier import TokenVerifier

__all__ = [
    "ERASE_USERS",
    "READ_CONSOLE",
    "READ_PROFILES",
    "READ_RECOMMENDATIONS",
    "WRITE_CONSOLE",
    "WRITE_EVENTS",
    "WRITE_PROFILES",
    "AuthenticationError",
    "AuthorizationError",
    "InsufficientScope",
    "InvalidToken",
    "IssuerPolicy",
    "IssuerUnavailable",
    "MissingToken",
    "OtherShopper",
    "Principal",
    "SeveralTokens",
    "TokenVerifier",
    "authorize",
]
