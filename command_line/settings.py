"""Base of all programs' settings, which come from the environment."""

import os
import sys
from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from command_line.setting_problems import unknown_variables


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
"""Lowest level to log, written in any case."""


def shows_colors() -> bool:
    """True if standard error is a terminal that shows colors.

    `NO_COLOR` switches them off (no-color.org).
    """
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class ProgramSettings(BaseSettings):
    """Base of settings. Subclasses set the prefix of their environment variables."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Settings come from arguments, and else from the environment."""
        return init_settings, _Environment(settings_cls)

    @classmethod
    def unknown_variables(cls) -> list[str]:
        """A sentence for each variable with the prefix that is no setting."""
        return list(unknown_variables(cls, os.environ))


class _Environment(EnvSettingsSource):
    """The environment, where a field rejects what is not JSON."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> object:
        """The value of JSON, or the text itself."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value
