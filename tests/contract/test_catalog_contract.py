"""The catalog client against a process of the reference catalog."""

import csv
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from adapters.catalog import Bounds, CatalogClient, Product
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import run_module, serving_module

pytestmark = pytest.mark.anyio

STRANGE_IDS = [
    "50%25 off", "50%off", "a+b", "a b", "a:b", "a,b", "a\\b", "a\\,b", ",", "\\", "茶", "крупа", "a&b=c", "a;b",
    "~", "...", 'quote"d', "x" * 200,
]  # fmt: skip
PRODUCTS = STRANGE_IDS + [f"product {number}" for number in range(250)]
PURCHASES = 120


def write_files(folder: Path) -> None:
    with (folder / "products.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["price", "id", "title", "category", "in_stock"])
        rows.writerows(
            [
                [f"{number}.5", value, f"Title {value}", "Pantry > Pasta", "true"]
                for number, value in enumerate(PRODUCTS)
            ]
        )
    with (folder / "purchases.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "product_id", "purchased_at", "quantity"])
        start = datetime(2024, 1, 1, tzinfo=UTC)
        for number in range(PURCHASES):
            user = STRANGE_IDS[number % len(STRANGE_IDS)]
            rows.writerow([user, PRODUCTS[number], (start + timedelta(hours=number)).isoformat(), 2])
    with (folder / "users.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "preferences"])
        rows.writerow(["50%25 off", '{"liked_categories": ["Pantry"], "price_max": 10}'])


@pytest.fixture(scope="module")
def catalog_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("catalog")
    write_files(folder)
    url = f"http://127.0.0.1:{(port := unused_port())}"
    environment = {
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/catalog.db",
        "CATALOG_LISTEN_PORT": str(port),
    }
    kinds = ("products", "purchases", "users")
    files = [argument for kind in kinds for argument in (f"--{kind}", f"{folder}/{kind}.csv")]
    run_module(["catalog", "load", *files], environment)
    with serving_module(["catalog", "serve"], environment, f"{url}/health/ready", folder / "log"):
        yield url


@pytest.fixture
async def client(catalog_url: str) -> AsyncIterator[CatalogClient]:
    subject = CatalogClient(
        catalog_url, bounds=Bounds(attempts=1, products_per_page=100, purchases_per_page=50)
    )
    yield subject
    await subject.close()


@pytest.fixture
async def shop(catalog_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=catalog_url, timeout=60) as http:
        yield http


async def all_products(client: CatalogClient, since: datetime | None = None) -> dict[str, Product]:
    return {product.id: product async for page in client.products(since) for product in page}


async def test_products_feed_returns_every_product(client: CatalogClient) -> None:
    pages = [len(page) async for page in client.products()]
    products = await all_products(client)
    assert len(pages) >= 3
    assert products.keys() >= set(PRODUCTS)
    assert (products["a,b"].title, products["a,b"].category) == ("Title a,b", "Pantry > Pasta")
    assert products["a,b"].price == PRODUCTS.index("a,b") + 0.5


async def test_purchases_feed_returns_every_purchase_once(client: CatalogClient) -> None:
    purchases = [purchase async for page in client.purchases() for purchase in page]
    assert len(purchases) == PURCHASES
    assert {purchase.product_id for purchase in purchases} == set(PRODUCTS[:PURCHASES])
    assert all(purchase.quantity == 2 for purchase in purchases)
    recorded = [purchase.recorded_at for purchase in purchases]
    assert recorded == sorted(recorded, key=lambda at: at or datetime.min.replace(tzinfo=UTC))


async def test_purchases_feed_starts_at_the_time_of_recording(client: CatalogClient) -> None:
    future = datetime.now(UTC) + timedelta(days=1)
    assert [page async for page in client.purchases(future)] == []


@pytest.mark.parametrize("user_id", STRANGE_IDS)
async def test_user_purchases_are_newest_first(client: CatalogClient, user_id: str) -> None:
    purchases = await client.user_purchases(user_id, limit=3)
    assert purchases is not None
    expected = [PRODUCTS[n] for n in range(PURCHASES) if STRANGE_IDS[n % len(STRANGE_IDS)] == user_id]
    assert [purchase.product_id for purchase in purchases] == expected[::-1][:3]
    user = await client.user(user_id)
    assert user is not None
    assert user.id == user_id


async def test_user_has_the_loaded_preferences(client: CatalogClient) -> None:
    user = await client.user("50%25 off")
    assert user is not None
    assert user.preferences.liked_categories == ("Pantry",)
    assert user.preferences.price_max == 10


@pytest.mark.parametrize("user_id", ["nobody", "50% off", "50%2525 off"])
async def test_unknown_user_is_none(client: CatalogClient, user_id: str) -> None:
    assert await client.user(user_id) is None
    assert await client.user_purchases(user_id) is None


async def test_products_feed_returns_changes_and_deletions(
    client: CatalogClient, shop: httpx.AsyncClient
) -> None:
    before = max(product.updated_at for product in (await all_products(client)).values())
    path = f"/v1/products/{quote('new 50%25', safe='')}"
    body = {"title": "New", "price": 3, "in_stock": False}
    assert (await shop.put(path, json=body)).status_code == 201
    since = before + timedelta(microseconds=1)
    changed = await all_products(client, since)
    assert list(changed) == ["new 50%25"]
    assert not changed["new 50%25"].in_stock
    assert (await shop.delete(path)).status_code == 204
    deleted = (await all_products(client, since))["new 50%25"]
    assert deleted.deleted_at is not None
    assert deleted.updated_at > changed["new 50%25"].updated_at


async def test_updated_since_is_inclusive(client: CatalogClient) -> None:
    products = await all_products(client)
    newest = max(product.updated_at for product in products.values())
    expected = {value for value, product in products.items() if product.updated_at >= newest}
    assert set(await all_products(client, newest)) == expected
