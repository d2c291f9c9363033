"""Settings of the catalog, read from environment variables with the prefix `CATALOG_`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from command_line.settings import LogLevel, ProgramSettings

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


_PARAMETERS = frozenset({"host", "port", "ssl", "sslmode"})
"""Parameters of a PostgreSQL URL. `host` may be the folder of a socket."""


def _with_driver(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError) as error:
        raise ValueError("is not a database URL. Write sqlite+aiosqlite:///path or postgresql://…") from error
    if url.drivername not in _DRIVERS:
        raise ValueError(f"has the unknown driver {url.drivername!r}. SQLite and PostgreSQL are supported")
    url = url.set(drivername=_DRIVERS[url.drivername])
    checked = _with_file(url) if url.get_backend_name() == "sqlite" else _with_known_parameters(url)
    return checked.render_as_string(hide_password=False)


def _with_file(url: URL) -> URL:
    if url.database in {None, "", ":memory:"}:
        raise ValueError("names no file. Write sqlite+aiosqlite:///path")
    return url


def _with_known_parameters(url: URL) -> URL:
    unknown = sorted(url.query.keys() - _PARAMETERS)
    if unknown:
        known = ", ".join(sorted(_PARAMETERS))
        raise ValueError(f"has the unknown parameter {unknown[0]!r}. These are supported: {known}")
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    # The driver takes modes of libpq under another name.
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


class CatalogSettings(ProgramSettings):
    """Settings of the reference catalog.

    Raises:
        ValidationError: invalid setting.
    """

    model_config = SettingsConfigDict(env_prefix="CATALOG_", frozen=True, hide_input_in_errors=True)

    listen_host: str = Field("127.0.0.1", description="Address that `serve` binds to.")
    listen_port: int = Field(8100, ge=0, le=65535, description="Port that `serve` binds to.")
    database_url: Annotated[str, AfterValidator(_with_driver)] = Field(
        "sqlite+aiosqlite:///catalog.db",
        repr=False,
        description="Database URL: `sqlite+aiosqlite:///relative/path`, "
        "`sqlite+aiosqlite:////absolute/path` or `postgresql://user:password@host/database`, "
        "with `?sslmode=…` if needed.",
    )
    database_timeout_seconds: float = Field(
        5.0, gt=0, description="Time limit in seconds for a database connection and for the writer lock."
    )
    issuer: str | None = Field(
        None,
        examples=["https://id.example"],
        description="OAuth2 issuer (claim `iss`). If set, every `/v1` request needs a bearer token. "
        "If unset, requests need no token.",
    )
    jwks_url: str | None = Field(
        None,
        repr=False,
        examples=["https://id.example/jwks"],
        pattern=r"^https?://\S+$",
        description="URL of the issuer's public keys (JWKS). Required if the issuer is set.",
    )
    audience: str = Field(
        "catalog", min_length=1, description="Audience that tokens must have (claim `aud`)."
    )
    shutdown_seconds: int = Field(
        10, ge=1, description="Time limit in seconds for requests in progress after SIGTERM or SIGINT."
    )
    otlp_endpoint: str | None = Field(
        None,
        repr=False,
        examples=["http://collector:4318"],
        pattern=r"^(https?://\S+)?$",
        description="Base URL of an OTLP/HTTP collector for traces, such as `http://collector:4318`. Requests whose "
        "caller traces them are sent. If unset, none is.",
    )
    log_level: LogLevel = Field("INFO", description="Lowest level to log.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`, `console`, or `auto` for console on a terminal and JSON elsewhere."
    )

    @model_validator(mode="after")
    def _issuer_with_keys(self) -> Self:
        if (self.issuer is None) != (self.jwks_url is None):
            raise ValueError("set both CATALOG_ISSUER and CATALOG_JWKS_URL, or neither")
        return self
