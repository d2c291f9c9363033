"""Why a caller is turned away; the tree is drawn in the package's docstring."""


class AuthenticationError(Exception):
    """The caller could not be identified."""


class MissingToken(AuthenticationError):
    """The request carries no bearer token."""

    def __init__(self) -> None:
        super().__init__("This call needs an access token: send it as 'Authorization: Bearer <token>'.")


class SeveralTokens(AuthenticationError):
    """The request carries more than one token, so that two readers could take it for two callers'."""

    def __init__(self) -> None:
        super().__init__("A request carries one access token, in one Authorization header and nowhere else.")


class InvalidToken(AuthenticationError):
    """The token is not one that this service accepts.

    Args:
        reason: a fixed English clause, never text taken from the token: it is sent in a header.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The access token was refused: {reason}.")
        self.reason = reason


class IssuerUnavailable(AuthenticationError):
    """The issuer's keys cannot be had just now, so that the token can be neither accepted nor refused.

    Args:
        retry_after_seconds: when the keys are looked for again; at least 1.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("The token issuer's keys cannot be read at the moment; try again shortly.")
        self.retry_after_seconds = max(1, retry_after_seconds)


class AuthorizationError(Exception):
    """The caller is known and may not do this.

    Args:
        message: what is not allowed, and what would allow it.
        scope: the scope that would allow it.
    """

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class InsufficientScope(AuthorizationError):
    """The token does not hold the scope that the call needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"The access token needs the scope {scope!r} for this call.", scope)


class OtherShopper(AuthorizationError):
    """A shopper's own token asks for another shopper."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This access token reaches its own subject only; {scope!r} is needed for any other user.", scope
        )
