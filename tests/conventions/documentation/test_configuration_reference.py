"""The settings page agrees with the settings."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.conventions.source_files import ROOT


@pytest.fixture(scope="module")
def generator() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/reference/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield module


class Nested(BaseModel):
    audience: str = Field(default="a", description="Audience.")


class Sample(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_")

    port: int = Field(default=80, ge=1, le=65535, description="Port | or not.")
    ratio: float | None = Field(default=None, gt=0, description="Share.")
    on: bool = Field(default=True, description="Switch.")
    folder: Path = Field(description="Folder.")
    password: SecretStr = Field(default=SecretStr("hunter2"), description="Secret.")
    database: SecretStr = Field(default=SecretStr("sqlite:///file.db"), description="URL.")
    issuers: tuple[Nested, ...] = Field(default=(), description="Issuers.")


def test_page_is_up_to_date(generator: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_outdated_pages_are_named_and_rewritten(
    generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generator.main([], tmp_path) == 0
    pages = list(tmp_path.rglob("*.md"))
    for page in pages:
        page.write_text("old")
    assert generator.main(["--check"], tmp_path) == 1
    named = capsys.readouterr().err
    for page in pages:
        assert f"{page} is out of date" in named
        assert page.read_text() == "old"


def test_every_setting_is_described_on_the_page(generator: ModuleType) -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text()
    for cls in generator.import_settings().values():
        prefix = cls.model_config["env_prefix"]
        for name, field in cls.model_fields.items():
            assert field.description, name
            assert f"`{(prefix + name).upper()}`" in page or field.validation_alias is not None, name


def test_rows_show_name_type_default_and_description(generator: ModuleType) -> None:
    assert list(generator.rows(Sample)) == [
        "| `SAMPLE_PORT` | integer, ≥ 1 and ≤ 65535 | `80` | Port \\| or not. |\n",
        "| `SAMPLE_RATIO` | number, > 0 | unset | Share. |\n",
        "| `SAMPLE_ON` | `true` or `false` | `true` | Switch. |\n",
        "| `SAMPLE_FOLDER` | path | required | Folder. |\n",
        "| `SAMPLE_PASSWORD` | secret | secret | Secret. |\n",
        "| `SAMPLE_DATABASE` | secret | `sqlite:///file.db` | URL. |\n",
        "| `SAMPLE_ISSUERS` | JSON list of object | `[]` | Issuers. |\n",
        "| `SAMPLE_ISSUERS[].audience` | text | `a` | Audience. |\n",
    ]


def test_default_of_a_secret_is_hidden(generator: ModuleType) -> None:
    assert "hunter2" not in generator.document({"Sample": Sample})
