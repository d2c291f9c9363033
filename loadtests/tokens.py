"""Access tokens from the issuer, cached until shortly before they expire."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Fetch = Callable[[dict[str, str]], tuple[str, float]]
"""Sends a form to the token endpoint. Returns a token and its lifetime in seconds, or raises TokenRefused."""

ISSUER_CALL = "POST token"
"""Name of token requests in statistics and thresholds."""

_EARLY_SECONDS = 60.0


class TokenRefused(Exception):
    """The issuer did not answer, or gave no token."""


@dataclass(frozen=True)
class Client:
    """The issuer's client."""

    client_id: str
    client_secret: str


class Tokens:
    """Cached tokens by subject and scope.

    Args:
        client: its credentials are sent to the issuer.
        clock: current time in seconds, such as `time.monotonic`.
    """

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._cached: dict[tuple[str | None, str], tuple[str, float]] = {}

    def token(self, subject: str | None, scope: str, fetch: Fetch) -> str:
        """A valid token of the subject, or of the client when there is none.

        Raises:
            TokenRefused: the issuer gave no token.
        """
        cached = self._cached.get((subject, scope))
        if cached is not None and self._clock() < cached[1]:
            return cached[0]
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "scope": scope,
        }
        if subject is not None:
            form["subject"] = subject
        requested_at = self._clock()
        token, seconds = fetch(form)
        self._cached[subject, scope] = (token, requested_at + seconds - _EARLY_SECONDS)
        return token

    def forget(self, subject: str, scope: str) -> None:
        """Evicts the token of a subject that is not used again."""
        self._cached.pop((subject, scope), None)
