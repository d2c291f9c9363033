"""Facts about loads, in both databases."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.database import Database
from catalog.entities import Load as LoadFacts
from catalog.entities import LoadedFile
from catalog.loading.facts import KEPT_LOADS, record_load
from purchase_files import RefusedFile

Load = Callable[..., Any]
Serve = Callable[..., httpx.Client]

HEADER = "user_id,product_id,purchased_at,order_id,status,shelf"
ROWS = [f"secret-{number},p{number % 5},2026-01-0{1 + number % 9},o{number},paid,1" for number in range(200)]


def purchase_file(path: Path, *more: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([HEADER, *ROWS, *more]) + "\n", encoding="utf-8")
    return path


def loads(client: httpx.Client, **parameters: int) -> list[dict[str, Any]]:
    answer = client.get("/v1/loads", params=parameters)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_load_keeps_the_facts_of_its_preview(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    file = purchase_file(
        tmp_path / "folder" / "orders.csv",
        "secret-a,p1,soon,o,paid,1",
        "secret-b,p1,2026-01-01,o,canceled,1",
        "secret-c,p1,2026-01-01,o,canceled,1",
    )
    goods = tmp_path / "goods.csv"
    goods.write_text("id,title\np1,Penne\n", encoding="utf-8")
    output = load_files(database_url, purchases=file, products=goods).output
    [load] = loads(serve(database_url=database_url))
    assert [(each["name"], each["role"], each["rows"]) for each in load["files"]] == [
        ("orders.csv", "purchases", 203),
        ("goods.csv", "products", 1),
    ]
    assert (load["rows"], load["purchases"]) == (203, 200)
    reasons = {each["reason"]: each for each in load["left_out"]}
    assert sum(each["rows"] for each in reasons.values()) == 3
    assert reasons["status canceled"] == {
        "reason": "status canceled",
        "rows": 2,
        "examples": ["orders.csv, line 203", "orders.csv, line 204"],
        "unreadable": False,
    }
    assert [each["examples"] for each in reasons.values() if each["unreadable"]] == [["orders.csv, line 202"]]
    assert all(reason in output for reason in reasons)
    assert load["unused_columns"] == ["shelf"]


def test_kept_facts_hold_no_text_of_a_row_and_no_folder(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    file = purchase_file(tmp_path / "private" / "orders.csv", "secret-a,p1,soon,o,paid,1")
    assert "secret-a" in load_files(database_url, purchases=file).output
    kept = serve(database_url=database_url).get("/v1/loads").text
    assert "secret" not in kept
    assert "private" not in kept


async def record(url: str, *names: str) -> None:
    """Records a load of each file."""
    database = Database(url, timeout_seconds=60)
    try:
        for name in names:
            facts = LoadFacts(
                loaded_at=datetime(2026, 1, 1, tzinfo=UTC),
                files=[LoadedFile(name, "products", "CSV", 1)],
                skipped_files=[],
                rows=1,
                purchases=0,
                left_out=[],
                noticed=[],
                unused_columns=[],
                hints=[],
            )
            async with database.writing() as connection:
                await record_load(connection, facts)
    finally:
        await database.close()


def test_latest_loads_are_kept_newest_first(
    load_files: Load, serve: Serve, sqlite_url: str, tmp_path: Path
) -> None:
    asyncio.run(record(sqlite_url, *(f"goods-{number}.csv" for number in range(KEPT_LOADS + 1))))
    file = tmp_path / f"goods-{KEPT_LOADS + 1}.csv"
    file.write_text("id,title\np1,Penne\n", encoding="utf-8")
    load_files(sqlite_url, products=file)
    client = serve(database_url=sqlite_url)
    names = [load["files"][0]["name"] for load in loads(client, limit=20)]
    assert names == [f"goods-{number}.csv" for number in range(KEPT_LOADS + 1, 1, -1)]
    assert [load["files"][0]["name"] for load in loads(client)] == names[:5]
    assert client.get("/v1/loads?limit=21").status_code == 400


def test_refused_file_is_no_load(load_files: Load, serve: Serve, database_url: str, tmp_path: Path) -> None:
    bad = tmp_path / "q.csv"
    bad.write_text("user_id,product_id,purchased_at\nu,a,2026-01-01\nu,a,soon\n", encoding="utf-8")
    with pytest.raises(RefusedFile):
        load_files(database_url, purchases=bad)
    assert loads(serve(database_url=database_url)) == []
