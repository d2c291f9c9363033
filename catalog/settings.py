"""What can be set from outside: environment variables with the prefix `CATALOG_`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def _with_driver(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ValueError("is not a database URL; write sqlite+aiosqlite:///path or postgresql://…") from error
    if url.drivername not in _DRIVERS:
        raise ValueError(f"names the driver {url.drivername!r}; SQLite and PostgreSQL are supported")
    return url.set(drivername=_DRIVERS[url.drivername]).render_as_string(hide_password=False)


class CatalogSettings(BaseSettings):
    """Settings of the reference catalog; raises pydantic's ValidationError when one is not usable."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_", frozen=True, hide_input_in_errors=True)

    listen_host: str = Field("127.0.0.1", description="Address that `serve` binds to.")
    listen_port: int = Field(8100, ge=0, le=65535, description="Port that `serve` binds to.")
    database_url: Annotated[str, AfterValidator(_with_driver)] = Field(
        "sqlite+aiosqlite:///catalog.db",
        description="Where the data lives: `sqlite+aiosqlite:///relative/path`, "
        "`sqlite+aiosqlite:////absolute/path` or `postgresql://user:password@host/database`.",
    )
    database_timeout_seconds: float = Field(
        5.0, gt=0, description="How long a request waits for the database, or for its turn to write, at most."
    )
    issuer: str | None = Field(
        None,
        description="OAuth2 issuer (the token's `iss`). When set, every `/v1` call needs a bearer token; "
        "unset, the catalog is open to whoever reaches its port.",
    )
    jwks_url: str | None = Field(
        None, description="Where the issuer publishes its keys (JWKS); needed together with the issuer."
    )
    audience: str = Field("catalog", min_length=1, description="What a token's `aud` must name.")
    shutdown_seconds: int = Field(
        10, ge=1, description="How long requests under way may take after SIGTERM or SIGINT, in seconds."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`, `console` for people, or `auto`: console on a terminal, otherwise JSON."
    )

    @model_validator(mode="after")
    def _issuer_with_keys(self) -> Self:
        if (self.issuer is None) != (self.jwks_url is None):
            raise ValueError("CATALOG_ISSUER and CATALOG_JWKS_URL belong together: set both or neither")
        return self
