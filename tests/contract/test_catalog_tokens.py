"""The catalog client with tokens against processes of issuer and catalog."""

from collections.abc import Iterator

import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogRefused, ClientCredentials
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import serving_module

pytestmark = pytest.mark.anyio

SECRET = "a secret: with % signs + more"
ONCE = Bounds(attempts=1)


@pytest.fixture(scope="module")
def issuer_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("issuer")
    url = f"http://127.0.0.1:{(port := unused_port())}"
    environment = {
        "ISSUER_LISTEN_PORT": str(port),
        "ISSUER_STATE_DIR": str(folder / "state"),
        "ISSUER_CLIENT_ID": "indexer",
        "ISSUER_CLIENT_SECRET": SECRET,
    }
    with serving_module(["demo.issuer", "serve"], environment, f"{url}/jwks", folder / "log"):
        yield url


@pytest.fixture(scope="module")
def catalog_url(issuer_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("catalog")
    url = f"http://127.0.0.1:{(port := unused_port())}"
    environment = {
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/catalog.db",
        "CATALOG_LISTEN_PORT": str(port),
        "CATALOG_ISSUER": issuer_url,
        "CATALOG_JWKS_URL": f"{issuer_url}/jwks",
    }
    with serving_module(["catalog", "serve"], environment, f"{url}/health/live", folder / "log"):
        yield url


async def ask(catalog_url: str, tokens: ClientCredentials | None) -> object:
    client = CatalogClient(catalog_url, tokens=tokens, bounds=ONCE)
    try:
        return await client.user("nobody")
    finally:
        await client.close()


async def test_token_for_the_catalog_is_accepted(issuer_url: str, catalog_url: str) -> None:
    tokens = ClientCredentials(f"{issuer_url}/token", "indexer", SECRET, audience="catalog")
    assert await ask(catalog_url, tokens) is None


async def test_call_without_a_token_is_rejected(catalog_url: str) -> None:
    with pytest.raises(CatalogRefused, match="answered 401"):
        await ask(catalog_url, None)


async def test_token_for_another_audience_is_rejected(issuer_url: str, catalog_url: str) -> None:
    tokens = ClientCredentials(f"{issuer_url}/token", "indexer", SECRET, audience="recommender")
    with pytest.raises(CatalogRefused, match=r"GET .*answered 401"):
        await ask(catalog_url, tokens)


async def test_issuer_rejects_a_wrong_secret(issuer_url: str, catalog_url: str) -> None:
    tokens = ClientCredentials(f"{issuer_url}/token", "indexer", "not the secret", audience="catalog")
    with pytest.raises(CatalogRefused, match=f"POST {issuer_url}/token answered 401"):
        await ask(catalog_url, tokens)
