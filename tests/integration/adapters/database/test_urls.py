"""Drivers of database URLs, and rejected URLs."""

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
async def test_a_url_gets_the_asynchronous_driver(given: str, used: str) -> None:
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
async def test_an_unusable_url_is_rejected(given: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        open_engine(given)
    assert "secret" not in str(caught.value)
