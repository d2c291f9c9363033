"""Errors of authentication and authorization. The package's docstring draws their tree."""


class AuthenticationError(Exception):
    """The caller could not be identified."""


class MissingToken(AuthenticationError):
    """The request carries no bearer token."""

    def __init__(self) -> None:
        super().__init__("This call needs an access token. Send it as 'Authorization: Bearer <token>'.")


class SeveralTokens(AuthenticationError):
    """The request carries more than one token, so that its caller is ambiguous."""

    def __init__(self) -> None:
        super().__init__(
            "A request must carry one access token, in one Authorization header and nowhere else."
        )


class InvalidToken(AuthenticationError):
    """The service does not accept the token.

    Args:
        reason: a fixed English clause without text from the token, because it is sent in a header.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The access token was rejected: {reason}.")
        self.reason = reason


class IssuerUnavailable(AuthenticationError):
    """The issuer's keys cannot be read now, so that the token cannot be verified.

    Args:
        retry_after_seconds: time until the keys are read again, at least 1.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("The token issuer's keys are unavailable. Retry shortly.")
        self.retry_after_seconds = max(1, retry_after_seconds)


class AuthorizationError(Exception):
    """The caller is known, and may not make the call.

    Args:
        message: the missing scope, for the caller.
        scope: scope that would allow the call.
    """

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class InsufficientScope(AuthorizationError):
    """The token lacks the scope of the call."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"The access token needs the scope {scope!r} for this call.", scope)


class OtherShopper(AuthorizationError):
    """A shopper's token was used for another shopper's data."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This access token reaches its own subject only. Any other user needs the scope {scope!r}.",
            scope,
        )
