"""Products in the console."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recommender.snapshot.overlay import Overlay, ProductChange
from service.console.facts.search import ProductSearch
from service.recommendations.time_slices import TimeSlices
from tests.support.builders.console_shop import full_queue
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, problem_of, served_shop

PRODUCTS = "/v1/console/products"
NOW = 1_767_312_000.0  # a day after the last purchase
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop"), now=NOW) as running:
        yield running


@pytest.fixture
def overlay(served: ServedShop) -> Iterator[Any]:
    """Applies an overlay until the end of the test."""
    yield served.components.live.apply_overlay
    served.components.live.apply_overlay(Overlay())


def read(served: ServedShop, path: str, **parameters: Any) -> dict[str, Any]:
    answer = served.get(f"{PRODUCTS}{path}", **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [product["title"] for product in found["products"]]


def test_product_has_the_lists_of_the_api_and_its_sales(served: ServedShop) -> None:
    found = read(served, "/p3", limit=5)
    assert found["product"]["title"] == "Bakery thing 3"
    assert (found["deleted"], found["changed"], found["cold"]) == (False, False, False)
    for shown, name in zip(found["lists"], ("similar", "bought-together"), strict=True):
        same = served.get(f"/v1/products/p3/{name}", limit=5, explain="true", expand="product").json()
        assert (shown["scenario"], shown["items"]) == (name, same["items"])
    purchases = [one.purchased_at for one in served.catalog.purchase_list if one.product_id == "p3"]
    statistics = found["statistics"]
    assert statistics["buyers"] == len(purchases)
    weeks = statistics["weeks"]
    assert len(weeks) == 26
    for week in weeks:
        begin = datetime.fromisoformat(week["begins_at"])
        assert week["purchases"] == sum(begin < at <= begin + WEEK for at in purchases)
    assert datetime.fromisoformat(weeks[-1]["begins_at"]) + WEEK == START
    assert sum(week["purchases"] for week in weeks) == len(purchases)


def test_changed_deleted_and_new_products_are_those_of_the_overlay(served: ServedShop, overlay: Any) -> None:
    renamed = msgspec.json.encode({"id": "p3", "title": "Renamed Brot", "price": 9.5})
    added = msgspec.json.encode({"id": "n1", "title": "Brand new Brot"})
    blank = msgspec.json.encode({"id": "n2", "title": " ", "category": " "})
    overlay(
        Overlay(
            {"p3": ProductChange(True, False, renamed, 9.5), "p4": ProductChange(False, True, None)},
            {
                "n1": ProductChange(True, False, added, category="Bakery > Shelf 1", created_at=NOW),
                "n2": ProductChange(True, False, blank, created_at=NOW),
            },
        )
    )
    (unnamed,) = read(served, "", words="n2")["products"]
    assert (unnamed["title"], unnamed["category"]) == (None, None)
    changed, deleted, new = (read(served, f"/{each}") for each in ("p3", "p4", "n1"))
    assert (changed["product"]["title"], changed["changed"]) == ("Renamed Brot", True)
    assert (deleted["deleted"], deleted["lists"], deleted["product"]["title"]) == (True, [], "Bakery thing 4")
    assert (new["statistics"], new["cold"], new["deleted"]) == (None, True, False)
    assert [each["scenario"] for each in new["lists"]] == ["similar", "bought-together"]
    assert titles(read(served, "", words="brot")) == ["Brand new Brot", "Renamed Brot"]
    assert read(served, "", words="bakery 4")["products"][0]["product_id"] != "p4"
    assert read(served, "", words="p4")["products"] == []
    audience = read(served, "/p4/shoppers")
    assert audience["shoppers"] == []
    for path in ("/nothing", "/nothing/shoppers"):
        answer = served.get(f"{PRODUCTS}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:recommender:unknown-product")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("thing 17", ["Bakery thing 17"]),
        ("17 THING bakery", ["Bakery thing 17"]),
        ("p17", ["Bakery thing 17"]),
        ("no such words", []),
        ("  ", None),
        ("\\", []),
    ],
)
def test_search_finds_products_with_all_words(
    served: ServedShop, words: str, expected: list[str] | None
) -> None:
    if expected is None:
        assert problem_of(served.get(PRODUCTS, words=words)) == (422, "words")
        return
    found = read(served, "", words=words)
    assert titles(found) == expected
    assert (found["scanned"], found["complete"]) == (60, True)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("bakry thng 17", "bakery thing 17"),
        ("Bakeryy", "bakery"),
        ("thing", None),
        ("bak3ry 999", None),  # Nothing is like 999.
        ("bakry dairy", None),  # Each is in some title, and no title has both.
        ("wholly else", None),
    ],
)
def test_search_offers_words_that_are_spelled_alike(
    served: ServedShop, words: str, meant: str | None
) -> None:
    assert read(served, "", words=words).get("did_you_mean") == meant


def test_search_lists_popular_products_first_and_is_bounded(served: ServedShop) -> None:
    found = read(served, "", words="thing", limit=4)
    popular = served.ids("/v1/popular", limit=4)
    assert [product["product_id"] for product in found["products"]] == popular
    short = ProductSearch(served.components.live, max_scanned=10)
    bounded = asyncio.run(short.find("bakery", 100))
    assert (bounded.scanned, bounded.complete) == (10, False)
    assert len(bounded.products) <= 10


def test_audience_is_who_sees_the_product_on_the_first_page(tmp_path: Path) -> None:
    with served_shop(shop(), tmp_path, now=NOW) as running:
        check_audience(running)


def patient_audience(served: ServedShop, product_id: str) -> dict[str, Any]:
    """The audience of a product, however slow the machine is."""
    audiences = replace(served.components.facts.audiences, max_seconds=60.0)
    with served.client.portal() as portal:
        found: dict[str, Any] = msgspec.json.decode(
            msgspec.json.encode(portal.call(audiences.read, product_id))
        )
    return found


def check_audience(served: ServedShop) -> None:
    served.for_you("nobody")
    pages = {
        f"u{number}": served.items(f"/v1/users/u{number}/recommendations", limit=20) for number in range(9)
    }
    shown = pages["u3"][0]["product_id"]
    answers = served.count("recommender.answers", scenario="for-you", strategy="personalised")
    found = patient_audience(served, shown)
    assert served.count("recommender.answers", scenario="for-you", strategy="personalised") == answers
    assert (found["checked"], found["complete"], found["page_size"]) == (40, True, 20)
    expected = [
        {"user_id": user_id, "place": place, "score": item["score"], "reason": item["reason"]}
        for user_id, items in pages.items()
        for place, item in enumerate(items, start=1)
        if item["product_id"] == shown
    ]
    listed = [one for one in found["shoppers"] if one["user_id"] in pages]
    assert listed == sorted(expected, key=lambda one: (one["place"], one["user_id"]))
    assert found["shoppers"][0]["place"] == 1
    assert read(served, f"/{shown}/shoppers").keys() == found.keys()
    assert served.client.delete(
        "/v1/users/u3", headers={"authorization": f"Bearer {served.token()}"}
    ).is_success
    later = patient_audience(served, shown)
    assert later["checked"] == 39
    assert "u3" not in [one["user_id"] for one in later["shoppers"]]


def test_audiences_beyond_the_queue_are_refused_at_once(served: ServedShop) -> None:
    with full_queue(served):
        refused = served.get(f"{PRODUCTS}/p3/shoppers")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3")
    assert refused.json()["type"].endswith(":overloaded")
    assert served.get(f"{PRODUCTS}/p3/shoppers").status_code == 200


class CountedSlices(TimeSlices):
    """Time slices that are counted."""

    taken = 0

    async def take(self) -> None:
        self.taken += 1
        await super().take()


def test_audience_ends_in_time_and_makes_each_page_in_a_slice_of_its_own(tmp_path: Path) -> None:
    with served_shop(shop(), tmp_path, now=NOW) as running:
        audiences, slices = running.components.facts.audiences, CountedSlices()
        counted = replace(audiences.recommendations, slices=slices)
        with running.client.portal() as portal:
            late = portal.call(replace(audiences, recommendations=counted, max_seconds=0.0).read, "p3")
            assert (late.checked, late.complete, slices.taken) == (0, False, 0)
            found = portal.call(replace(audiences, recommendations=counted, max_seconds=60.0).read, "p3")
            assert (found.checked, found.complete, slices.taken) == (40, True, 40)


@pytest.mark.parametrize("path", ["?words=thing", "/p3", "/p3/shoppers"])
def test_token_of_a_shopper_reaches_nothing(served: ServedShop, path: str) -> None:
    shopper = served.token(sub="u3", scope="recommendations:read profiles:read events:write")
    assert (
        served.client.get(PRODUCTS + path, headers={"authorization": f"Bearer {shopper}"}).status_code == 403
    )
