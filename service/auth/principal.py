"""The authenticated caller."""

from dataclasses import dataclass, field

from service.auth.scopes import ANY_SHOPPER, STAFF


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller behind a verified token.

    Attributes:
        subject: the token's `sub`: a shopper's user id, or the client itself.
        client_id: application that requested the token.
        expires_at: seconds since the epoch.
        own_shopper: the shopper that the caller is, None for a client and for staff. By RFC 9068, section 2.2, a client
            that acts for itself is its own subject.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    issuer: str
    expires_at: float
    own_shopper: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Decides once per token."""
        is_shop_service = any(scope.endswith(ANY_SHOPPER) or scope in STAFF for scope in self.scopes)
        is_client = is_shop_service or self.subject == self.client_id
        object.__setattr__(self, "own_shopper", None if is_client else self.subject)
