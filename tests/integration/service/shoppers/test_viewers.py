"""Lists for everyone leave out what a named shopper bought, hid or ignored repeatedly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop

PATHS = ("popular", "trending", "new-arrivals", "products/p0/similar", "products/p0/bought-together")
IGNORED, HIDDEN, CLICKED = "p1", "p2", "p3"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, created_at=START - timedelta(days=number), in_stock=number != 4)
        for number, product in enumerate(catalog.product_list)
    ]
    catalog.purchase_list = [one for one in catalog.purchase_list if one.product_id not in {"p1", "p2", "p3"}]
    settings = {"in_stock_by_default": True}
    with served_shop(catalog, tmp_path_factory.mktemp("viewers"), settings=settings) as running:
        at = datetime.fromtimestamp(running.clock(), UTC).isoformat()
        seen = [("impression", name) for name in (IGNORED, CLICKED) for _ in range(5)]
        events = [
            {"id": f"{number}", "user_id": "u0", "product_id": name, "kind": kind, "occurred_at": at}
            for number, (kind, name) in enumerate([*seen, ("hide", HIDDEN), ("click", CLICKED)])
        ]
        assert running.post("/v1/events", {"events": events}).status_code == 202
        yield running


@pytest.mark.parametrize("path", PATHS)
def test_shared_lists_leave_out_products_known_to_the_shopper(served: ServedShop, path: str) -> None:
    bought = {one.product_id for one in served.catalog.purchase_list if one.user_id == "u0"}
    everybody = set(served.ids(f"/v1/{path}", limit=100))
    assert everybody >= ({IGNORED, HIDDEN, CLICKED} | bought) - {"p0", "p4"}
    for _ in range(2):  # The second answer is sent again.
        shown = set(served.ids(f"/v1/{path}", user_id="u0", limit=100))
        assert shown == everybody - {IGNORED, HIDDEN} - bought
        again = set(served.ids(f"/v1/{path}", user_id="u0", include_purchased="true", limit=100))
        assert again == everybody - {IGNORED, HIDDEN}
        # Nobody else gets the list of u0.
        assert set(served.ids(f"/v1/{path}", limit=100)) == everybody
        assert set(served.ids(f"/v1/{path}", user_id="stranger", limit=100)) == everybody
        own = served.token(sub="u0", scope="recommendations:read")
        assert set(served.ids(f"/v1/{path}", token=own, limit=100)) == everybody - {HIDDEN}
        other = served.token(sub="u1", scope="recommendations:read")
        assert served.get(f"/v1/{path}", other, user_id="u0", limit=100).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_pages_for_a_shopper_hold_the_whole_list_once(served: ServedShop, path: str) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = served.get(f"/v1/{path}", user_id="u0", limit=9, **cursor).json()
        found += [item["product_id"] for item in page["items"]]
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(found) == sorted(served.ids(f"/v1/{path}", user_id="u0", limit=100))


def test_a_purchase_changes_the_next_list_of_its_shopper(served: ServedShop) -> None:
    assert "p50" in served.ids("/v1/popular", user_id="late", limit=100)
    at = datetime.fromtimestamp(served.clock(), UTC).isoformat()
    event = {"id": "new", "user_id": "late", "product_id": "p50", "kind": "purchase", "occurred_at": at}
    assert served.post("/v1/events", {"events": [event]}).status_code == 202
    assert "p50" not in served.ids("/v1/popular", user_id="late", limit=100)
    assert "p50" in served.ids("/v1/popular", limit=100)


@pytest.mark.parametrize("path", [*PATHS, "users/u0/recommendations"])
def test_a_call_overrides_the_default_for_sold_out_products(served: ServedShop, path: str) -> None:
    by_default = served.ids(f"/v1/{path}", limit=100, include_purchased="true")
    assert by_default == served.ids(f"/v1/{path}", limit=100, include_purchased="true", in_stock="true")
    every = served.ids(f"/v1/{path}", limit=100, include_purchased="true", in_stock="false")
    assert set(every) - set(by_default) == {"p4"}
    filled = served.items(f"/v1/{path}", limit=100, include_purchased="true", strict_filtering="false")
    assert [item["product_id"] for item in filled if item.get("outside_filters")] == ["p4"]


def test_a_body_overrides_the_default_for_sold_out_products(served: ServedShop) -> None:
    body = {"interactions": [{"product_id": "p0"}], "limit": 100}

    def shown(**changes: bool) -> set[str]:
        answer = served.post("/v1/recommendations", body | changes).json()
        return {item["product_id"] for item in answer["items"]}

    assert shown() == shown(in_stock=True) == shown(in_stock=False) - {"p4"}
    assert "p4" in shown(in_stock=False)
