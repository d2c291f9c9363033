"""A shop with odd ids is loaded, built, served and kept up to date."""

from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from tests.support.servers.waiting import wait_until
from tests.system.conftest import Stack
from tests.system.stack import odd_shop

ALL_IDS = {odd_shop.product_id(number) for number in range(odd_shop.PRODUCTS)}
KINDS = range(10)


def bought(stack: Stack, user_id: str) -> dict[str, str]:
    answer = httpx.get(f"{stack.catalog_url}/v1/users/{quote(user_id, safe='')}/purchases", timeout=60)
    return {item["product_id"]: item["id"] for item in answer.raise_for_status().json()["items"]}


def ids(answer: httpx.Response) -> list[str]:
    return [item["product_id"] for item in answer.raise_for_status().json()["items"]]


@pytest.mark.parametrize("kind", KINDS)
def test_odd_shopper_ids_get_personal_recommendations(stack: Stack, kind: int) -> None:
    user_id = odd_shop.user_id(kind)
    answer = stack.for_you(user_id, limit=20).raise_for_status().json()
    shown = [item["product_id"] for item in answer["items"]]
    own = bought(stack, user_id)
    assert len(own) == 12
    assert answer["user_id"] == user_id
    assert answer["strategy"] == "personalised"
    assert len(set(shown)) == 20
    assert set(shown) <= ALL_IDS - own.keys()
    for item in answer["items"]:
        assert item["reason"]["text"]
        if item["reason"]["code"] == "because_you_bought":
            assert item["reason"]["because"]
            assert set(item["reason"]["because"]) <= own.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_odd_product_ids_have_similar_products(stack: Stack, kind: int) -> None:
    product_id = odd_shop.product_id(kind)
    answer = (
        stack.get(f"/v1/products/{quote(product_id, safe='')}/similar", limit=5).raise_for_status().json()
    )
    shown = [item["product_id"] for item in answer["items"]]
    assert len(set(shown)) == 5
    assert set(shown) <= ALL_IDS - {product_id}


def test_shoppers_get_products_of_their_aisles(stack: Stack) -> None:
    own = other = 0
    for user in range(20):
        answer = stack.for_you(odd_shop.user_id(user), limit=10, expand="product").json()
        aisles = {odd_shop.AISLES[user % 5], odd_shop.AISLES[(user + 1) % 5]}
        categories = [item["product"]["category"] for item in answer["items"]]
        own += sum(category in aisles for category in categories)
        other += sum(category not in aisles and category is not None for category in categories)
    # Two of five aisles are own, so random items would give 2 : 3. Caps and diversity let a few others in.
    assert own > 4 * other


def test_filters_are_applied(stack: Stack) -> None:
    user_id = odd_shop.user_id(0)
    in_garden = stack.for_you(user_id, limit=50, category="garden", expand="product").json()["items"]
    assert len(in_garden) == 50
    assert all(item["product"]["category"].startswith("Garden > ") for item in in_garden)
    unwanted = ids(stack.for_you(user_id, limit=10))
    listed = ",".join(item.replace("\\", "\\\\").replace(",", "\\,") for item in unwanted)
    assert not set(unwanted) & set(ids(stack.for_you(user_id, limit=10, exclude=listed)))
    assert ids(stack.for_you(user_id, limit=10, category="No such category")) == []


def test_sold_out_and_deleted_products_disappear_and_return(stack: Stack) -> None:
    user_id = odd_shop.user_id(3)
    sold_out, deleted, cheaper = ids(stack.for_you(user_id, limit=3))
    asked = {"limit": 100, "in_stock": "true"}

    def put(product_id: str, **changes: object) -> None:
        url = f"{stack.catalog_url}/v1/products/{quote(product_id, safe='')}"
        escaped = product_id.replace("\\", "\\\\").replace(",", "\\,")
        found = httpx.get(f"{stack.catalog_url}/v1/products", params={"ids": escaped}, timeout=60).json()[
            "items"
        ][0]
        body = {key: value for key, value in found.items() if key not in ("id", "updated_at", "deleted_at")}
        httpx.put(url, json=body | changes, timeout=60).raise_for_status()

    def prices() -> dict[str, float]:
        items = stack.for_you(user_id, limit=100, expand="product").json()["items"]
        return {item["product_id"]: item["product"]["price"] for item in items}

    put(sold_out, in_stock=False)
    put(cheaper, price=0.5)
    httpx.delete(f"{stack.catalog_url}/v1/products/{quote(deleted, safe='')}", timeout=60).raise_for_status()
    wait_until(lambda: not {sold_out, deleted} & set(ids(stack.for_you(user_id, **asked))), "the change")
    assert sold_out in ids(stack.for_you(user_id, limit=100))
    wait_until(lambda: prices().get(cheaper) == 0.5, "the new price")
    assert stack.get(f"/v1/products/{quote(deleted, safe='')}/similar").status_code == 404
    put(sold_out, in_stock=True)
    put(deleted)
    wait_until(lambda: {sold_out, deleted} <= set(ids(stack.for_you(user_id, **asked))), "the return")


def test_purchase_changes_recommendations(stack: Stack) -> None:
    user_id = "someone new"
    assert stack.for_you(user_id).json()["strategy"] == "popular"
    purchase = {
        "user_id": user_id,
        "product_id": odd_shop.product_id(2),
        "purchased_at": datetime.now(UTC).isoformat(),
    }
    httpx.post(f"{stack.catalog_url}/v1/purchases", json=purchase, timeout=60).raise_for_status()
    wait_until(lambda: stack.for_you(user_id).json()["strategy"] == "personalised", "the purchase")
    answer = stack.for_you(user_id, limit=3).json()
    assert answer["items"][0]["reason"]["because"] == [odd_shop.product_id(2)]


def test_tokens_limit_access_to_shoppers(stack: Stack) -> None:
    own, other = odd_shop.user_id(3), odd_shop.user_id(4)
    token = stack.token(subject=own)
    assert stack.for_you(own, token=token).status_code == 200
    refused = stack.for_you(other, token=token)
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    assert stack.get("/v1/popular", token=token).status_code == 200
    assert stack.for_you(own, token=stack.token(subject=own, scope="something:else")).status_code == 403
    forged = stack.for_you(own, token=token[:-5] + "AAAAA")
    assert forged.status_code == 401
    nobody = httpx.get(f"{stack.service_url}/v1/popular", timeout=60)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("path", "parameters", "named"),
    [
        ("/v1/popular", {"limit": 0}, "limit"),
        ("/v1/popular", {"limit": 101}, "limit"),
        ("/v1/popular", {"limit": "many"}, "limit"),
        ("/v1/popular", {"in_stock": "perhaps"}, "in_stock"),
        ("/v1/popular", {"expand": "everything"}, "expand"),
        ("/v1/popular", {"categry": "x"}, "did you mean 'category'?"),
        ("/v1/users/%01/recommendations", {}, "user_id"),
    ],
)
def test_invalid_parameter_is_named(
    stack: Stack, path: str, parameters: dict[str, object], named: str
) -> None:
    answer = stack.get(path, **parameters)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in str(answer.json()["errors"])


def test_unknown_products_and_paths_are_404(stack: Stack) -> None:
    assert stack.get("/v1/products/nothing/similar").json()["detail"].startswith("The catalog has no product")
    assert stack.get("/v1/nothing").status_code == 404


def test_documentation_and_metrics_are_served(stack: Stack) -> None:
    document = httpx.get(f"{stack.service_url}/schema/openapi.json", timeout=60).json()
    assert document["openapi"].startswith("3.1")
    assert {path for path in document["paths"] if not path.startswith("/v1/console/")} == {
        "/v1/events",
        "/v1/users/{user_id}",
        "/v1/users/{user_id}/preferences",
        "/v1/users/{user_id}/profile",
        "/v1/users/{user_id}/recommendations",
        "/v1/users/{user_id}/buy-again",
        "/v1/products/{product_id}/similar",
        "/v1/products/{product_id}/bought-together",
        "/v1/popular",
        "/v1/trending",
        "/v1/new-arrivals",
        "/v1/recommendations",
        "/v1/recommendations/batch",
        "/v1/rankings",
        "/v1/snapshot",
        "/health/live",
        "/health/ready",
    }
    (popular,) = document["paths"]["/v1/popular"].values()
    names = {parameter["name"] for parameter in popular["parameters"]}
    filters = {"category", "brand", "price_min", "price_max", "in_stock", "exclude", "strict_filtering"}
    assert names == filters | {
        "window",
        "include_purchased",
        "limit",
        "cursor",
        "diversity",
        "explain",
        "expand",
        "user_id",
        "If-None-Match",
    }
    page = httpx.get(f"{stack.service_url}/schema/", timeout=60).text
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/schema/assets/{asset}" in page
        assert (
            len(
                httpx.get(f"{stack.service_url}/schema/assets/{asset}", timeout=60).raise_for_status().content
            )
            > 10_000
        )
    assert "cdn" not in page
    stack.for_you(odd_shop.user_id(1))
    metrics = httpx.get(f"{stack.metrics_url}/metrics", timeout=60).text
    version = stack.get("/v1/snapshot").json()["version"]
    assert f'version="{version}"' in metrics
    assert 'strategy="personalised"' in metrics
    assert 'stage="ranking"' in metrics
    assert odd_shop.user_id(1) not in metrics
