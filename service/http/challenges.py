"""Problems of callers who are not authenticated."""

from service.auth import AuthenticationError, InvalidToken, IssuerUnavailable, SeveralTokens
from service.http.problems import REALM, ProblemException


def authentication_problem(error: AuthenticationError) -> ProblemException:
    """The problem of an unauthenticated caller, with a challenge (RFC 6750)."""
    if isinstance(error, IssuerUnavailable):
        retry = {"retry-after": str(error.retry_after_seconds)}
        return ProblemException(
            503, "issuer-unavailable", "Token issuer unavailable", str(error), headers=retry
        )
    challenge = f'Bearer realm="{REALM}"'
    if isinstance(error, SeveralTokens):
        challenge += ', error="invalid_request", error_description="it carries more than one access token"'
        headers = {"www-authenticate": challenge}
        return ProblemException(
            400, "several-tokens", "More than one access token", str(error), headers=headers
        )
    if isinstance(error, InvalidToken):
        challenge += f', error="invalid_token", error_description="{error.reason}"'
        slug, title = "invalid-token", "Invalid access token"
    else:
        # RFC 6750, section 3.1: no error code for a request that carries no token at all.
        slug, title = "missing-token", "Access token missing"
    return ProblemException(401, slug, title, str(error), headers={"www-authenticate": challenge})
