"""The service's settings: environment variables with the prefix `SERVICE_`."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from adapters.cache import redis_address
from adapters.settings import (
    CatalogClientSettings,
    DatabaseUrl,
    PathList,
    Settings,
    SnapshotUrl,
    checked_url,
)
from command_line.settings import LogLevel
from service.auth import IssuerPolicy
from service.http.middleware.path_prefix import checked_prefix
from service.http.origins import browser_origin

_PUBLIC_ORIGIN = r"^(https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)$"
_PublicOrigin = Annotated[str, Field(pattern=_PUBLIC_ORIGIN), AfterValidator(browser_origin)]
_Origin = Annotated[str, Field(pattern=r"^https?://[^/*?#\s]+$"), AfterValidator(browser_origin)]
_ENDPOINT = r"^https?://[^/?#@\s]+/[^#\s]*$"


class DatabaseSettings(Settings):
    """Settings of the database commands."""

    model_config = SettingsConfigDict(env_prefix="SERVICE_", extra="ignore", frozen=True)

    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///recommender.db"),
        examples=["postgresql://recommender@db.example/recommender"],
        description="Database for events, profiles, preferences and erasures: `sqlite:///file` or `postgresql://…` "
        "with the parameters of libpq. `python -m service migrate` creates its tables.",
    )


class ConsoleSettings(Settings):
    """Settings of the console, which is off by default."""

    model_config = SettingsConfigDict(env_prefix="SERVICE_", extra="ignore", frozen=True)

    console_enabled: bool = Field(
        default=False,
        description="Serves the console at `/console`: pages for staff that show what is recommended to whom, and why. "
        "It needs a login at the token issuer, see docs/guides/console.md.",
    )
    console_public_url: _PublicOrigin | None = Field(
        default=None,
        examples=["https://recs.example"],
        description="Origin at which browsers reach the console, without the path prefix: `https://…`, or `http://` on "
        "this machine. The issuer must allow the redirect address `<origin><prefix>/console/callback`.",
    )
    console_client_id: str | None = Field(
        default=None,
        min_length=1,
        examples=["recommender-console"],
        description="Id of the console at the token issuer, a public client that uses PKCE.",
    )
    console_authorization_url: str | None = Field(
        default=None,
        pattern=_ENDPOINT,
        examples=["https://id.example/authorize"],
        description="The issuer's authorization endpoint, as browsers reach it. It may have parameters, such as "
        "`?audience=recommender`.",
    )
    console_token_url: str | None = Field(
        default=None,
        pattern=_ENDPOINT,
        examples=["https://id.example/token"],
        description="The issuer's token endpoint, as the service reaches it.",
    )
    console_scopes: str = Field(
        default="openid console:read console:write",
        pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$",
        description="Scopes that the console requests. Without `console:write`, it changes nothing. With `openid`, the "
        "issuer must send an ID token.",
    )

    @model_validator(mode="after")
    def _check_console(self) -> Self:
        needed = ("console_public_url", "console_client_id", "console_authorization_url", "console_token_url")
        missing = [f"SERVICE_{name.upper()}" for name in needed if getattr(self, name) is None]
        if self.console_enabled and missing:
            raise ValueError(f"SERVICE_CONSOLE_ENABLED also needs {', '.join(missing)}")
        return self


class ServiceSettings(CatalogClientSettings, DatabaseSettings, ConsoleSettings):
    """Settings of `python -m service serve`."""

    listen_host: str = Field(default="127.0.0.1", description="Address of the API.")
    listen_port: int = Field(default=8000, ge=1, le=65535, description="Port of the API.")
    path_prefix: Annotated[str, AfterValidator(checked_prefix)] = Field(
        default="",
        examples=["/recs"],
        description="Path below which a proxy serves the API, such as `/recs`. The proxy may remove it or pass it on. "
        "The OpenAPI document, the documentation page and problems name addresses with it.",
    )
    management_host: str = Field(default="127.0.0.1", description="Address of the metrics endpoint.")
    management_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        examples=[9000],
        description="Port of the metrics endpoint. Unset: metrics are off.",
    )
    issuers: tuple[IssuerPolicy, ...] = Field(
        min_length=1,
        examples=[[{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]],
        description="Trusted token issuers, a JSON list of objects with `issuer`, `jwks_url` or `jwks_file`, "
        "`audience` and `algorithms`. Required, because authentication cannot be turned off.",
    )
    cors_origins: tuple[_Origin, ...] = Field(
        default=(),
        examples=[["https://shop.example"]],
        description="Origins that may call the API from a browser, a JSON list such as "
        '`["https://shop.example"]`. Empty: none.',
    )
    snapshot_root: Path = Field(
        default=Path("snapshots"),
        description="Folder on the shared volume where snapshots are published. With `SERVICE_SNAPSHOT_URL`, a local "
        "folder that they are fetched into.",
    )
    snapshot_url: SnapshotUrl | None = Field(
        default=None,
        examples=["s3://shop-recommender/production"],
        description="Object storage where snapshots are published, instead of a shared volume: `s3://bucket/prefix`, "
        "`gs://bucket/prefix` or `az://container/prefix`. Endpoint and credentials come from the standard "
        "variables, such as `AWS_ENDPOINT_URL`, or from the workload's identity. The same as the indexer's.",
    )
    snapshot_local_bytes: int = Field(
        default=0,
        ge=0,
        description="Maximum size in bytes of the local folder with fetched snapshots: the one in use and the next "
        "one. A snapshot that does not fit is rejected. 0: no limit but the disk.",
    )
    snapshot_signing_key_files: PathList = Field(
        default=(Path("snapshot.key"),),
        min_length=1,
        description="Files with the keys that verify snapshots, a JSON list or one path: the current key, and during a "
        "rotation also the next or the previous one. The first key also signs cursors and recommendation ids.",
    )
    snapshot_poll_seconds: float = Field(
        default=5.0,
        gt=0,
        description="Maximum seconds between two checks for a new snapshot. The mean is three quarters of it.",
    )
    ready_without_snapshot: bool = Field(
        default=False,
        description="A pod is ready while no snapshot was ever published, and answers calls for lists with 503. "
        "Once one is published, a pod is ready only if it serves one.",
    )
    overlay_poll_seconds: float = Field(
        default=15.0, gt=0, description="Mean seconds between two polls of the catalog's change feed."
    )
    redis_url: Annotated[SecretStr, AfterValidator(checked_url(redis_address))] | None = Field(
        default=None,
        examples=["redis://redis.example:6379/0"],
        description="Redis for cached profiles and rate limits: `redis://…`, `rediss://…`, `unix://…` or "
        "`redis+sentinel://sentinel:26379,sentinel:26379/name`. Unset: each pod has its own.",
    )
    client_requests_per_minute: int = Field(
        default=75_000,
        ge=0,
        le=1_000_000_000,
        description="Requests per minute per client (`client_id` of the token) across all pods, in calls with the "
        "client's own tokens. A page of 20 of a shared list counts once, and costlier calls count more often "
        "(docs/security/limits.md). The default is what one core answers. 0 disables the limit.",
    )
    shopper_requests_per_minute: int = Field(
        default=1_800,
        ge=0,
        le=1_000_000_000,
        description="Requests per minute per shopper across all pods, with the shopper's token or with the shopper "
        "in the path, counted in the same way. The default allows ten lists every two seconds. 0 disables the limit.",
    )
    in_stock_by_default: bool = Field(
        default=False,
        description="Leaves out sold-out products if the request has no `in_stock`. Rankings are not affected.",
    )
    max_in_flight: int = Field(
        default=512,
        ge=0,
        description="Concurrent requests per pod, of which a quarter may wait for their turn. Beyond it, the client "
        "with the most waiting requests gets a 503 with `Retry-After`. Requests whose body is still arriving do not "
        "count. 0 disables the limit.",
    )
    max_wait_seconds: float = Field(
        default=0.5,
        ge=0,
        description="Seconds that a request may wait for its turn, as estimated from the latest requests. Beyond it, "
        "the client with the most waiting requests gets a 503 with `Retry-After`. 0 disables the limit.",
    )
    body_memory_bytes: int = Field(
        default=67_108_864,
        ge=20_000_000,
        description="Memory per pod for request bodies that arrive or are being processed, in bytes. A quarter of it "
        "is available to one caller. Further bodies get a 503 with `Retry-After`, those that have "
        "been arriving longest first.",
    )
    shopper_memory_bytes: int = Field(
        default=67_108_864,
        ge=0,
        description="Memory per pod for the profiles of shoppers who were seen recently and what was computed from "
        "them, in bytes. 0 keeps none: every request then reads its profile from Redis.",
    )
    request_seconds: float = Field(
        default=15.0,
        gt=0,
        description="Time limit of a request in seconds, from its headers to the beginning of its answer. It then "
        "gets a 503, or a 408 if its body is incomplete.",
    )
    profile_fresh_seconds: float = Field(
        default=60.0,
        ge=0,
        description="Age in seconds from which a cached profile is refreshed in the background.",
    )
    profile_stale_seconds: float = Field(
        default=300.0,
        ge=0,
        description="Age in seconds from which a request waits for a newer profile, unless the catalog is down.",
    )
    profile_keep_seconds: float = Field(
        default=86_400.0,
        gt=0,
        description="Age in seconds at which a cached profile is evicted, even while the catalog is down.",
    )
    profile_purchases: int = Field(
        default=5_000,
        ge=1,
        le=5_000,
        description="Number of latest purchases that are read from the catalog. Up to as many earlier ones stay known "
        "if they were read before. Products whose purchases are not known may be recommended again.",
    )
    recent_events_per_shopper: int = Field(
        default=1_000,
        ge=1,
        le=100_000,
        description="Number of latest views, carts and clicks that are kept of a shopper, and of as many impressions. "
        "Older ones are deleted when newer ones arrive.",
    )
    permanent_events_per_shopper: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Number of purchases, hides and unhides that are kept of a shopper. At the limit, those with a "
        "later one of the same product are deleted. If there are none, further ones are rejected with 409.",
    )
    log_level: LogLevel = Field(default="INFO", description="Lowest level that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="Format of log lines. `auto` is `console` on a terminal, otherwise `json`.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        examples=["http://collector.example:4318"],
        pattern=r"^(https?://\S+)?$",
        description="OTLP/HTTP endpoint for traces. Unset: tracing is off.",
    )
    trace_sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of requests that are traced, 0 to 1."
    )
    shutdown_seconds: int = Field(
        default=20, ge=1, description="Seconds that running requests may take when the service stops."
    )

    @model_validator(mode="after")
    def _check_local_bytes(self) -> Self:
        if self.snapshot_local_bytes and self.snapshot_url is None:
            raise ValueError(
                "SERVICE_SNAPSHOT_LOCAL_BYTES also needs SERVICE_SNAPSHOT_URL: a volume has no limit"
            )
        return self

    @model_validator(mode="after")
    def _check_profile_ages(self) -> Self:
        names = ("profile_fresh_seconds", "profile_stale_seconds", "profile_keep_seconds")
        for lower, higher in pairwise(names):
            least, age = getattr(self, lower), getattr(self, higher)
            if age < least:
                raise ValueError(
                    f"SERVICE_{higher.upper()} is {age:g}, and must be at least SERVICE_{lower.upper()}, {least:g}"
                )
        return self
