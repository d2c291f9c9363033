"""The authenticated caller."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller behind a verified token.

    Attributes:
        subject: the token's `sub`: a shopper's user id, or the client itself.
        client_id: application that requested the token.
        expires_at: seconds since the epoch.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    issuer: str
    expires_at: float
