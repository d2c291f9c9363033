"""Sentences about invalid and unknown settings."""

import json
import os
from contextlib import suppress

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from catalog.settings import CatalogSettings
from command_line.setting_problems import setting_example, setting_problems, unknown_variables
from demo.issuer.settings import IssuerSettings
from indexer.settings import IndexerSettings
from service.settings import ServiceSettings

ISSUERS = '[{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]'
VALID = {"SERVICE_ISSUERS": ISSUERS}
PROGRAMS = [ServiceSettings, IndexerSettings, CatalogSettings, IssuerSettings]
SERVICE_OF_KUBERNETES = (
    ("SERVICE_HOST", "10.0.0.1"),
    ("SERVICE_PORT", "80"),
    ("SERVICE_PORT_HTTP", "80"),
    ("PORT", "tcp://10.0.0.1:80"),
    ("PORT_80_TCP", "tcp://10.0.0.1:80"),
    ("PORT_80_TCP_PROTO", "tcp"),
    ("PORT_80_TCP_PORT", "80"),
    ("PORT_80_TCP_ADDR", "10.0.0.1"),
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SERVICE_", "INDEXER_", "CATALOG_", "ISSUER_")):
            monkeypatch.delenv(name)


def problems(
    monkeypatch: pytest.MonkeyPatch, settings: type[BaseSettings] = ServiceSettings, **given: str
) -> list[str]:
    """Sentences about the settings `given`."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as error:
        settings()
    return list(setting_problems(error.value, settings))


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("ISSUERS", "nope", f"got 'nope', expected a JSON list. Example: SERVICE_ISSUERS='{ISSUERS}'"),
        ("LISTEN_PORT", "x", "got 'x', expected an integer. Example: SERVICE_LISTEN_PORT=8000"),
        ("LISTEN_PORT", "0", "got '0', expected a number of at least 1. Example: SERVICE_LISTEN_PORT=8000"),
        ("IN_STOCK_BY_DEFAULT", "x", "got 'x', expected true or false. Example: SERVICE_IN_STOCK_BY_DEFAULT=false"),
        ("PATH_PREFIX", "x", "got 'x'. A path prefix is like /recs: no slash at its end, and not below /"),
        ("OTLP_ENDPOINT", "collector:4317", "got 'collector:4317', expected a URL that begins with http:// or https://."),
        ("OTLP_ENDPOINT", "http://a b", "got 'http://a b', expected a URL in the form of the example."),
        ("CONSOLE_PUBLIC_URL", "https://a.example/", "got 'https://a.example/', expected a URL in the form of the ex"),
        ("CONSOLE_PUBLIC_URL", "a.example", "got 'a.example', expected a URL that begins with http:// or https://."),
        ("TRACE_SAMPLE_RATIO", "5", "got '5', expected a number of at most 1. Example: SERVICE_TRACE_SAMPLE_RATIO=1.0"),
        ("CORS_ORIGINS", "a", "got 'a', expected a JSON list. Example: SERVICE_CORS_ORIGINS='[\"https://shop.ex"),
        ("REDIS_URL", "hush", "is not a Redis URL"),
        ("DATABASE_URL", "hush", "is not a database URL"),
        ("LISTEN_PORT", "a-long-password-in-the-wrong-place", "got 34 characters, expected an integer."),
    ],
)  # fmt: skip
def test_sentence_has_variable_value_expectation_and_example(
    name: str, given: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = problems(monkeypatch, **(VALID | {f"SERVICE_{name}": given}))
    assert found.lower().startswith(f"service_{name}: {sentence}".lower())
    assert "hush" not in found
    assert "password" not in found.replace("user:password", "")


def test_missing_setting_comes_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(monkeypatch) == [f"SERVICE_ISSUERS: required. Example: SERVICE_ISSUERS='{ISSUERS}'"]


def test_unknown_field_is_reported_once_with_the_closest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    issuers = json.dumps([{"issuer": "https://id.example", "jwks_uri": "https://id.example/jwks"}])
    sentence = "SERVICE_ISSUERS[0].jwks_uri: there is no such field. Did you mean jwks_url?"
    assert problems(monkeypatch, SERVICE_ISSUERS=issuers) == [sentence]


def test_unknown_field_that_is_close_to_none_gets_the_list_of_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    issuers = ISSUERS.replace("}", ', "secret": "hush"}')
    (found,) = problems(monkeypatch, SERVICE_ISSUERS=issuers)
    assert found.startswith("SERVICE_ISSUERS[0].secret: there is no such field. There are issuer, ")
    assert "jwks_url" in found
    assert "hush" not in found


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        (IndexerSettings, "INDEXER_DATABASE_URL"),
        (CatalogSettings, "CATALOG_DATABASE_URL"),
        (IssuerSettings, "ISSUER_CLIENT_SECRET"),
    ],
)
def test_secret_of_another_program_is_not_shown(
    settings: type[BaseSettings], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = problems(monkeypatch, settings, **{variable: "hush"})
    assert "hush" not in found


@pytest.mark.parametrize("settings", PROGRAMS)
@pytest.mark.parametrize("wrong", ["nope", "", "[1]", '{"a": 1}', "tcp://10.0.0.1:80"])
def test_wrong_value_of_any_setting_is_described(
    settings: type[BaseSettings], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = str(settings.model_config["env_prefix"])
    for name in settings.model_fields:
        with monkeypatch.context() as patch:
            for variable, value in (VALID | {f"{prefix}{name}".upper(): wrong}).items():
                patch.setenv(variable, value)
            with suppress(ValidationError):
                settings()  # a text may be anything
                continue
            sentences = problems(patch, settings)
            assert all("should" not in sentence for sentence in sentences), sentences


@pytest.mark.parametrize("settings", [ServiceSettings, IndexerSettings, CatalogSettings])
def test_level_of_logs_may_be_written_in_any_case(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (VALID | {f"{settings.model_config['env_prefix']}LOG_LEVEL": "Warning"}).items():
        monkeypatch.setenv(variable, value)
    assert settings().model_dump()["log_level"] == "WARNING"


@pytest.mark.parametrize("written", ["/run/key", '["/run/key"]'])
def test_list_of_files_may_be_one_path(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (VALID | {"SERVICE_SNAPSHOT_SIGNING_KEY_FILES": written}).items():
        monkeypatch.setenv(name, value)
    assert [str(path) for path in ServiceSettings().snapshot_signing_key_files] == ["/run/key"]


def test_unknown_variables_are_reported_with_the_closest_setting() -> None:
    given = {
        "SERVICE_LISTEN_PROT": "1",
        "SERVICE_WITHOUT_MEANING": "1",
        "SERVICE_FOO": "1",
        "SERVICE_LISTEN_PORT": "1",
        "service_listen_host": "a",
        "OTHER": "1",
    }
    assert list(unknown_variables(ServiceSettings, given)) == [
        "SERVICE_FOO is not a setting and has no effect. All settings: docs/reference/configuration.md",
        "SERVICE_LISTEN_PROT is not a setting and has no effect. Did you mean SERVICE_LISTEN_PORT?",
        "SERVICE_WITHOUT_MEANING is not a setting and has no effect. All settings: docs/reference/configuration.md",
    ]
    (sentence,) = unknown_variables(IndexerSettings, {"INDEXER_SNAPSHOT_SIGNING_KEY_FILES": "x"})
    assert sentence.endswith("Did you mean INDEXER_SNAPSHOT_SIGNING_KEY_FILE?")


@pytest.mark.parametrize("settings", PROGRAMS)
@pytest.mark.parametrize("name", ["FOO", "X", "CONFIG", "SOMETHING_ELSE"])
def test_nothing_is_suggested_for_a_name_that_shares_only_the_prefix(
    settings: type[BaseSettings], name: str
) -> None:
    (sentence,) = unknown_variables(settings, {f"{settings.model_config['env_prefix']}{name}": "1"})
    assert "Did you mean" not in sentence


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (ServiceSettings, "SERVICE_SNAPSHOT_DIR"),
        (IndexerSettings, "INDEXER_SNAPSHOT_DIRR"),
        (ServiceSettings, "SERVICE_URL"),
    ],
)
def test_nothing_is_suggested_for_a_name_with_a_word_of_another_meaning(
    settings: type[BaseSettings], name: str
) -> None:
    (sentence,) = unknown_variables(settings, {name: "1"})
    assert "Did you mean" not in sentence


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("INDEXER_RECIPE", "INDEXER_RECIPE_FILE"),
        ("INDEXER_RANKS", "INDEXER_RANK"),
        ("CATALOG_DATABASE", "CATALOG_DATABASE_URL"),
        ("ISSUER_STATEDIR", "ISSUER_STATE_DIR"),
        ("SERVICE_ISSUER", "SERVICE_ISSUERS"),
        ("SERVICE_SNAPSHOT_ULR", "SERVICE_SNAPSHOT_URL"),
        ("SERVICE_SNAPSHOT_KEY", "SERVICE_SNAPSHOT_SIGNING_KEY_FILES"),
    ],
)
def test_misspelled_name_is_corrected(name: str, meant: str) -> None:
    (settings,) = [each for each in PROGRAMS if name.startswith(str(each.model_config["env_prefix"]))]
    (sentence,) = unknown_variables(settings, {name: "1"})
    assert sentence.endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize("settings", PROGRAMS)
@pytest.mark.parametrize("service", ["", "_V2"])
def test_variables_of_a_service_of_kubernetes_are_not_reported(
    settings: type[BaseSettings], service: str
) -> None:
    name = str(settings.model_config["env_prefix"]).removesuffix("_") + service
    of_kubernetes = {f"{name}_{end}": value for end, value in SERVICE_OF_KUBERNETES}
    assert not list(unknown_variables(settings, of_kubernetes))
    typing_error = {f"{name}_LISTN_PORT": "80"}
    assert len(list(unknown_variables(settings, of_kubernetes | typing_error))) == 1
    assert not {end for end, _ in SERVICE_OF_KUBERNETES} & {field.upper() for field in settings.model_fields}


@pytest.mark.parametrize("settings", PROGRAMS)
def test_examples_are_valid_and_every_setting_without_a_default_has_one(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = str(settings.model_config["env_prefix"])
    texts = {"catalog_client_secret": "s", "kubernetes_service_host": ""}
    for name, field in settings.model_fields.items():
        example = setting_example(field)
        assert example or name in texts, name
        monkeypatch.setenv(f"{prefix}{name}".upper(), example or texts[name])
    settings()
