"""Recommendation ids of answers, and the counts of impressions and clicks."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.snapshots import SigningKey
from service.shoppers.attribution import Attribution
from service.signed.recommendation_ids import RecommendationIds, Recommended
from tests.support.builders.published_snapshots import KEY, shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.tokens import NOW

IDS = RecommendationIds(KEY)
GENUINE = IDS.personal("for-you", "20260101T000000000Z-00000000", 1_800_000_000_123)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "body", "scenario", "personal"),
    [
        ("/v1/users/u0/recommendations", None, "for-you", True),
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
    assert IDS.read(document["recommendation_id"]) == Recommended(
        scenario, document["snapshot_version"], int(NOW * 1000) if personal else None
    )


def test_impressions_and_clicks_are_counted_by_scenario(served: ServedShop) -> None:
    attribution = Attribution(IDS, served.components.recommendations.metrics)
    basket = served.post("/v1/recommendations", {"basket": ["p1"]}).json()["recommendation_id"]
    for kind, recommendation_id in [
        ("impression", basket),
        ("impression", basket),
        ("click", basket),
        ("purchase", basket),
        ("impression", "forged"),
        ("click", None),
        ("impression", GENUINE),
    ]:
        attribution.count(kind, recommendation_id)
    assert served.count("recommender.impressions", scenario="basket") == 2
    assert served.count("recommender.clicks", scenario="basket") == 1
    assert served.count("recommender.impressions", scenario="for-you") == 1
    assert served.count("recommender.clicks", scenario="for-you") == 0


def test_ids_signed_with_another_key_are_ignored() -> None:
    foreign = RecommendationIds(SigningKey(b"another key of 32 bytes or more."))
    assert IDS.read(foreign.shared("popular", "v", "x")) is None


@settings(deadline=None)
@given(st.text(max_size=80))
def test_other_text_is_ignored(text: str) -> None:
    assert IDS.read(text) is None


@settings(deadline=None)
@given(st.integers(0, len(GENUINE) - 1), st.characters())
def test_altered_ids_are_ignored(position: int, character: str) -> None:
    altered = GENUINE[:position] + character + GENUINE[position + 1 :]
    assert (IDS.read(altered) is None) == (altered != GENUINE)


def test_overlong_ids_are_ignored() -> None:
    assert IDS.read("a" * 100_000) is None
