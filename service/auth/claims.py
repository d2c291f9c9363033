"""Validation of a token's header and claims (RFC 9068, section 4)."""

import hmac
from typing import Any

from service.auth.errors import InvalidToken
from service.auth.policy import IssuerPolicy
from service.auth.principal import Principal

_LATEST_TIME = 1e12
"""Seconds since the epoch. Later times are rejected."""


_OWN_KEYS = ("jwk", "jku", "x5c", "x5u")
"""Header parameters with which a token names its own key (RFC 8725, section 3.10)."""

_ENVELOPES = ("cty", "enc", "zip")
"""Header parameters of nested, encrypted and compressed tokens."""


def check_header(policy: IssuerPolicy, header: dict[str, Any]) -> None:
    """Rejects headers of access tokens that the issuer may not send.

    Raises:
        InvalidToken: a wrong type, or what `check_protection` rejects.
    """
    check_protection(policy, header)
    token_type = header.get("typ")
    if not isinstance(token_type, str) or token_type.lower() not in {
        kind.lower() for kind in policy.token_types
    }:
        raise InvalidToken("its type is not that of an access token")


def check_protection(policy: IssuerPolicy, header: dict[str, Any]) -> None:
    """Rejects headers that no token of the issuer may have.

    Raises:
        InvalidToken: a wrong algorithm or key id, a key inside the token, a nested or compressed token, or a critical
            extension.
    """
    if header.get("alg") not in policy.algorithms:
        raise InvalidToken("its signature algorithm is not allowed")
    if "crit" in header or "b64" in header:
        raise InvalidToken("it requires an unsupported extension")
    if any(name in header for name in _OWN_KEYS):
        raise InvalidToken("it contains its own key")
    if any(name in header for name in _ENVELOPES):
        raise InvalidToken("it is nested, encrypted or compressed")
    if not isinstance(header.get("kid", ""), str):
        raise InvalidToken("its key id is not a string")


def check_claims(policy: IssuerPolicy, claims: dict[str, Any], now: float) -> Principal:
    """The caller that the claims describe.

    Args:
        policy: policy of the token's issuer.
        claims: the payload.
        now: seconds since the epoch.

    Raises:
        InvalidToken: another audience, expired, not valid yet, or a missing claim.
    """
    _check_audience(claims, policy.audience)
    expires_at = _valid_until(policy, claims, now)
    if any(claims.get(name) != value for name, value in policy.required_claims.items()):
        raise InvalidToken("it lacks a required claim")
    client = next((name for name in policy.client_id_claims if name in claims), policy.client_id_claims[0])
    return Principal(
        subject=_text(claims, "sub"),
        client_id=_text(claims, client),
        scopes=_scopes(policy, claims),
        issuer=policy.issuer,
        expires_at=expires_at,
    )


def check_id_token(
    policy: IssuerPolicy, claims: dict[str, Any], client_id: str, nonce: str, now: float
) -> None:
    """Checks the claims of an ID token (OpenID Connect Core, section 3.1.3.7).

    Args:
        policy: policy of the token's issuer.
        claims: the payload.
        client_id: the client that began the login.
        nonce: nonce that the login sent.
        now: seconds since the epoch.

    Raises:
        InvalidToken: for another client or login, expired, or not valid yet.
    """
    _check_audience(claims, client_id)
    if claims.get("azp", client_id) != client_id:
        raise InvalidToken("it is for another client")
    _valid_until(policy, claims, now)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise InvalidToken("it belongs to another login")


def _check_audience(claims: dict[str, Any], audience: str) -> None:
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise InvalidToken("it is for another audience")


def _valid_until(policy: IssuerPolicy, claims: dict[str, Any], now: float) -> float:
    """The time at which the token expires.

    Raises InvalidToken for one that is not valid now.
    """
    expires_at = _time(claims, "exp")
    if expires_at is None:
        raise InvalidToken("it has no expiry time")
    if now >= expires_at + policy.leeway_seconds:
        raise InvalidToken("it has expired")
    if claims.get("iat") is None:
        raise InvalidToken("it has no time of issue")
    for name in ("nbf", "iat"):
        starts_at = _time(claims, name)
        if starts_at is not None and starts_at > now + policy.leeway_seconds:
            raise InvalidToken("it is not valid yet")
    return expires_at


def _time(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST_TIME:
        raise InvalidToken(f"its claim {name} is not a time")
    return float(value)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"its claim {name} is missing or not a string")
    return value


def _scopes(policy: IssuerPolicy, claims: dict[str, Any]) -> frozenset[str]:
    granted = frozenset(scope for name in policy.scope_claims for scope in _listed(claims, name))
    return granted if policy.scopes is None else granted & policy.scopes


def _listed(claims: dict[str, Any], name: str) -> list[str]:
    """The scopes in one claim.

    `scope` is a string (RFC 8693, section 4.2), other claims may be lists.
    """
    value = claims.get(name, "")
    if isinstance(value, str):
        return value.split(" ")
    if name == "scope" or not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidToken(f"its claim {name} is not a string")
    return value
