"""What is expected of each issuer's tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED_ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""All asymmetric: a key set is public, so that a symmetric algorithm would let anyone sign."""


MOST_LEEWAY_SECONDS = 300.0
"""Clocks that are further apart are broken, and a leeway is a longer life for a stolen token."""


@dataclass(frozen=True)
class IssuerPolicy:
    """One trusted issuer and how strictly its tokens are read (RFC 9068 unless relaxed).

    Attributes:
        issuer: the exact `iss` of its tokens.
        audience: what `aud` must hold.
        jwks_url: where its public keys are served; this or `jwks_file`, never both.
        jwks_file: a local file with its public keys, read again when it changes.
        algorithms: signature algorithms that are accepted, each one of `ALLOWED_ALGORITHMS`.
        token_types: accepted `typ` headers, in any letter case; some issuers send `JWT`.
        client_id_claims: claims that may name the client, the first present one counts; some issuers send `azp`.
        scope_claims: claims that hold scopes, all of them count; some issuers send `scp`, `roles` or `permissions`.
        required_claims: claims that must be there with exactly this value, where tokens of several kinds look alike.
        scopes: what the issuer may grant, anything else in its tokens is ignored; None: whatever it says.
        leeway_seconds: how far the issuer's clock may be off; at most `MOST_LEEWAY_SECONDS`.

    Raises:
        ValueError: on construction, when a field contradicts the above.
    """

    issuer: str
    audience: str
    jwks_url: str | None = None
    jwks_file: Path | None = None
    algorithms: tuple[str, ...] = ALLOWED_ALGORITHMS
    token_types: tuple[str, ...] = ("at+jwt", "application/at+jwt")
    client_id_claims: tuple[str, ...] = ("client_id",)
    scope_claims: tuple[str, ...] = ("scope",)
    required_claims: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    leeway_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ValueError("An issuer policy needs the issuer's name and the audience of its tokens.")
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise ValueError(
                f"The issuer {self.issuer!r} needs either a JWKS URL or a JWKS file, and only one."
            )
        if self.jwks_url is not None and not self.jwks_url.startswith(("http://", "https://")):
            raise ValueError(
                f"The JWKS URL {self.jwks_url!r} of {self.issuer!r} must be http:// or https://."
            )
        for name in ("algorithms", "token_types", "client_id_claims", "scope_claims"):
            if not getattr(self, name):
                raise ValueError(
                    f"The issuer {self.issuer!r} has no {name.replace('_', ' ')}: nothing would pass."
                )
        refused = set(self.algorithms) - set(ALLOWED_ALGORITHMS)
        if refused:
            raise ValueError(
                f"The issuer {self.issuer!r} may not use {', '.join(sorted(refused))}; "
                f"choose from {', '.join(ALLOWED_ALGORITHMS)}."
            )
        if not 0 <= self.leeway_seconds <= MOST_LEEWAY_SECONDS:
            raise ValueError(
                f"The leeway of {self.issuer!r} is {self.leeway_seconds} s; "
                f"it must not be negative, nor more than {MOST_LEEWAY_SECONDS:g}."
            )
