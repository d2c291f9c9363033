"""The API below a path prefix of a proxy."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient
from pydantic import ValidationError

from service.settings import ServiceSettings
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

# `/p` also begins the addresses of products.
PREFIXES = ["/recs", "/p", "/shop/recs.v2"]


@pytest.fixture(scope="module", params=PREFIXES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    folder = tmp_path_factory.mktemp("shop")
    with served_shop(shop(), folder, settings={"path_prefix": request.param}) as running:
        yield running


@pytest.fixture
def prefix(served: ServedShop) -> str:
    return served.components.settings.path_prefix


@pytest.mark.parametrize("path", ["/v1/popular", "/v1/products/p1/similar", "/v1/users/u0/recommendations"])
def test_proxy_may_remove_the_prefix_or_pass_it_on(served: ServedShop, prefix: str, path: str) -> None:
    stripped, passed_on = (served.ids(address) for address in (path, prefix + path))
    assert stripped == passed_on
    assert served.get(prefix + prefix + path).status_code == 404
    assert served.client.get(prefix + path).status_code == 401


def follow(served: ServedShop, prefix: str, address: str) -> httpx.Response:
    """Calls a public address through a proxy that removes the prefix."""
    assert address.startswith(prefix)
    return served.client.get(address.removeprefix(prefix), follow_redirects=False)


def test_documentation_leads_to_public_addresses(served: ServedShop, prefix: str) -> None:
    for root in ("/", prefix, f"{prefix}/"):
        assert served.client.get(root, follow_redirects=False).headers["location"] == f"{prefix}/schema"
    page = follow(served, prefix, f"{prefix}/schema")
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(links) == 5
    for link in links:
        assert follow(served, prefix, link).status_code == 200
    document = follow(served, prefix, f"{prefix}/schema/openapi.json").json()
    assert document["servers"] == [{"url": prefix}]


def test_problems_name_public_addresses(served: ServedShop, prefix: str) -> None:
    for token, path in (
        ("forged", "/v1/popular"),
        (None, "/v1/nothing"),
        (None, "/v1/products/none/similar"),
    ):
        assert served.get(path, token).json()["instance"] == prefix + path


@pytest.mark.parametrize("header", ["x-forwarded-prefix", "x-script-name", "forwarded", "x-forwarded-path"])
def test_no_header_changes_addresses(served: ServedShop, prefix: str, header: str) -> None:
    page = served.client.get("/schema", headers={header: "//evil.test"})
    assert "evil" not in page.text
    location = served.client.get("/", headers={header: "//evil.test"}, follow_redirects=False)
    assert location.headers["location"] == f"{prefix}/schema"


def test_ingress_verifies_public_addresses(served: ServedShop, prefix: str) -> None:
    token = served.token(sub="u0", scope="recommendations:read")
    for user_id, status in (("u0", 200), ("u1", 403)):
        for path in (f"/v1/users/{user_id}/recommendations", f"{prefix}/v1/users/{user_id}/recommendations"):
            headers = {"x-original-method": "GET", "x-original-uri": path}
            assert served.get("/auth/verify", token, headers).status_code == status


@pytest.mark.parametrize("root_path", ["/recs", "/p", "/recs/"])
def test_root_path_of_a_server_is_a_prefix(tmp_path: Path, root_path: str) -> None:
    with served_shop(shop(), tmp_path) as plain:
        expected = plain.ids("/v1/popular")  # also reads the issuer's keys, in the loop that closes them
        client = TestClient(plain.service.app, root_path=root_path)
        assert f"{root_path.rstrip('/')}/schema/assets/start.js" in client.get("/schema").text
        headers = {"authorization": f"Bearer {plain.token()}"}
        popular = client.get("/v1/popular", headers=headers).json()["items"]
        assert [item["product_id"] for item in popular] == expected
        assert client.get("/v1/products/p1/similar", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "recs",
        "/",
        "/recs/",
        "//recs",
        "/../x",
        "/a b",
        '/"',
        "/a?b",
        "/%2e",
        "/recs\n",
        "/v1",
        "/schema/x",
        "/auth",
    ],
)
def test_invalid_prefix_is_rejected(given: str) -> None:
    with pytest.raises(ValidationError, match="A path prefix is like /recs"):
        ServiceSettings(issuers=[{"issuer": "https://id.example", "jwks_file": "k"}], path_prefix=given)
