"""Login by OpenID Connect (authorization code with PKCE), and the session cookie."""

from service.console.login.exchange import CodeExchange, IssuerUnreachable
from service.console.login.flow import Login, LoginConfig, LoginFailed
from service.console.login.sessions import Session, Sessions, current_session

__all__ = [
    "CodeExchange",
    "IssuerUnreachable",
    "Login",
    "LoginConfig",
    "LoginFailed",
    "Session",
    "Sessions",
    "current_session",
]
