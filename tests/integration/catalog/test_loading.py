"""Loading of files into both databases."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

from catalog.ids import derived_purchase_id
from purchase_files import RefusedFile

Load = Callable[..., Any]
Serve = Callable[..., httpx.Client]


def csv_file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parquet_file(path: Path, **columns: object) -> Path:
    parquet.write_table(pa.table(columns), path)
    return path


def products(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in client.get("/v1/products?limit=10000").json()["items"]}


def purchases(client: httpx.Client) -> list[dict[str, Any]]:
    return client.get("/v1/purchases?limit=10000").json()["items"]


def test_parquet_files_of_all_kinds_are_loaded(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    goods = parquet_file(
        tmp_path / "products.parquet",
        price=[1.5, None],
        attributes=pa.array([{"organic": True, "size": None}, None]),
        title=pa.array(["Penne", None]).dictionary_encode(),
        shelf=[1, 2],
        id=["50%25 off: ж", "q"],
        created_at=pa.array([datetime(2026, 1, 2, 3, 4, 5, 6), None], pa.timestamp("ns")),
        in_stock=[None, False],
    )
    bought = parquet_file(
        tmp_path / "purchases.parquet",
        purchased_at=pa.array([datetime(2026, 1, 2, tzinfo=UTC)] * 2, pa.timestamp("ms", "Europe/Vienna")),
        product_id=["q", "unheard of"],
        user_id=[7, 8],
        title=["of a listed product", "Unheard"],
    )
    people = parquet_file(
        tmp_path / "users.parquet",
        id=[7],
        preferences=pa.array([{"liked_brands": ["B"], "price_max": 9.5}]),
        locale=["de-AT"],
    )
    loaded = load_files(database_url, products=goods, purchases=bought, users=people)
    assert (loaded.summary.products, loaded.summary.purchases, loaded.summary.users) == (3, 2, 2)
    assert "Not used    shelf" in loaded.output

    client = serve(database_url=database_url)
    found = products(client)
    penne = found["50%25 off: ж"]
    assert (penne["price"], penne["attributes"], penne["in_stock"]) == (1.5, {"organic": True}, True)
    assert penne["created_at"] == "2026-01-02T03:04:05.000006Z"
    assert (found["q"]["title"], found["q"]["in_stock"], found["q"]["attributes"]) == (
        "of a listed product",
        False,
        {},
    )
    assert found["unheard of"]["title"] == "Unheard"
    assert [(p["user_id"], p["product_id"], p["quantity"]) for p in purchases(client)] == [
        ("7", "q", 1),
        ("8", "unheard of", 1),
    ]
    assert {p["purchased_at"] for p in purchases(client)} == {"2026-01-02T00:00:00Z"}
    user = client.get("/v1/users/7").json()
    assert (user["locale"], user["preferences"]["liked_brands"]) == ("de-AT", ["B"])
    assert user["preferences"]["price_max"] == 9.5
    assert client.get("/v1/users/8").json()["locale"] is None


def test_purchases_file_can_describe_its_products(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    file = csv_file(
        tmp_path / "q.csv",
        "title,user_id,price,product_id,purchased_at,category",
        'Penne,u,1.5,007,2026-01-01,"Pantry > Pasta"',
        "Penne,u,9,007,2026-01-02 10:00:00,",
        ",v,,B-7,2026-01-03T10:00:00.5+02:00,",
    )
    load_files(database_url, purchases=file)
    client = serve(database_url=database_url)
    found = products(client)
    assert set(found) == {"007", "B-7"}
    assert (found["007"]["title"], found["007"]["price"]) == ("Penne", 9)
    assert found["007"]["category"] == "Pantry > Pasta"
    assert (found["B-7"]["title"], found["B-7"]["price"]) == ("B-7", None)
    times = [p["purchased_at"] for p in purchases(client)]
    assert times == ["2026-01-01T00:00:00Z", "2026-01-02T10:00:00Z", "2026-01-03T08:00:00.500000Z"]


def test_loading_twice_changes_nothing(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    goods = csv_file(tmp_path / "p.csv", "id,title,attributes", 'a,A,"{""x"":1}"', "b,B,")
    bought = csv_file(
        tmp_path / "q.csv",
        "user_id,product_id,purchased_at,order_id,quantity",
        "u,a,2026-01-01T00:00:00Z,o,2",
        "u,a,2026-01-01T00:00:00Z,o,3",
        "u,c,2026-01-01T00:00:00Z,,1",
    )
    people = csv_file(tmp_path / "u.csv", "id,locale", "u,en")
    files = {"products": goods, "purchases": bought, "users": people}
    load_files(database_url, **files)
    client = serve(database_url=database_url)
    before = products(client), purchases(client)
    again = load_files(database_url, **files).summary
    assert (again.products, again.purchases, again.users) == (0, 0, 0)
    assert (products(client), purchases(client)) == before


def test_product_without_a_title_is_called_by_its_id(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    goods = csv_file(tmp_path / "p.csv", "id,title,category", "a,,Tea", "b,Cup,Tea")
    bought = csv_file(
        tmp_path / "q.csv",
        "user_id,product_id,purchased_at",
        "u,a,2026-01-01T00:00:00Z",
        "u,c,2026-01-02T00:00:00Z",
    )
    load_files(database_url, products=goods, purchases=bought)
    titles = {key: found["title"] for key, found in products(serve(database_url=database_url)).items()}
    assert titles == {"a": "a", "b": "Cup", "c": "c"}


def test_rows_of_one_purchase_are_merged_with_a_notice(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    file = csv_file(
        tmp_path / "q.csv",
        "user_id,product_id,purchased_at,order_id,quantity,id",
        "u,a,2026-01-01T00:00:00Z,o,2,",
        "u,a,2026-01-01T00:00:09Z,o,3,",
        "u,a,2026-01-01T00:00:00Z,,1,",
        "u,b,2026-01-01T00:00:00Z,o,1,",
        "u,a,2026-01-01T00:00:00Z,,0.5,",
        "u,a,2026-01-01T00:00:00Z,o,7,own",
        "u,a,2026-01-01T00:00:07Z,o,1,",
    )
    loaded = load_files(database_url, purchases=file)
    assert "3 rows repeat a purchase" in loaded.output
    found = [
        (p["product_id"], p["order_id"], p["quantity"]) for p in purchases(serve(database_url=database_url))
    ]
    assert found == [("a", "o", 6), ("a", None, 1.5), ("b", "o", 1), ("a", "o", 7)]


def test_returns_are_taken_off_the_purchases(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    header = "user_id,product_id,purchased_at,order_id,quantity"
    rows = ["u,a,2026-01-01,o,3", " u,a ,2026-01-02,o,-1", "u,b,2026-01-03,o,1", "u,b,2026-01-03,o,-1"]
    loaded = load_files(database_url, purchases=csv_file(tmp_path / "q.csv", header, *rows))
    assert "Left out    3 of 4 rows" in loaded.output
    found = [
        (p["user_id"], p["product_id"], p["quantity"]) for p in purchases(serve(database_url=database_url))
    ]
    assert found == [("u", "a", 2)]


def test_purchase_with_its_derived_id_is_the_same_purchase(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    made = derived_purchase_id("u", "a", "o", 0)
    header = "user_id,product_id,purchased_at,order_id,id"
    rows = ["u,a,2026-01-01,o,", f"u,a,2026-01-01,o,{made}"]
    load_files(database_url, purchases=csv_file(tmp_path / "q.csv", header, *rows))
    assert [p["id"] for p in purchases(serve(database_url=database_url))] == [made]


def test_later_load_updates_by_id_and_keeps_absent_columns(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    load_files(
        database_url,
        products=csv_file(tmp_path / "1.csv", "id,title,price,in_stock", "a,A,1,no", "b,B,2,no", "c,C,3,yes"),
        users=csv_file(tmp_path / "u1.csv", "id,locale,preferences", 'u,en,"{""price_min"": 1}"'),
    )
    client = serve(database_url=database_url)
    before = products(client)
    client.delete("/v1/products/c")
    loaded = load_files(
        database_url,
        products=csv_file(tmp_path / "2.csv", "id,title,price", "a,A,1", "b,B,5", "c,C,3"),
        users=csv_file(tmp_path / "u2.csv", "id,locale", "u,de"),
    )
    after = products(client)
    assert (loaded.summary.products, loaded.summary.users) == (2, 1)
    assert after["a"] == before["a"]
    assert (after["b"]["price"], after["b"]["in_stock"]) == (5, False)
    assert after["b"]["updated_at"] > before["b"]["updated_at"]
    assert after["c"]["deleted_at"] is None
    user = client.get("/v1/users/u").json()
    assert (user["locale"], user["preferences"]["price_min"]) == ("de", 1)


def test_changed_purchase_moves_to_the_end_of_the_feed(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    header = "id,user_id,product_id,purchased_at,quantity"
    rows = ["x,u,a,2026-01-01,1", "y,u,a,2026-01-01,1"]
    load_files(database_url, purchases=csv_file(tmp_path / "1.csv", header, *rows))
    client = serve(database_url=database_url)
    first = purchases(client)
    cursor = client.get("/v1/purchases?limit=1").json()["next_cursor"]
    changed = load_files(
        database_url, purchases=csv_file(tmp_path / "2.csv", header, "x,u,a,2026-01-01,4", rows[1])
    )
    assert changed.summary.purchases == 1
    rest = client.get("/v1/purchases", params={"cursor": cursor}).json()["items"]
    assert [(p["id"], p["quantity"]) for p in rest] == [("y", 1), ("x", 4)]
    assert rest[0] == first[1]
    assert rest[1]["recorded_at"] > rest[0]["recorded_at"]


def test_rows_keep_their_order_across_batches(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    count = 70_000
    numbers = pa.array(range(count))
    file = parquet_file(
        tmp_path / "q.parquet",
        user_id=pc.add(pc.bit_wise_and(numbers, 7), 1),
        product_id=pc.bit_wise_and(numbers, 63),
        purchased_at=pa.array([datetime(2026, 1, 1)] * count, pa.timestamp("us")),
        order_id=numbers,
    )
    assert load_files(database_url, purchases=file).summary.purchases == count
    client = serve(database_url=database_url)
    answer = client.get("/v1/purchases", headers={"Accept": "application/x-ndjson"})
    orders = [json.loads(line)["order_id"] for line in answer.text.splitlines()]
    assert orders == [str(number) for number in range(count)]


def test_refused_files_change_nothing(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    goods = csv_file(tmp_path / "p.csv", "id,title", "a,A")
    bad = csv_file(tmp_path / "q.csv", "user_id,product_id,purchased_at", "u,a,2026-01-01", "u,a,soon")
    with pytest.raises(RefusedFile, match="line 3: u, a, soon"):
        load_files(database_url, products=goods, purchases=bad)
    client = serve(database_url=database_url)
    assert (products(client), purchases(client)) == ({}, [])
    load_files(database_url, products=goods)
    assert set(products(client)) == {"a"}


def test_repeated_ids_of_purchases_lose_no_row(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    rows = ["x,u,p,2026-01-01", "y,u,q,2026-01-01", "x,u,r,2026-01-02"]
    file = csv_file(tmp_path / "q.csv", "id,user_id,product_id,purchased_at", *rows)
    assert load_files(database_url, purchases=file).summary.purchases == 3
    found = {(p["product_id"], p["order_id"]) for p in purchases(serve(database_url=database_url))}
    assert found == {("p", "x"), ("q", "y"), ("r", "x")}


def test_guests_and_ids_with_slashes_are_served(
    load_files: Load, serve: Serve, database_url: str, tmp_path: Path
) -> None:
    rows = [",rolls/buns,2026-01-01,1", "a?b,#1,2026-01-01,2"]
    load_files(
        database_url,
        purchases=csv_file(tmp_path / "q.csv", "user_id,product_id,purchased_at,order_id", *rows),
    )
    client = serve(database_url=database_url)
    assert [(p["user_id"], p["product_id"]) for p in purchases(client)] == [
        (None, "rolls~2Fbuns"),
        ("a~3Fb", "~231"),
    ]
    assert client.get("/v1/users/a~3Fb/purchases").json()["items"][0]["order_id"] == "2"
    assert [p["id"] for p in client.get("/v1/products?ids=rolls~2Fbuns").json()["items"]] == ["rolls~2Fbuns"]
