"""Base of the settings of service and indexer, with checked URLs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from opentelemetry.trace import Tracer
from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from adapters.catalog import ClientCredentials
from adapters.database import database_address
from adapters.snapshots import bucket_url
from adapters.urls import without_secrets
from command_line.settings import ProgramSettings


class ShownWithoutSecrets(BaseModel):
    """A model whose `repr` and dump hold no secret part of a URL."""

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, _Shown(without_secrets(repr(value)))

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: _without_secrets(value) for name, value in dump(self).items()}


class Settings(ShownWithoutSecrets, ProgramSettings):
    """Base of settings. Subclasses set the prefix of their environment variables."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)


class CatalogClientSettings(Settings):
    """Settings of the catalog that service and indexer read."""

    catalog_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8100"), description="Base URL of the catalog service."
    )
    catalog_token_url: HttpUrl | None = Field(
        default=None,
        examples=["https://id.example/token"],
        description="Token endpoint for OAuth2 client credentials of the catalog. Unset: requests carry no token.",
    )
    catalog_client_id: str = Field(
        default="",
        examples=["recommender"],
        description="Client id for the catalog's token endpoint. Required with it.",
    )
    catalog_audience: str = Field(default="catalog", description="Audience of the tokens for the catalog.")
    catalog_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret for the catalog's token endpoint. Required with it."
    )

    @model_validator(mode="after")
    def _check_catalog_credentials(self) -> Self:
        values = {
            "TOKEN_URL": self.catalog_token_url,
            "CLIENT_ID": self.catalog_client_id,
            "CLIENT_SECRET": self.catalog_client_secret.get_secret_value(),
        }
        prefix = f"{self.model_config.get('env_prefix', '')}CATALOG_"
        given, missing = (
            [prefix + name for name in values if bool(values[name]) is has] for has in (True, False)
        )
        if given and missing:
            needs = "also needs" if len(given) == 1 else "also need"
            raise ValueError(f"{' and '.join(given)} {needs} {' and '.join(missing)}")
        return self

    def catalog_tokens(self, tracer: Tracer) -> ClientCredentials | None:
        """Access tokens for the catalog, if they are configured."""
        if self.catalog_token_url is None:
            return None
        return ClientCredentials(
            str(self.catalog_token_url),
            self.catalog_client_id,
            self.catalog_client_secret.get_secret_value(),
            audience=self.catalog_audience,
            tracer=tracer,
        )


def checked_url(check: Callable[[str], object]) -> Callable[[SecretStr], SecretStr]:
    """A validator of a URL that `check` may refuse with a ValueError."""

    def checked(url: SecretStr) -> SecretStr:
        check(url.get_secret_value())
        return url

    return checked


DatabaseUrl = Annotated[SecretStr, AfterValidator(checked_url(database_address))]
"""URL of a database that `open_engine` accepts."""

SnapshotUrl = Annotated[str, AfterValidator(bucket_url)]
"""URL of a bucket that `open_storage` accepts."""


def _path_alone(value: object) -> object:
    """A list of one path, for a text that is not a JSON list."""
    return (value,) if isinstance(value, str) and value and not value.startswith("[") else value


PathList = Annotated[tuple[Path, ...], BeforeValidator(_path_alone)]
"""A JSON list of paths, or one path."""


class _Shown(str):
    """A text that is its own `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_secrets(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value]
    return without_secrets(str(value)) if isinstance(value, AnyUrl | str) else value
