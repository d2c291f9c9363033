"""Lists of a small shop as served, beside their baselines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from adapters.catalog import Product
from adapters.snapshots.manifest import EmbeddingModel
from indexer.evaluation.comparison import OURS
from indexer.evaluation.lists.all_lists import measure_all_lists
from indexer.evaluation.lists.inputs import ListInputs
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.evaluation.lists.orders import measure_orders
from indexer.evaluation.served import serve_snapshot
from indexer.factorization import Recipe
from indexer.protocol.split import split_purchases
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.training.train import TrainingConfig, train
from tests.support.builders.published_snapshots import (
    KEY,
    SERVING,
    STAGES,
    START,
    ListedCatalog,
    content_of,
    now,
    read,
)
from tests.support.builders.purchases import recorded_purchase

CATEGORIES, SOLD, UNSOLD, SHOPPERS, TRIPS = 4, 10, 10, 60, 10


def shop() -> ListedCatalog:
    """A shop whose shoppers buy two products of one number on each trip."""
    catalog = ListedCatalog()
    for number in range(CATEGORIES * (SOLD + UNSOLD)):
        category, place = number % CATEGORIES, number // CATEGORIES
        title = f"kind {category} thing {place}"
        catalog.product_list.append(
            Product(id=f"p{number:03}", title=title, updated_at=START, category=f"Shop > Kind {category}")
        )
    generator = np.random.default_rng(1)
    for shopper in range(SHOPPERS):
        for trip in range(TRIPS):
            place = int(generator.integers(SOLD)) if trip % 2 else shopper % SOLD
            at = START + timedelta(days=trip * 3, minutes=shopper)
            for category in range(2 * (shopper % 2), 2 * (shopper % 2) + 2):
                number = place * CATEGORIES + category
                catalog.purchase_list.append(
                    recorded_purchase(f"{shopper}-{trip}-{category}", f"u{shopper}", f"p{number:03}", at)
                )
    return catalog


@pytest.fixture(scope="module")
def inputs() -> Iterator[ListInputs]:
    products, purchases = read(shop())
    part = split_purchases(purchases, "time", 0.7)
    recipe = Recipe(neighbours=20, rank=8, text_weight=0.0, ridge=6.0, trend_exponent=0.0)
    trained = train(part.train, content_of(products), TrainingConfig(recipe, 180.0))
    assembler = Assembler(KEY, SERVING, STAGES, now)
    model = EmbeddingModel("hashing", "1", 16)
    with serve_snapshot(assembler, SnapshotInputs(products, part.train, trained, model, now(), {})) as served:
        yield ListInputs(served, content_of(products), part, 100, 1)


@pytest.fixture(scope="module")
def lists(inputs: ListInputs) -> dict[str, ListMeasurement]:
    return {each.name: each for each in measure_all_lists(inputs, 2)}


def means(measured: ListMeasurement, metric: str) -> dict[str, float]:
    return {name: float(values.mean()) for name, values in measured.values[metric].items()}


def test_each_list_is_measured_as_served_beside_baselines(lists: dict[str, ListMeasurement]) -> None:
    simple = [OURS, "co-counts", "popularity"]
    near = [OURS, "popularity in the category", "content mean", "popularity"]
    assert {name: (list(each.values), list(each.values[each.main])) for name, each in lists.items()} == {
        "similar": (["hit@8", "own category@8", "variants@8"], near),
        "unsold-similar": (["own category@8"], near),
        "bought-together": (["recall@10"], simple),
        "basket": (["recall@10"], simple),
        "known-basket": (["recall@10"], [OURS, "personal frequency", *simple[1:]]),
        "repurchase": (["ndcg@20"], [OURS, "personal frequency", "popularity"]),
    }


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("similar", "own category@8"),
        ("unsold-similar", "own category@8"),
        ("bought-together", "recall@10"),
        ("basket", "recall@10"),
        ("known-basket", "recall@10"),
    ],
)
def test_served_lists_find_nearly_everything(
    lists: dict[str, ListMeasurement], name: str, metric: str
) -> None:
    assert means(lists[name], metric)[OURS] > 0.9


def test_metrics_have_names_for_the_manifest(lists: dict[str, ListMeasurement]) -> None:
    names = {name for each in lists.values() for name in each.metrics()}
    assert {"similar_hit_at_8", "similar_own_category_at_8", "known_basket_recall_at_10"} <= names
    assert all(name.isidentifier() for name in names)


def test_baskets_of_known_shoppers_need_a_split_by_time(inputs: ListInputs) -> None:
    found = measure_orders(replace(inputs, part=replace(inputs.part, kind="order")))
    assert [each and each.name for each in found] == ["bought-together", "basket", None]


def test_counters_have_no_orders_and_no_trips(inputs: ListInputs) -> None:
    part = inputs.part
    counters = replace(part.test, times=np.arange(len(part.test)))
    found = measure_all_lists(replace(inputs, part=replace(part, test=counters, kind="order")), 2)
    assert [(each.name, list(each.values)) for each in found] == [
        ("similar", ["own category@8", "variants@8"]),
        ("unsold-similar", ["own category@8"]),
    ]
