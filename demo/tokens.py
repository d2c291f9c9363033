"""Tokens from the development issuer."""

import httpx

from demo.state import Running

SHOPPER_SCOPE = "recommendations:read"
SERVICE_SCOPE = "recommendations:read.any"

_SECONDS = 10.0


class TokenRefused(Exception):
    """The issuer gave no token. The text has its reason."""


def fetch_token(running: Running, *, subject: str | None, scope: str) -> str:
    """An access token of the shopper `subject`, or of the client itself.

    Raises:
        TokenRefused: the issuer does not answer, or rejects the request.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": running.client_id,
        "client_secret": running.client_secret,
        "scope": scope,
    }
    if subject is not None:
        form["subject"] = subject
    try:
        answer = httpx.post(f"{running.issuer_url}/token", data=form, timeout=_SECONDS, trust_env=False)
    except httpx.TransportError as error:
        raise TokenRefused(f"The issuer at {running.issuer_url} does not answer: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise TokenRefused(f"The issuer gave no token ({answer.status_code}): {answer.text[:300]}")
    return str(answer.json()["access_token"])
