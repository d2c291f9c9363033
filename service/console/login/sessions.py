"""The session of a signed-in member of staff: a signed cookie, without anything stored."""

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import msgspec
from litestar.datastructures import Cookie
from litestar.types import Scope

from adapters.snapshots import SigningKey
from service.auth import Principal
from service.http.cookies import cookie_of
from service.signed.signer import TokenSigner

_STATE_KEY = "console_session"


class Session(msgspec.Struct, frozen=True):
    """A signed-in member of staff.

    It holds what the token said, not the token, so that a stolen cookie opens the console only.

    Attributes:
        csrf_token: repeated by every form, see `check_form`.
        expires_at: seconds since the epoch, those of the token.
    """

    subject: str
    client_id: str
    issuer: str
    scopes: list[str]
    expires_at: float
    csrf_token: str

    @classmethod
    def of(cls, principal: Principal) -> "Session":
        """A new session of a verified caller. It keeps the console's scopes only."""
        scopes = sorted(scope for scope in principal.scopes if scope.startswith("console:"))
        return cls(
            principal.subject,
            principal.client_id,
            principal.issuer,
            scopes,
            principal.expires_at,
            secrets.token_urlsafe(24),
        )

    def principal(self) -> Principal:
        """The caller, for the access table and the rate limits.

        The limits count each person apart.
        """
        person = f"{self.client_id} {self.subject}"
        return Principal(self.subject, person, frozenset(self.scopes), self.issuer, self.expires_at)


class PendingLogin(msgspec.Struct, frozen=True):
    """A login that has begun in this browser.

    Attributes:
        state: links the issuer's answer to this browser.
        nonce: links the ID token to this login.
        verifier: of PKCE (RFC 7636).
        target: path of the console to continue at.
        expires_at: seconds since the epoch.
    """

    state: str
    nonce: str
    verifier: str
    target: str
    expires_at: float


_Content = TypeVar("_Content", Session, PendingLogin)


class Sessions:
    """Cookies of the console.

    Args:
        keys: the first one signs, all of them are accepted.
        secure: whether browsers reach the console by HTTPS. Its cookies are then bound to the host (`__Host-`).
        clock: seconds since the epoch.
    """

    def __init__(self, keys: Sequence[SigningKey], clock: Callable[[], float], *, secure: bool) -> None:
        self._clock = clock
        self._secure = secure
        self._signers = {
            kind: TokenSigner(keys, f"console {kind.__name__}") for kind in (Session, PendingLogin)
        }

    def read(self, scope: Scope) -> None:
        """Adds caller and session to a request that has a valid cookie."""
        session = self.valid(scope, Session)
        if session is not None:
            scope["user"] = session.principal()
            scope.setdefault("state", {})[_STATE_KEY] = session

    def valid(self, scope: Scope, kind: type[_Content]) -> _Content | None:
        """The content of the request's cookie, None if it is missing, altered or expired."""
        value = cookie_of(scope, self._name(kind))
        payload = self._signers[kind].verify(value)
        if payload is None:
            return None
        try:
            content = msgspec.json.decode(payload, type=kind)
        except msgspec.DecodeError:  # signed by another release, whose sessions had other fields
            return None
        return content if content.expires_at > self._clock() else None

    def cookie(self, content: Session | PendingLogin) -> Cookie:
        """The cookie that the browser keeps until the content expires."""
        kind = type(content)
        seconds = max(0, int(content.expires_at - self._clock()))
        return self._cookie(kind, self._signers[kind].sign(msgspec.json.encode(content)), seconds)

    def removal(self, kind: type[Session] | type[PendingLogin]) -> Cookie:
        """Makes the browser forget a cookie."""
        return self._cookie(kind, "", 0)

    def _cookie(self, kind: type[Session] | type[PendingLogin], value: str, seconds: int) -> Cookie:
        return Cookie(
            self._name(kind), value=value, max_age=seconds, secure=self._secure, httponly=True, samesite="lax"
        )

    def _name(self, kind: type[Session] | type[PendingLogin]) -> str:
        name = "console-session" if kind is Session else "console-login"
        return f"__Host-{name}" if self._secure else name


def current_session(scope: Scope) -> Session:
    """The session of the request, for handlers behind the access table."""
    return cast("Session", scope["state"][_STATE_KEY])


def session_of(scope: Scope) -> Session | None:
    """The session of the request, None if nobody is signed in."""
    found: Session | None = scope.get("state", {}).get(_STATE_KEY)
    return found
