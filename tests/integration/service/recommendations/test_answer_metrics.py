"""Metrics of what personal answers are made of."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders.published_snapshots import SMALL_RECIPE, shop
from tests.support.builders.served_shop import ServedShop, served_shop

FEW_WARM = replace(SMALL_RECIPE, minimum_buyers=6)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop"), recipe=FEW_WARM) as running:
        yield running


def increase(served: ServedShop, user_id: str, names: dict[str, dict[str, str]], **query: Any) -> list[float]:
    """The increase of counters through one personal answer."""
    before = [served.count(name, **labels) for name, labels in names.items()]
    assert served.for_you(user_id, **query).status_code == 200
    after = [served.count(name, **labels) for name, labels in names.items()]
    return [new - old for old, new in zip(before, after, strict=True)]


def test_candidates_are_kept_for_the_next_answer(served: ServedShop) -> None:
    made = {
        "recommender.shopper_states": {"state": "made"},
        "recommender.candidates": {"stage": "candidate_generation"},
    }
    first, second = (increase(served, "u1", made, limit=limit) for limit in (4, 5))
    assert first[0] == 1
    assert first[1] > 0
    assert second == [0, 0]
    assert increase(served, "u1", {"recommender.shopper_states": {"state": "kept"}}, limit=6) == [1]


def test_items_and_explored_ones_are_counted(served: ServedShop) -> None:
    names = {"recommender.items": {"kind": "all"}, "recommender.candidates": {"stage": "reranking"}}
    assert increase(served, "u2", names, limit=7) == [7, 7]
    cold = served.count("recommender.items", kind="cold")
    assert 0 < served.count("recommender.items", kind="explored") <= cold
