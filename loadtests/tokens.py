"""Access tokens from the issuer, kept until shortly before they end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Fetch = Callable[[dict[str, str]], tuple[str, float]]
"""Sends a form to the token endpoint; returns the token and the seconds that it is valid, or raises TokenRefused."""

ASKING = "POST token"
"""What asking for one is called in statistics and thresholds."""

_EARLY_SECONDS = 60.0


class TokenRefused(Exception):
    """The issuer did not answer, or gave no token."""


@dataclass(frozen=True)
class Client:
    """Whom the issuer knows."""

    client_id: str
    client_secret: str


class Tokens:
    """Tokens by subject and scope.

    Args:
        client: proves itself to the issuer.
        clock: seconds, as `time.monotonic`.
    """

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._kept: dict[tuple[str | None, str], tuple[str, float]] = {}

    def token(self, subject: str | None, scope: str, fetch: Fetch) -> str:
        """A valid token: the shopper's own, or without a subject the client's. Raises TokenRefused."""
        kept = self._kept.get((subject, scope))
        if kept is not None and self._clock() < kept[1]:
            return kept[0]
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "scope": scope,
        }
        if subject is not None:
            form["subject"] = subject
        asked = self._clock()
        token, seconds = fetch(form)
        self._kept[subject, scope] = (token, asked + seconds - _EARLY_SECONDS)
        return token

    def forget(self, subject: str, scope: str) -> None:
        """Lets go of the token of somebody who does not come back."""
        self._kept.pop((subject, scope), None)
