"""Pages of a list, without repeated or lost products, and their cursors."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.snapshots import SigningKey
from recommender.entities import Query
from service.recommendations.responses import Presentation
from service.recommendations.viewers import Viewer
from service.signed.cursors import MAX_DEPTH, Cursors
from tests.support.builders.published_snapshots import ListedCatalog, shop
from tests.support.builders.served_shop import ServedShop, served_shop

FOR_YOU = "/v1/users/u0/recommendations"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def pages(served: ServedShop, path: str, **parameters: Any) -> Iterator[list[str]]:
    """The product ids of each page, up to the last."""
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = served.get(path, **parameters, **more)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        yield [item["product_id"] for item in document["items"]]
        cursor = document.get("next_cursor")
        if cursor is None:
            return


def cursor_problem(response: httpx.Response) -> str:
    """The detail of a problem about the cursor."""
    document = response.json()
    assert response.status_code == 422, document
    assert [error["parameter"] for error in document["errors"]] == ["cursor"]
    return str(document["detail"])


@settings(max_examples=40, deadline=None)
@given(
    path=st.sampled_from([FOR_YOU, "/v1/users/stranger/recommendations", "/v1/popular"]),
    limit=st.integers(1, 40),
    category=st.sampled_from([None, "Bakery", "Garden > Shelf 1"]),
    include_purchased=st.booleans(),
)
def test_pages_hold_every_matching_product_once(
    served: ServedShop, path: str, limit: int, category: str | None, include_purchased: bool
) -> None:
    own = {"include_purchased": str(include_purchased).lower()} if "users" in path else {}
    filters = {"category": category} if category else {}
    found = list(pages(served, path, limit=limit, **own, **filters))
    bought = {line.product_id for line in served.catalog.purchase_list if line.user_id == "u0"}
    expected = {
        product.id
        for product in served.catalog.product_list
        if (product.category or "").startswith(category or "")
        and not (path == FOR_YOU and not include_purchased and product.id in bought)
    }
    flat = [product_id for page in found for product_id in page]
    assert len(flat) == len(set(flat))
    assert set(flat) == expected
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1] or not expected


def test_pages_of_similar_products_do_not_repeat(served: ServedShop) -> None:
    found = [product_id for page in pages(served, "/v1/products/p1/similar", limit=4) for product_id in page]
    assert len(found) == len(set(found)) > 8
    assert "p1" not in found


def test_best_products_come_first(served: ServedShop) -> None:
    first, second, *_ = pages(served, FOR_YOU, limit=10)
    scores = {item["product_id"]: item["score"] for item in served.get(FOR_YOU, limit=50).json()["items"]}
    assert sum(scores[product_id] for product_id in first) > sum(scores.get(name, 0) for name in second)


def test_limit_and_expansion_may_change_between_pages(served: ServedShop) -> None:
    first = served.get(FOR_YOU, limit=3).json()
    second = served.get(FOR_YOU, limit=7, expand="product", cursor=first["next_cursor"]).json()
    assert len(second["items"]) == 7
    assert "product" in second["items"][0]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v1/users/u1/recommendations", {}),
        ("/v1/popular", {}),
        ("/v1/products/u0/similar", {}),
        (FOR_YOU, {"category": "Bakery"}),
        (FOR_YOU, {"in_stock": "true"}),
        (FOR_YOU, {"exclude": "p9"}),
        (FOR_YOU, {"include_purchased": "true"}),
    ],
)
def test_cursor_of_another_list_is_rejected(
    served: ServedShop, path: str, parameters: dict[str, str]
) -> None:
    cursor = served.get(FOR_YOU, limit=3).json()["next_cursor"]
    assert "other arguments" in cursor_problem(served.get(path, limit=3, cursor=cursor, **parameters))


def test_cursor_ignores_the_order_of_arguments(served: ServedShop) -> None:
    cursor = served.get(FOR_YOU, limit=3, exclude="p8,p9").json()["next_cursor"]
    assert served.get(FOR_YOU, limit=3, exclude="p9,p8", cursor=cursor).status_code == 200


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 200), character=st.sampled_from("Aa0_-.é"))
def test_altered_cursor_is_rejected(served: ServedShop, position: int, character: str) -> None:
    cursor = served.get(FOR_YOU, limit=3).json()["next_cursor"]
    place = position % len(cursor)
    altered = cursor[:place] + character + cursor[place + 1 :]
    if altered != cursor:
        cursor_problem(served.get(FOR_YOU, limit=3, cursor=altered))


@pytest.mark.parametrize("cursor", ["", ".", "x", "x.y", "\x00", "é.é", "🥖", "=" * 8000])
def test_invalid_cursor_is_rejected(served: ServedShop, cursor: str) -> None:
    cursor_problem(served.get(FOR_YOU, cursor=cursor))


def test_overlong_cursor_is_rejected(served: ServedShop) -> None:
    cursor_problem(served.get(FOR_YOU, cursor="a" * 9000))


@pytest.mark.anyio
async def test_cursor_signed_with_another_key_is_rejected(served: ServedShop) -> None:
    foreign = replace(
        served.components.recommendations, cursors=Cursors([SigningKey(b"another key of 32 bytes or more.")])
    )
    answered = await foreign.popular(Query(10), Presentation(), Viewer())
    assert isinstance(answered.view.next_cursor, str)
    cursor_problem(served.get("/v1/popular", cursor=answered.view.next_cursor))


def test_pages_do_not_repeat_across_reordered_snapshots(tmp_path: Any) -> None:
    catalog = shop()
    with served_shop(catalog, tmp_path) as served:
        shown: list[str] = []
        cursor: dict[str, str] = {}
        versions = set()
        for page in range(5):
            document = served.get("/v1/popular", limit=7, **cursor).json()
            shown += [item["product_id"] for item in document["items"]]
            cursor = {"cursor": document["next_cursor"]}
            versions.add(document["snapshot_version"])
            reorder(catalog, page)
            served.publish()
        assert len(versions) == 5
        assert len(shown) == len(set(shown)) == 35


def reorder(catalog: ListedCatalog, seed: int) -> None:
    """Makes other products popular and moves every product to another row."""
    catalog.purchase_list = shop(seed=seed + 2).purchase_list
    catalog.product_list = catalog.product_list[7:] + catalog.product_list[:7]


def test_list_ends_at_the_maximum_depth(tmp_path: Any) -> None:
    with served_shop(shop(products=MAX_DEPTH + 60), tmp_path) as served:
        lengths = [len(page) for page in pages(served, "/v1/popular", limit=90)]
    assert lengths == [90, 90, 90, 90, 90, 50]
