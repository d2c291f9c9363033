"""Authorization code flow with PKCE.

RFC 6749, RFC 7636, RFC 9700, and OpenID Connect Core 1.0, section 3.1.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

import structlog

from service.auth import READ_CONSOLE, AuthenticationError, InvalidToken, Principal, TokenVerifier, authorize
from service.console.login.exchange import CodeExchange, CodeRefused
from service.console.login.sessions import PendingLogin, Session, Sessions
from service.http.middleware.authentication import CONSOLE

CALLBACK = f"{CONSOLE}/callback"
"""Path at which the issuer sends the browser back."""

_LOGIN_SECONDS = 600.0
_TARGET = re.compile(rf"{CONSOLE}(/[A-Za-z0-9._~%/-]*)?(\?[A-Za-z0-9._~%=&+:,/-]*)?")
"""A path of the console. No other address is continued at after a login."""

_MAX_TARGET = 1_000
_MAX_SUBJECT = 1_000
_MAX_USED = 10_000
_logger = structlog.get_logger("service")


class LoginFailed(Exception):
    """The login did not succeed. The message is for the person who tried."""


@dataclass(frozen=True, slots=True)
class LoginConfig:
    """The console at its issuer.

    Attributes:
        public_url: origin at which browsers reach the service, such as `https://recs.example`.
        path_prefix: of the service, such as `/recs`.
        scopes: requested scopes, separated by spaces. With `openid`, the issuer must send an ID token.
    """

    public_url: str
    path_prefix: str
    client_id: str
    authorization_url: str
    scopes: str

    @property
    def redirect_uri(self) -> str:
        """The address that the issuer knows.

        It comes from the settings, never from a request.
        """
        return self.public_url + self.path_prefix + CALLBACK


class Login:
    """Begins and completes logins."""

    def __init__(
        self,
        config: LoginConfig,
        sessions: Sessions,
        exchange: CodeExchange,
        verifier: TokenVerifier,
        clock: Callable[[], float],
    ) -> None:
        self.config = config
        self.sessions = sessions
        self._exchange = exchange
        self._verifier = verifier
        self._clock = clock
        self._used: dict[str, None] = {}

    def begin(self, target: str) -> tuple[str, PendingLogin]:
        """The issuer's address to send the browser to, and what the browser keeps meanwhile.

        `target` is where to continue. Anything but a path of the console becomes the overview.
        """
        safe = target if _is_page(target) else CONSOLE
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        parameters = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.config.redirect_uri,
            "scope": self.config.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in self.config.authorization_url else "?"
        location = f"{self.config.authorization_url}{joint}{urlencode(parameters)}"
        return location, PendingLogin(state, nonce, verifier, safe, self._clock() + _LOGIN_SECONDS)

    async def complete(self, pending: PendingLogin | None, answer: Mapping[str, str]) -> Session:
        """The session of a person whom the issuer sent back with `answer`, its query.

        Raises:
            LoginFailed: the login began in another browser or too long ago, or the issuer refused it.
            IssuerUnreachable: the issuer failed.
            AuthenticationError: the access token was rejected.
            InsufficientScope: the person may not use the console.
        """
        if pending is None or not hmac.compare_digest(
            pending.state.encode(), answer.get("state", "").encode()
        ):
            raise LoginFailed("This login did not begin in this browser, or it took longer than ten minutes.")
        self._use(pending.state)
        code = answer.get("code")
        if code is None:
            _logger.warning("console login refused", reason=answer.get("error", "no code")[:60])
            raise LoginFailed("The issuer did not let you in.")
        principal = await self._principal(code, pending)
        authorize(principal, READ_CONSOLE, None)
        if len(principal.subject) > _MAX_SUBJECT:
            raise LoginFailed("Your account's name is too long for a cookie.")
        _logger.info("console login", issuer=principal.issuer)
        return Session.of(principal)

    def _use(self, state: str) -> None:
        """Allows one attempt for each login.

        A copied cookie could otherwise keep the issuer busy. Each pod remembers its latest attempts.
        """
        if state in self._used:
            raise LoginFailed("This login was used before.")
        self._used[state] = None
        if len(self._used) > _MAX_USED:
            del self._used[next(iter(self._used))]

    async def _principal(self, code: str, pending: PendingLogin) -> Principal:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.redirect_uri,
            "client_id": self.config.client_id,
            "code_verifier": pending.verifier,
        }
        try:
            tokens = await self._exchange.tokens(form)
        except CodeRefused as error:
            _logger.warning("console login refused", reason=str(error))
            raise LoginFailed(
                "The issuer did not accept this login. It may have been used before."
            ) from error
        try:
            principal = await self._verifier.verify(tokens.access_token)
        except AuthenticationError as error:
            _logger.warning("console login refused", reason=str(error))
            raise
        if "openid" in self.config.scopes.split():
            await self._check_id_token(tokens.id_token, principal, pending.nonce)
        return principal

    async def _check_id_token(self, token: str | None, principal: Principal, nonce: str) -> None:
        """Raises LoginFailed for an ID token that does not belong to this login."""
        if token is None:
            raise LoginFailed("The issuer sent no ID token. Remove `openid` from the scopes.")
        try:
            await self._verifier.verify_id_token(token, principal.issuer, self.config.client_id, nonce)
        except InvalidToken as error:
            _logger.warning("console login refused", reason=f"ID token: {error.reason}")
            raise LoginFailed("The issuer's ID token does not belong to this login.") from error

    async def close(self) -> None:
        """Closes connections to the issuer."""
        await self._exchange.close()


def _is_page(target: str) -> bool:
    """True for an address of the console that browsers take as it is."""
    segments = unquote(target.partition("?")[0]).split("/")
    leaves = {"", ".", ".."} & set(segments[1:])
    return len(target) <= _MAX_TARGET and _TARGET.fullmatch(target) is not None and not leaves
