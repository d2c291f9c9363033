"""What a token must say of itself to be accepted from an issuer (RFC 9068, section 4)."""

from typing import Any

from service.auth.errors import InvalidToken
from service.auth.policy import IssuerPolicy
from service.auth.principal import Principal

_LATEST_TIME = 1e12
"""Seconds since the epoch; beyond it, and infinite, is nonsense."""


def check_header(policy: IssuerPolicy, header: dict[str, Any]) -> None:
    """Lets headers pass that the issuer may send; where a key could be found (`jku`, `x5u`, `jwk`) is ignored.

    Raises:
        InvalidToken: the algorithm, type or key id is not acceptable, or an extension is declared critical.
    """
    if header.get("alg") not in policy.algorithms:
        raise InvalidToken("its signature algorithm is not allowed")
    token_type = header.get("typ")
    if not isinstance(token_type, str) or token_type.lower() not in {
        kind.lower() for kind in policy.token_types
    }:
        raise InvalidToken("its type is not that of an access token")
    if "crit" in header or "b64" in header:
        raise InvalidToken("it demands an extension that is not supported")
    if not isinstance(header.get("kid", ""), str):
        raise InvalidToken("its key id is not a text")


def check_claims(policy: IssuerPolicy, claims: dict[str, Any], now: float) -> Principal:
    """The caller that the claims describe, at `now` in seconds since the epoch.

    Raises:
        InvalidToken: it is for another audience, expired, not valid yet, or lacks a claim.
    """
    audiences = claims.get("aud")
    if policy.audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise InvalidToken("it is meant for another audience")
    expires_at = _time(claims, "exp")
    if expires_at is None:
        raise InvalidToken("it has no expiry time")
    if now >= expires_at + policy.leeway_seconds:
        raise InvalidToken("it has expired")
    for name in ("nbf", "iat"):
        starts_at = _time(claims, name)
        if starts_at is not None and starts_at > now + policy.leeway_seconds:
            raise InvalidToken("it is not valid yet")
    client = next((name for name in policy.client_id_claims if name in claims), policy.client_id_claims[0])
    return Principal(
        subject=_text(claims, "sub"),
        client_id=_text(claims, client),
        scopes=_scopes(claims),
        issuer=policy.issuer,
        expires_at=expires_at,
    )


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
        raise InvalidToken(f"its claim {name} is missing or not a text")
    return value


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    value = claims.get("scope", "")
    if not isinstance(value, str):
        raise InvalidToken("its claim scope is not a text")
    return frozenset(value.split())
