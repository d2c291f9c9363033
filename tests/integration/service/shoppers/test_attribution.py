"""Recommendation ids of answers, and the counts of impressions and clicks."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.snapshots import SigningKey
from recommender.product_ids import short_hashes
from service.shoppers.attribution import WINDOW_SECONDS
from service.signed.recommendation_ids import RecommendationIds, products_of
from tests.support.builders.published_snapshots import KEY, shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.servers.redis_server import RedisServer
from tests.support.tokens import NOW

IDS = RecommendationIds([KEY], lambda: 1_800_000_000.123)
GENUINE = IDS.personal("for-you", "20260101T000000000Z-00000000", "u0", products_of(short_hashes(["p1"])))
NUMBERS = itertools.count()
OWN = "/v1/users/u0/recommendations"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def page(served: ServedShop, path: str, body: object = None) -> tuple[str, list[str]]:
    """The id of a new answer and its products."""
    answer = (served.get(path) if body is None else served.post(path, body)).json()
    return answer["recommendation_id"], [item["product_id"] for item in answer["items"]]


def event(served: ServedShop, recommendation_id: str, product_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"e{next(NUMBERS)}",
        "user_id": "u0",
        "product_id": product_id,
        "kind": "click",
        "occurred_at": datetime.fromtimestamp(served.clock(), UTC).isoformat(),
        "recommendation_id": recommendation_id,
    } | changes


def counted(served: ServedShop, scenario: str, *events: dict[str, Any]) -> tuple[int, int]:
    """Clicks counted for stored events, and unattributed events."""
    before = served.count("recommender.clicks", scenario=scenario)
    answer = served.post("/v1/events", {"events": list(events)})
    assert answer.json()["accepted"] == len(events), answer.text
    clicks = served.count("recommender.clicks", scenario=scenario) - before
    return int(clicks), answer.json().get("unattributed", 0)


@pytest.mark.parametrize(
    ("path", "body", "scenario", "personal"),
    [
        (OWN, None, "for-you", True),
        ("/v1/products/p1/similar", None, "similar", False),
        ("/v1/popular", None, "popular", False),
        ("/v1/recommendations", {"basket": ["p1"]}, "basket", True),
        ("/v1/recommendations", {"interactions": [{"product_id": "p1"}]}, "session", True),
        ("/v1/rankings", {"product_ids": ["p1"]}, "ranking", True),
    ],
)
def test_recommendation_id_identifies_its_answer(
    served: ServedShop, path: str, body: object, scenario: str, personal: bool
) -> None:
    document = (served.get(path) if body is None else served.post(path, body)).json()
    assert document["scenario"] == scenario
    read = IDS.read(document["recommendation_id"])
    assert read is not None
    assert (read.scenario, read.version) == (scenario, document["snapshot_version"])
    assert read.milliseconds == (int(NOW * 1000) if personal else 0)
    assert all(read.has(item["product_id"]) for item in document["items"])
    assert not read.has("another product")


def test_purchase_counts_once_for_its_recommendation(served: ServedShop) -> None:
    shown, (product, *_) = page(served, OWN)
    bought = [event(served, shown, product, kind="purchase", order_id=f"o{number}") for number in range(2)]
    before = served.count("recommender.purchases", scenario="for-you")
    answer = served.post(
        "/v1/events", {"events": [*bought, event(served, "unknown", product, kind="purchase")]}
    )
    assert answer.json()["unattributed"] == 1
    assert served.count("recommender.purchases", scenario="for-you") - before == 1


def test_impressions_and_clicks_count_once_for_a_shopper_recommendation_and_product(
    served: ServedShop,
) -> None:
    shown, (first, second, *_) = page(served, OWN)
    impressions = served.count("recommender.impressions", scenario="for-you")
    click = event(served, shown, first)
    assert counted(served, "for-you", click, event(served, shown, first)) == (1, 0)
    assert counted(served, "for-you", event(served, shown, first)) == (0, 0)
    assert counted(served, "for-you", event(served, shown, second)) == (1, 0)
    assert counted(served, "for-you", event(served, shown, second, kind="purchase")) == (0, 0)
    for _ in range(3):
        counted(served, "for-you", event(served, shown, first, kind="impression"))
    assert served.count("recommender.impressions", scenario="for-you") == impressions + 1
    # Another answer counts for itself. A stored event that is sent again counts nothing.
    assert counted(served, "for-you", event(served, page(served, OWN)[0], first)) == (1, 0)
    assert served.post("/v1/events", {"events": [click]}).json() == {"accepted": 0, "duplicates": 1}


@pytest.mark.parametrize("product", ["p59", "not in the catalog"])
def test_product_that_was_not_in_the_answer_is_unattributed(served: ServedShop, product: str) -> None:
    shown, products = page(served, OWN)
    assert product not in products
    assert counted(served, "for-you", event(served, shown, product)) == (0, 1)


@pytest.mark.parametrize("shown", ["forged", GENUINE.swapcase(), "a.b"])
def test_unknown_recommendation_is_unattributed(served: ServedShop, shown: str) -> None:
    assert counted(served, "for-you", event(served, shown, "p1")) == (0, 1)


def test_recommendation_of_another_shopper_is_unattributed(served: ServedShop) -> None:
    shown, (first, *_) = page(served, OWN)
    assert counted(served, "for-you", event(served, shown, first, user_id="u1")) == (0, 1)
    assert counted(served, "for-you", event(served, shown, first)) == (1, 0)


def test_shared_list_counts_once_for_each_shopper(served: ServedShop) -> None:
    shown, (first, *_) = page(served, "/v1/popular?limit=7")
    for user, clicks in (("u0", 1), ("u1", 1), ("u0", 0)):
        assert counted(served, "popular", event(served, shown, first, user_id=user)) == (clicks, 0)


def test_recommendation_for_an_unknown_shopper_counts_once_for_each_product(served: ServedShop) -> None:
    shown, (first, second, *_) = page(served, "/v1/recommendations", {"basket": ["p1"]})
    for user, product, clicks in (("g1", first, 1), ("g2", first, 0), ("g2", second, 1)):
        assert counted(served, "basket", event(served, shown, product, user_id=user)) == (clicks, 0)


def test_session_of_a_shoppers_own_token_is_of_the_shopper(served: ServedShop) -> None:
    own = served.token(sub="u3", scope="recommendations:read")
    answer = served.post("/v1/recommendations", {"basket": ["p1"]}, own).json()
    shown, first = answer["recommendation_id"], answer["items"][0]["product_id"]
    assert counted(served, "basket", event(served, shown, first, user_id="u4")) == (0, 1)
    assert counted(served, "basket", event(served, shown, first, user_id="u3")) == (1, 0)


def test_old_recommendation_is_unattributed(served: ServedShop) -> None:
    shown, (first, second, *_) = page(served, OWN)
    served.clock.now += WINDOW_SECONDS
    try:
        assert counted(served, "for-you", event(served, shown, first)) == (1, 0)
        served.clock.now += 1
        assert counted(served, "for-you", event(served, shown, second)) == (0, 1)
    finally:
        served.clock.now = NOW


def test_pods_count_a_click_once_together_and_none_while_redis_is_down(
    own_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The pods share Redis alone. Each stores the event as new."""
    clicks = []
    shown, first = "", ""
    for _ in range(2):
        settings = {"redis_url": own_redis.url}
        with served_shop(shop(), tmp_path_factory.mktemp("pod"), settings=settings) as pod:
            if not shown:
                shown, (first, *_) = page(pod, OWN)
            clicks.append(counted(pod, "for-you", event(pod, shown, first)))
            if len(clicks) == 2:
                another, (second, *_) = page(pod, OWN)
                own_redis.stop()
                clicks.append(counted(pod, "for-you", event(pod, another, second)))
                own_redis.start()
    assert clicks == [(1, 0), (0, 0), (0, 0)]


def test_ids_signed_with_another_key_are_ignored() -> None:
    foreign = RecommendationIds([SigningKey(b"another key of 32 bytes or more.")])
    assert IDS.read(foreign.shared("popular", "v", b"x")) is None


@given(st.text(max_size=80))
def test_other_text_is_ignored(text: str) -> None:
    assert IDS.read(text) is None


@given(st.integers(0, len(GENUINE) - 1), st.characters())
def test_altered_ids_are_ignored(position: int, character: str) -> None:
    altered = GENUINE[:position] + character + GENUINE[position + 1 :]
    assert (IDS.read(altered) is None) == (altered != GENUINE)


def test_overlong_ids_are_ignored() -> None:
    assert IDS.read("a" * 100_000) is None
