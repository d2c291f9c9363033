"""Loads of files in the facts of a build."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from adapters.catalog import CatalogClient, Product
from adapters.snapshots.shop_data import Load as LoadFacts
from indexer.sources.loads import MAX_LOADS
from tests.support.builders.published_snapshots import START, ListedCatalog, builder, refresh, shop
from tests.support.servers.raw_http import RawServer, Script, http, json_answer

LOAD = {
    "loaded_at": "2026-01-01T00:00:00Z",
    "files": [{"name": "orders.csv", "role": "purchases", "format": "CSV", "rows": 5}],
    "rows": 5,
    "purchases": 2,
    "left_out": [
        {
            "reason": "r" * 1000,
            "rows": 3,
            "examples": [f"orders.csv, line {line}" for line in range(9)],
            "unreadable": True,
        }
    ],
}


def build(folder: Path, answer: Script, catalog: ListedCatalog | None = None) -> tuple[LoadFacts, ...]:
    """Builds with the loads of a catalog that answers so."""

    async def run(url: str) -> tuple[LoadFacts, ...]:
        client = CatalogClient(url)
        try:
            manifest = await replace(builder(catalog or shop(), folder), loads=client).build()
        finally:
            await client.close()
        assert manifest.data is not None
        return manifest.data.loads

    with RawServer(lambda _: answer) as server:
        return asyncio.run(run(server.url))


def test_build_describes_the_latest_loads(tmp_path: Path) -> None:
    found = build(tmp_path, json_answer({"items": [LOAD] * (MAX_LOADS + 3)}))
    assert len(found) == MAX_LOADS
    assert (found[0].rows, found[0].purchases, found[0].files[0].name) == (5, 2, "orders.csv")
    [left] = found[0].left_out
    assert (len(left.reason), left.rows, left.unreadable) == (300, 3, True)
    assert left.examples == ("orders.csv, line 0", "orders.csv, line 1", "orders.csv, line 2")


def test_loads_that_cannot_be_read_fail_no_build(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        assert build(tmp_path, http(200, "<html>", "text/html")) == ()
    [line] = [each for each in lines if each["event"] == "cannot read the catalog's loads of files"]
    assert "JSON was expected" in line["reason"]


def test_refresh_keeps_the_loads_of_the_build(tmp_path: Path) -> None:
    catalog = shop()
    build(tmp_path, json_answer({"items": [LOAD]}), catalog)
    later = START + timedelta(days=400)
    catalog.product_list.append(Product(id="new", title="Bakery thing", updated_at=later))
    manifest = refresh(catalog, tmp_path)
    assert manifest is not None
    assert manifest.refresh_of is not None
    assert manifest.data is not None
    assert [each.rows for each in manifest.data.loads] == [5]
