"""Filters and lists over HTTP, from a real snapshot."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from adapters.catalog import Product, Purchase
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, problem_of, served_shop

SHARED = ("popular", "trending", "new-arrivals", "products/p1/similar", "products/p1/bought-together")


def described(product: Product, number: int) -> Product:
    """The product with brand, price and age derived from its number.

    Every tenth product has no price.
    """
    return msgspec.structs.replace(
        product,
        brand=f"Brand {number % 4}",
        price=None if number % 10 == 9 else float(number),
        created_at=START - timedelta(days=number),
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [described(product, number) for number, product in enumerate(catalog.product_list)]
    bought = [(shopper, product, 10.0) for shopper in range(10) for product in (1, 31)]
    bought += [(shopper, 2, day) for shopper in (0, 11) for day in (0.0, 5.0, 10.0)]
    bought += [(0, 3, day) for day in (8.0, 9.0, 10.0)]
    catalog.purchase_list += [
        Purchase(
            user_id=f"u{shopper}",
            product_id=f"p{product}",
            purchased_at=START + timedelta(days=day, hours=12),
            order_id=f"{shopper} {day}",
        )
        for shopper, product, day in bought
    ]
    now = (START + timedelta(days=14, hours=12)).timestamp()
    with served_shop(catalog, tmp_path_factory.mktemp("served"), now=now) as running:
        yield running


@pytest.mark.parametrize("path", [*SHARED, "users/u0/recommendations", "users/u0/buy-again"])
def test_filters_apply_to_every_list(served: ServedShop, path: str) -> None:
    filters = {"brand": ["brand 1", "Brand 3"], "price_min": 1, "price_max": 31, "limit": 100}
    found = [int(name[1:]) for name in served.ids(f"/v1/{path}", **filters)]
    assert all(number % 4 in (1, 3) and 1 <= number <= 31 and number % 10 != 9 for number in found)
    assert found or path == "users/u0/buy-again" or path.startswith("products")


def test_backfilled_items_are_marked(served: ServedShop) -> None:
    items = served.items("/v1/popular", brand="Brand 1", limit=20, strict_filtering="false")
    assert [item.get("outside_filters", False) for item in items] == [False] * 15 + [True] * 5
    assert all(int(item["product_id"][1:]) % 4 == 1 for item in items[:15])
    assert len(served.ids("/v1/popular", brand="Brand 1", limit=20)) == 15


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"price_min": 5, "price_max": 4}, "price_min"),
        ({"price_min": -1}, "price_min"),
        ({"price_max": "nan"}, "price_max"),
        ({"price_max": "inf"}, "price_max"),
        ({"price_max": "cheap"}, "price_max"),
        ({"prise_max": 4}, "prise_max"),
        ({"strict_filtering": "perhaps"}, "strict_filtering"),
    ],
)
@pytest.mark.parametrize("path", [*SHARED, "users/u0/recommendations", "users/u0/buy-again"])
def test_invalid_filters_are_rejected(
    served: ServedShop, path: str, parameters: dict[str, object], named: str
) -> None:
    assert problem_of(served.get(f"/v1/{path}", **parameters)) == (422, named)


def test_bought_together_products_state_their_joint_buyers(served: ServedShop) -> None:
    answer = served.get("/v1/products/p1/bought-together", limit=5).json()
    first = answer["items"][0]
    assert (answer["scenario"], answer["strategy"]) == ("bought-together", "bought-together")
    assert (first["product_id"], first["reason"]["code"]) == ("p31", "bought_together")
    assert first["reason"]["because"] == ["p1"]
    assert first["reason"]["text"].startswith("10 of ")
    assert served.get("/v1/products/nobody/bought-together").status_code == 404


def test_buy_again_lists_own_products_and_the_most_probable_first(served: ServedShop) -> None:
    answer = served.get("/v1/users/u0/buy-again", limit=50).json()
    assert (answer["scenario"], answer["user_id"]) == ("buy-again", "u0")
    own = {one.product_id for one in served.catalog.purchase_list if one.user_id == "u0"}
    listed = [item["product_id"] for item in answer["items"]]
    assert (listed[0], set(listed)) == ("p2", own)
    assert answer["items"][0]["reason"]["code"] == "due_again"
    assert served.ids("/v1/users/u0/buy-again", exclude="p2", limit=50) == listed[1:]
    assert served.ids("/v1/users/stranger/buy-again") == []


def test_buy_again_follows_the_time_and_the_purchases(served: ServedShop) -> None:
    path, now = "/v1/users/u11/buy-again", served.clock.now
    bought = START + timedelta(days=14, hours=12)
    try:
        assert served.ids(path)[0] == "p2"
        event = {"id": "again", "user_id": "u11", "product_id": "p2", "occurred_at": bought.isoformat()}
        assert served.post("/v1/events", {"events": [event | {"kind": "purchase"}]}).status_code == 202
        for hours, due in ((1, False), (11, False), (13, True)):
            served.clock.now = bought.timestamp() + hours * 3600
            assert ("p2" in served.ids(path)) is due
    finally:
        served.clock.now = now


def test_new_products_are_listed_newest_first_and_by_category(served: ServedShop) -> None:
    assert served.ids("/v1/new-arrivals", limit=4) == ["p0", "p1", "p2", "p3"]
    assert served.ids("/v1/new-arrivals", limit=3, category="Garden") == ["p30", "p31", "p32"]


def test_new_products_for_a_shopper_start_with_own_categories(served: ServedShop) -> None:
    answer = served.get("/v1/new-arrivals", user_id="u1", limit=40)
    assert "etag" not in answer.headers
    assert "private" in answer.headers["cache-control"]
    document = answer.json()
    assert (document["user_id"], document["scenario"], document["strategy"]) == ("u1", "new", "new")
    shelf = {p.id: p.category for p in served.catalog.product_list}
    bought = {one.product_id for one in served.catalog.purchase_list if one.user_id == "u1"}
    own = {shelf[name] for name in bought}
    found = [item["product_id"] for item in document["items"]]
    new = [name for name in shelf if name not in bought]
    assert found == sorted(new, key=lambda name: shelf[name] not in own)[:40]
    assert found != served.ids("/v1/new-arrivals", limit=40)
    pages, cursor = [], {}
    while True:
        page = served.get("/v1/new-arrivals", user_id="u1", limit=15, **cursor).json()
        pages += [item["product_id"] for item in page["items"]]
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == served.ids("/v1/new-arrivals", user_id="u1", limit=60)
    assert served.get("/v1/new-arrivals", user_id="u2", limit=15, **cursor).status_code == 422
    assert problem_of(served.get("/v1/new-arrivals", user_id="a/b")) == (422, "user_id")
    assert served.get("/v1/new-arrivals", user_id="stranger").json()["items"][0]["product_id"] == "p0"


def test_new_products_for_a_shopper_need_access_to_the_shopper(served: ServedShop) -> None:
    own = served.token(sub="u1", scope="recommendations:read")
    assert served.get("/v1/new-arrivals", own).status_code == 200
    assert served.get("/v1/new-arrivals", own, user_id="u1").status_code == 200
    rejected = served.get("/v1/new-arrivals", own, user_id="u2")
    assert rejected.status_code == 403
    assert 'scope="recommendations:read.any"' in rejected.headers["www-authenticate"]


def test_trending_products_come_first(served: ServedShop) -> None:
    answer = served.get("/v1/trending", limit=4).json()
    assert answer["strategy"] == "trending"
    assert {item["product_id"] for item in answer["items"][:2]} == {"p1", "p31"}
    assert [item["reason"]["code"] for item in answer["items"]] == ["trending"] * 2 + ["popular"] * 2
    garden = served.items("/v1/trending", limit=2, category="Garden")
    assert (garden[0]["product_id"], garden[0]["reason"]["code"]) == ("p31", "trending")


@pytest.mark.parametrize("path", SHARED)
def test_shared_lists_are_the_same_for_everyone_and_revalidated(served: ServedShop, path: str) -> None:
    first = served.get(f"/v1/{path}", limit=5)
    etag = first.headers["etag"]
    assert "private" in first.headers["cache-control"]
    assert first.headers["content-type"] == "application/json"
    assert served.get(f"/v1/{path}", limit=5).content == first.content
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = served.get(f"/v1/{path}", headers={"If-None-Match": known}, limit=5)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = served.get(f"/v1/{path}", headers={"If-None-Match": etag}, limit=4)
    assert other.status_code == 200
    assert other.headers["etag"] != etag
    assert other.json()["recommendation_id"] != first.json()["recommendation_id"]
