"""Tokens from the development issuer."""

import httpx

from demo.state import Running

SHOPPER_SCOPE = "recommendations:read"
CONSOLE_SCOPE = "console:read"
SERVICE_SCOPE = "recommendations:read.any"

_SECONDS = 10.0


class TokenRefused(Exception):
    """The issuer gave no token. The text has its reason."""


class UnknownScope(Exception):
    """No call accepts a scope. The text names it, and those that calls accept."""


def check_scopes(running: Running, scope: str) -> None:
    """Compares the names in `scope` with those in the API's own description.

    Raises:
        UnknownScope: no call accepts one of them.
        TokenRefused: the service does not answer.
    """
    url = f"{running.service_url}/schema/openapi.json"
    try:
        document = httpx.get(url, timeout=_SECONDS, trust_env=False).json()
    except (httpx.TransportError, ValueError) as error:
        raise TokenRefused(f"The service at {running.service_url} does not answer: {error}") from error
    accepted = {
        name
        for item in document["paths"].values()
        for operation in item.values()
        for requirement in operation.get("security", ())
        for name in requirement.get("bearer", ())
    }
    unknown = [name for name in scope.split() if name not in accepted]
    if unknown:
        plain = ", ".join(sorted(name for name in accepted if not name.endswith(".any")))
        raise UnknownScope(
            f"No call accepts the scope {' '.join(unknown)}. Scopes, each also with .any: {plain}"
        )


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
