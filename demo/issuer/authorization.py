"""Login of the console by authorization code with PKCE (RFC 6749, 7636).

One person can sign in, without a password.
"""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from demo.issuer.token_request import TokenRequestError

CONSOLE_CLIENT = "console"
"""Id of the console's public client."""

PERSON = "merchandiser"
"""The only person. Subject of the tokens."""

SCOPES = ("openid", "console:read", "console:write")
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""No `form-action`: browsers apply it to the redirect after the form, too."""

_CODE_SECONDS = 60.0
_MAX_CODES = 100
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_FIELDS = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")


class AuthorizationRefused(Exception):
    """A request that must not be answered by a redirect. The message says why."""


@dataclass(frozen=True)
class Grant:
    """The login behind one code."""

    redirect_uri: str
    challenge: str
    scope: str
    nonce: str | None
    expires_at: float


class Authorizations:
    """Codes that were issued and not used yet, in memory.

    Args:
        redirect_uris: addresses of consoles. Without any, nobody can sign in.
    """

    def __init__(self, redirect_uris: Sequence[str]) -> None:
        self._redirect_uris = redirect_uris
        self._grants: dict[str, Grant] = {}

    def grant_for(self, query: Mapping[str, str]) -> Grant:
        """The grant that a request asks for.

        Raises:
            AuthorizationRefused: not the console's, or without PKCE.
        """
        if query.get("client_id") != CONSOLE_CLIENT or query.get("redirect_uri") not in self._redirect_uris:
            raise AuthorizationRefused("This client or its redirect address is not known here.")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            raise AuthorizationRefused("Only the code flow with PKCE (S256) is supported.")
        if not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
            raise AuthorizationRefused("code_challenge is not a SHA-256 in base64url.")
        scope = " ".join(name for name in query.get("scope", "").split() if name in SCOPES)
        deadline = time.time() + _CODE_SECONDS
        return Grant(query["redirect_uri"], query["code_challenge"], scope, query.get("nonce"), deadline)

    def redirect(self, query: Mapping[str, str]) -> str:
        """The address of the console with a new code. Raises AuthorizationRefused."""
        grant = self.grant_for(query)
        code = secrets.token_urlsafe(32)
        self._grants[code] = grant
        while len(self._grants) > _MAX_CODES:
            self._grants.pop(next(iter(self._grants)))
        return f"{grant.redirect_uri}?{urlencode({'code': code, 'state': query.get('state', '')})}"

    def redeem(self, fields: Mapping[str, str]) -> Grant:
        """The grant of a token request. A code works once.

        Raises:
            TokenRequestError: an unknown, used or expired code, or another client's.
        """
        grant = self._grants.pop(fields.get("code", ""), None)
        verifier = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            grant is None
            or grant.expires_at < time.time()
            or fields.get("client_id") != CONSOLE_CLIENT
            or fields.get("redirect_uri") != grant.redirect_uri
            or not secrets.compare_digest(challenge, grant.challenge)
        ):
            raise TokenRequestError("invalid_grant", "The code is unknown, used, expired or not yours.")
        return grant


def login_page(query: Mapping[str, str]) -> str:
    """The page with one button. The form repeats the request."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in (*_FIELDS, "code_challenge_method")
        if name in query
    )
    host = escape(urlsplit(query["redirect_uri"]).netloc)
    return _PAGE.format(fields=fields, host=host, person=PERSON)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - development issuer</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ min-height: 100vh; margin: 0; display: grid; place-items: center;
  background: light-dark(#f4f5f8, #0f1117); color: light-dark(#1a1d29, #e8eaf2); }}
main {{ width: min(22rem, 84vw); padding: 2rem; border-radius: 16px;
  background: light-dark(#fff, #181b24); border: 1px solid light-dark(#e2e5ee, #2a2f3d); }}
h1 {{ font-size: 1.25rem; margin: 0 0 .5rem; }}
p {{ margin: 0 0 1.5rem; color: light-dark(#565d73, #a4abc0); }}
button {{ width: 100%; padding: .75rem; border: 0; border-radius: 10px; font: inherit; font-weight: 600;
  color: #fff; background: #4b45d6; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid light-dark(#1a1d29, #e8eaf2); outline-offset: 2px; }}
</style>
</head>
<body>
<main>
<h1>Sign in to the console</h1>
<p>{host} asks who you are. This is the development issuer: it knows one person and needs no password.</p>
<form method="post" action="authorize">{fields}
<button type="submit">Sign in as {person}</button></form>
</main>
</body>
</html>
"""
