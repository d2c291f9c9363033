"""Callers, as limits and fair shares count them."""

import msgspec

from service.auth import Principal


class Caller(msgspec.Struct, frozen=True):
    """A caller with a share of its own.

    Attributes:
        client: issuer and `client_id`.
        shopper: the shopper whose token it is. None for a client that acts for itself.
    """

    client: tuple[str, str]
    shopper: str | None

    @classmethod
    def of(cls, principal: Principal) -> "Caller":
        """The caller behind a token."""
        return cls((principal.issuer, principal.client_id), principal.own_shopper)
