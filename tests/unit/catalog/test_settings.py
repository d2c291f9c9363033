import pytest
from pydantic import ValidationError

from catalog.settings import CatalogSettings


def test_defaults_are_usable_and_described() -> None:
    settings = CatalogSettings()
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8100)
    assert settings.database_url == "sqlite+aiosqlite:///catalog.db"
    assert all(field.description for field in CatalogSettings.model_fields.values())


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        (
            "postgresql://u:p@/d?host=/run/pg&port=5433",
            "postgresql+asyncpg://u:p@/d?host=%2Frun%2Fpg&port=5433",
        ),
        ("postgresql://u:p@/d?host=/s&sslmode=allow", "postgresql+asyncpg://u:p@/d?host=%2Fs&ssl=allow"),
    ],
)
def test_database_urls_get_the_asynchronous_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("CATALOG_DATABASE_URL", given)
    assert CatalogSettings().database_url == used


@pytest.mark.parametrize(
    "wrong",
    [
        {"CATALOG_DATABASE_URL": "mysql://u:hush@h/d"},
        {"CATALOG_DATABASE_URL": "hush"},
        {"CATALOG_DATABASE_URL": "sqlite:///"},
        {"CATALOG_DATABASE_URL": "postgresql://u:hush@h:port/d"},
        {"CATALOG_DATABASE_URL": "postgresql://u:hush@h/d?pool=3"},
        {"CATALOG_ISSUER": "http://issuer"},
        {"CATALOG_JWKS_URL": "http://issuer/jwks"},
        {"CATALOG_LISTEN_PORT": "65536"},
        {"CATALOG_LOG_FORMAT": "xml"},
    ],
)
def test_invalid_settings_are_rejected(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        CatalogSettings()
    assert "hush" not in str(caught.value)
