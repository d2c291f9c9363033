"""Behavior of the catalog while its database is unavailable."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx

Serve = Callable[..., httpx.Client]


def test_all_but_liveness_is_503_until_the_database_exists(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    client = serve(database_url=f"sqlite+aiosqlite:///{folder}/c.db")
    assert client.get("/health/live").status_code == 200
    calls = [
        ("GET", "/health/ready"),
        ("GET", "/v1/products"),
        ("GET", "/v1/purchases"),
        ("GET", "/v1/users/u"),
        ("DELETE", "/v1/products/p"),
    ]
    for method, path in calls:
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) > 0
        assert "cannot be used" in answer.json()["detail"]
    folder.mkdir()
    assert client.get("/health/ready").status_code == 200
    assert client.get("/v1/products").json() == {"items": [], "next_cursor": None}


def test_unreachable_postgres_is_503(serve: Serve, free_port: int) -> None:
    client = serve(database_url=f"postgresql://u:hush@127.0.0.1:{free_port}/c", database_timeout_seconds=1)
    answer = client.get("/v1/products")
    assert answer.status_code == 503
    assert "hush" not in answer.text


def test_unexpected_error_is_500_without_a_traceback(serve: Serve, sqlite_url: str) -> None:
    client = serve(database_url=sqlite_url)
    client.get("/health/ready")
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    connection.execute("INSERT INTO users (id, preferences) VALUES ('u', 'spoilt')")
    connection.commit()
    connection.close()
    answer = client.get("/v1/users/u")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "unexpected error, see the log for details"
