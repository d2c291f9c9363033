"""Database URLs: which driver they get, and which are refused."""

import pytest

from adapters.database import database_url, open_engine

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///events.db", "sqlite+aiosqlite:///events.db"),
        ("sqlite+aiosqlite:////data/events.db", "sqlite+aiosqlite:////data/events.db"),
        ("postgres://u:p@db/shop", "postgresql+asyncpg://u:p@db/shop"),
        ("postgresql://u:p@db:1/shop?sslmode=require", "postgresql+asyncpg://u:p@db:1/shop?ssl=require"),
    ],
)
async def test_addresses_get_the_driver_that_is_used(given: str, used: str) -> None:
    assert database_url(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("mysql://u:secret@db/shop", "'mysql'; SQLite and PostgreSQL are supported"),
        ("postgresql+psycopg2://u:secret@db/shop", "psycopg2"),
        ("u:secret", "is not a database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
async def test_addresses_that_are_not_usable_are_told(given: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        open_engine(given)
    assert "secret" not in str(caught.value)
