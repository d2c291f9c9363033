"""Popular and trending products in windows of time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.catalog import Purchase
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, problem_of, served_shop

ENDS = START + timedelta(days=100)
BOUGHT = {"p10": (1, 40), "p11": (20, 30), "p12": (70, 39), "p13": (200, 90)}
"""Products with their age in days and number of buyers, beside the shop's own few."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop(shoppers=60)
    for product, (age, buyers) in BOUGHT.items():
        for shopper in range(buyers):
            at = ENDS - timedelta(days=age, minutes=shopper)
            catalog.purchase_list.append(
                Purchase(
                    id=f"{product} {shopper}", user_id=f"x{shopper}", product_id=product, purchased_at=at
                )
            )
    # Everything sells steadily, so that there is usual demand.
    for day in range(1, 121, 3):
        for shopper in range(6):
            at = ENDS - timedelta(days=day, hours=1)
            catalog.purchase_list.append(
                Purchase(id=f"{day} {shopper}", user_id=f"x{shopper}", product_id="p20", purchased_at=at)
            )
    with served_shop(catalog, tmp_path_factory.mktemp("windows"), now=ENDS.timestamp()) as running:
        yield running


@pytest.mark.parametrize(
    ("window", "first", "reason"),
    [
        ("7d", "p10", "Bought by 40 shoppers in 7 days"),
        ("30d", "p10", "Bought by 40 shoppers in 30 days"),
        (None, "p10", "Bought by 40 shoppers in 90 days"),
        ("all", "p13", "Bought by "),
    ],
)
def test_popular_products_count_buyers_in_the_window(
    served: ServedShop, window: str | None, first: str, reason: str
) -> None:
    asked = {} if window is None else {"window": window}
    items = served.items("/v1/popular", limit=100, **asked)
    assert (items[0]["product_id"], items[0]["score"]) == (first, pytest.approx(BOUGHT[first][1], abs=20))
    assert items[0]["reason"]["text"].startswith(reason)
    scores = [item["score"] for item in items]
    assert scores == sorted(scores, reverse=True)
    assert len(items) == 60
    score_of = {item["product_id"]: item["score"] for item in items}
    assert (score_of["p12"] > 0) is (window not in ("7d", "30d"))
    assert (score_of["p11"] > 0) is (window != "7d")
    cursor = served.get("/v1/popular", limit=1, **asked).json()["next_cursor"]
    second = served.ids("/v1/popular", limit=1, cursor=cursor, **asked)
    assert second == [items[1]["product_id"]]
    other = {"window": "30d" if window == "7d" else "7d"}
    assert served.get("/v1/popular", cursor=cursor, **other).status_code == 422


def test_trending_products_gain_in_the_window(served: ServedShop) -> None:
    week, month = (served.items("/v1/trending", window=window, limit=100) for window in ("7d", "30d"))
    gained = [
        [item["product_id"] for item in page if item["reason"]["code"] == "trending"]
        for page in (week, month)
    ]
    assert "p10" in gained[0]
    assert "p11" not in gained[0]
    assert {"p10", "p11"} <= set(gained[1])
    assert served.ids("/v1/trending")[0] == "p10"


@pytest.mark.parametrize(
    ("path", "window"),
    [("popular", "1y"), ("popular", ""), ("popular", "null"), ("trending", "all"), ("trending", "14")],
)
def test_other_windows_are_rejected(served: ServedShop, path: str, window: str) -> None:
    assert problem_of(served.get(f"/v1/{path}", window=window)) == (422, "window")


def test_other_lists_have_no_window(served: ServedShop) -> None:
    assert problem_of(served.get("/v1/new-arrivals", window="7d")) == (422, "window")
