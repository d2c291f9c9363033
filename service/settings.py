"""The service's settings: environment variables with the prefix `SERVICE_`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.auth import IssuerPolicy


class DatabaseSettings(BaseSettings):
    """What commands on the database need; the service needs it too."""

    model_config = SettingsConfigDict(env_prefix="SERVICE_", extra="ignore", frozen=True)

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///recommender.db"),
        description="Database of events, profiles, preferences and erasures: `postgresql://…` or `sqlite:///file`. "
        "`python -m service migrate` makes its tables.",
    )


class ServiceSettings(DatabaseSettings):
    """Everything that can be set, with its default."""

    listen_host: str = Field(default="127.0.0.1", description="Address that the API listens on.")
    listen_port: int = Field(default=8000, ge=1, le=65535, description="Port that the API listens on.")
    management_host: str = Field(
        default="127.0.0.1", description="Address that the metrics endpoint listens on."
    )
    management_port: int | None = Field(
        default=None, ge=1, le=65535, description="Port of the metrics endpoint; unset: no metrics are kept."
    )
    issuers: tuple[IssuerPolicy, ...] = Field(
        min_length=1,
        description="Trusted token issuers, a JSON list of objects with `issuer`, `jwks_url` or `jwks_file`, "
        "`audience` and `algorithms`. Required: there is no way to run without authentication.",
    )
    cors_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/*?#\s]+$")], ...] = Field(
        default=(),
        description="Origins whose pages may call the API from a browser, a JSON list such as "
        '`["https://shop.example"]`; empty: none.',
    )
    snapshot_root: Path = Field(
        default=Path("snapshots"), description="Folder on the shared volume that snapshots are published in."
    )
    snapshot_signing_key_files: tuple[Path, ...] = Field(
        default=(Path("snapshot.key"),),
        min_length=1,
        description="Files with keys that snapshots may be signed with, a JSON list: the current one, and during a "
        "rotation the next or the previous one.",
    )
    snapshot_poll_seconds: float = Field(
        default=5.0, gt=0, description="Seconds between two looks for a new snapshot."
    )
    catalog_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8100"), description="Base URL of the catalog service."
    )
    catalog_token_url: HttpUrl | None = Field(
        default=None,
        description="Token endpoint for OAuth2 client credentials towards the catalog; unset: no token is sent.",
    )
    catalog_client_id: str = Field(default="", description="Client id for the catalog's token endpoint.")
    catalog_audience: str = Field(
        default="catalog", description="Audience that tokens for the catalog are asked for."
    )
    catalog_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret for the catalog's token endpoint."
    )
    overlay_poll_seconds: float = Field(
        default=15.0, gt=0, description="Mean seconds between two polls of the catalog's change feed."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis that caches profiles (`redis://…`); unset: each pod keeps its own cache.",
    )
    client_requests_per_minute: int = Field(
        default=600_000,
        ge=0,
        le=1_000_000_000,
        description="What one client (the token's `client_id`) may ask of all pods in a minute; a batch counts as its "
        "entries, events as one per 50 begun. 0: no limit.",
    )
    shopper_requests_per_minute: int = Field(
        default=6_000,
        ge=0,
        le=1_000_000_000,
        description="What one shopper may ask, or be asked about by path, of all pods in a minute. 0: no limit.",
    )
    max_in_flight: int = Field(
        default=512,
        ge=0,
        description="Requests that a pod answers at once; more are answered 503 with `Retry-After`. 0: no limit.",
    )
    request_seconds: float = Field(
        default=15.0,
        gt=0,
        description="How long a request may take, its body's arrival included, before it is given up with a 503 (408 "
        "while its body has not arrived).",
    )
    profile_fresh_seconds: float = Field(
        default=60.0, ge=0, description="Age from which on a cached profile is refreshed behind the answer."
    )
    profile_stale_seconds: float = Field(
        default=300.0,
        ge=0,
        description="Age from which on an answer waits for a newer profile, for as long as the catalog is up.",
    )
    profile_keep_seconds: float = Field(
        default=86_400.0,
        gt=0,
        description="Age from which on a cached profile is forgotten; until then it serves while the catalog is down.",
    )
    profile_purchases: int = Field(
        default=5_000,
        ge=1,
        le=5_000,
        description="Latest purchases that are read of a shopper: what is older may be recommended again.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="Log lines as JSON or readable; auto: readable on a terminal."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP endpoint that traces are sent to; unset: no tracing."
    )
    trace_sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of requests that are traced."
    )
    shutdown_seconds: int = Field(
        default=20, ge=1, description="How long running requests may take to end when the service stops."
    )
