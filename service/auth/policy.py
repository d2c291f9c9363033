"""Policies of the trusted token issuers."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

ALLOWED_ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Asymmetric algorithms only: with a symmetric one, the public key set would let anyone sign."""


MAX_LEEWAY_SECONDS = 300.0
"""A larger value would prolong the life of stolen tokens too much."""


class IssuerPolicy(BaseModel):
    """One trusted issuer, and how strictly its tokens are validated.

    The defaults follow RFC 9068. A policy is an entry of the setting `SERVICE_ISSUERS`. The page
    docs/security/issuers.md has worked examples.

    Raises:
        ValueError: the fields contradict each other, or no token could pass.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1, description="The `iss` of its tokens, exactly.")
    jwks_url: str | None = Field(
        default=None, pattern=r"^https?://", description="URL of its public keys, `http://` or `https://`."
    )
    jwks_file: Path | None = Field(
        default=None, description="File with its public keys, instead of the URL. Read again when it changes."
    )
    audience: str = Field(
        default="recommender", min_length=1, description="The `aud` that tokens must contain."
    )
    algorithms: tuple[str, ...] = Field(
        default=ALLOWED_ALGORITHMS, min_length=1, description="Accepted signature algorithms."
    )
    token_types: tuple[str, ...] = Field(
        default=("at+jwt", "application/at+jwt"),
        min_length=1,
        description="Accepted values of `typ`. Add `JWT` for an issuer that does not follow RFC 9068.",
    )
    client_id_claims: tuple[str, ...] = Field(
        default=("client_id",),
        min_length=1,
        description="Claims that may name the client; the first one present counts. Some issuers use `azp`.",
    )
    scope_claims: tuple[str, ...] = Field(
        default=("scope",),
        min_length=1,
        description="Claims that hold scopes; all of them count. Some issuers use `scp`, `roles` or `permissions`.",
    )
    required_claims: dict[str, str] = Field(
        default={},
        description="Claims that must have exactly this value, such as Keycloak's `typ` = `Bearer`.",
    )
    scopes: frozenset[str] | None = Field(
        default=None,
        description="Scopes that the issuer may grant. Others in its tokens are ignored. Unset allows all.",
    )
    leeway_seconds: float = Field(
        default=30.0,
        ge=0,
        le=MAX_LEEWAY_SECONDS,
        description="Accepted difference between the issuer's clock and the service's.",
    )

    @field_validator("algorithms")
    @classmethod
    def _check_algorithms(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        forbidden = sorted(set(algorithms) - set(ALLOWED_ALGORITHMS))
        if forbidden:
            raise ValueError(
                f"{', '.join(forbidden)} is not allowed, choose from {', '.join(ALLOWED_ALGORITHMS)}"
            )
        return algorithms

    @model_validator(mode="after")
    def _check_key_source(self) -> "IssuerPolicy":
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise ValueError(
                f"the issuer {self.issuer!r} needs either jwks_url or jwks_file, and only one of them"
            )
        return self
