"""Served snapshots answer like the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.catalog import Product
from adapters.snapshots import SnapshotError, open_snapshot
from adapters.snapshots.manifest import EmbeddingModel
from adapters.telemetry import SilentStages
from indexer.evaluation.served import ServedSnapshot, serve_snapshot
from indexer.factorization import Recipe
from indexer.protocol.metrics import TOP
from indexer.protocol.split import split_purchases
from indexer.protocol.tasks import Task, discovery, repurchase
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.training.train import TrainedModel, TrainingConfig, train
from recommender.entities import Filters, Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from tests.support.builders.evaluations.evaluation_tasks import no_progress
from tests.support.builders.published_snapshots import (
    KEY,
    SERVING,
    START,
    ListedCatalog,
    content_of,
    now,
    read,
    shop,
)
from tests.support.builders.purchases import recorded_purchase

CONFIG = TrainingConfig(Recipe(neighbours=8, rank=4, minimum_buyers=1, trend_exponent=0.7), 90.0)


def trending_shop() -> ListedCatalog:
    """A shop with trending products and without categories, which would diversify pages."""
    catalog = shop(products=60, shoppers=60)
    catalog.product_list = [
        Product(id=product.id, title=product.title, updated_at=START) for product in catalog.product_list
    ]
    for number in range(40):
        at = START + timedelta(hours=number)
        product = f"p{number % 5 * 7}"
        catalog.purchase_list.append(recorded_purchase(f"late-{number}", f"u{number}", product, at))
    return catalog


CATALOG = trending_shop()
PRODUCTS, PURCHASES = read(CATALOG)
IDS = list(PRODUCTS.row_of)
PART = split_purchases(PURCHASES, "time", 0.8)


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return train(PART.train, content_of(PRODUCTS), CONFIG)


@contextmanager
def opened(trained: TrainedModel) -> Iterator[ServedSnapshot]:
    assembler = Assembler(KEY, SERVING, SilentStages(), now)
    inputs = SnapshotInputs(PRODUCTS, PART.train, trained, EmbeddingModel("hashing", "1", 16), now(), {})
    with serve_snapshot(assembler, inputs) as ours:
        yield ours


@pytest.fixture(scope="module")
def ours(trained: TrainedModel) -> Iterator[ServedSnapshot]:
    with opened(trained) as found:
        yield found


def profile_of(shopper: int) -> Profile:
    own = np.flatnonzero(PART.train.shoppers == shopper)
    return Profile(
        "",
        tuple(Interaction(IDS[PART.train.products[line]], float(PART.train.times[line])) for line in own),
    )


ALLOWED = np.array([row % 6 != 0 for row in range(len(PRODUCTS))])


@pytest.mark.parametrize("task", [discovery(PART, ALLOWED), repurchase(PART, ALLOWED)], ids=lambda t: t.name)
def test_rankings_equal_the_pages_of_the_pipeline(ours: ServedSnapshot, task: Task) -> None:
    advanced: list[int] = []
    rankings = ours.rank(task, advanced.append)
    assert advanced == [1] * len(task)
    assert rankings.shape == (len(task), TOP)
    excluded = frozenset(IDS[row] for row in np.flatnonzero(~ALLOWED))
    query = Query(TOP, Filters(exclude=excluded), include_purchased=task.include_purchased)
    corrections = Corrections.of(Overlay(), ours.snapshot)
    for answer, shopper in zip(rankings.tolist(), task.shoppers.tolist(), strict=True):
        profile = profile_of(shopper)
        assert profile.interactions
        page = for_you(ours.snapshot, corrections, profile, query, SilentStages()).items
        rows = [IDS.index(item.product_id) for item in page]
        assert answer == rows + [-1] * (TOP - len(rows))
        own = {IDS.index(interaction.product_id) for interaction in profile.interactions}
        assert all(ALLOWED[rows])
        if task.include_purchased:
            assert own & set(rows) == {row for row in own if ALLOWED[row]}
        else:
            assert not own & set(rows)


def test_short_pages_are_padded_with_minus_one(ours: ServedSnapshot) -> None:
    few = np.array([row < 7 for row in range(len(PRODUCTS))])
    task = discovery(PART, few)
    rankings = ours.rank(task, no_progress)
    assert (rankings[:, 7:] == -1).all()
    assert (rankings[:, 0] >= 0).any()


def test_sample_of_a_task_gets_the_same_rankings(ours: ServedSnapshot) -> None:
    task = discovery(PART, ALLOWED)
    whole, some = ours.rank(task, no_progress), task.sample(5, seed=2)
    places = np.searchsorted(task.shoppers, some.shoppers)
    np.testing.assert_array_equal(ours.rank(some, no_progress), whole[places])


def test_snapshot_is_served_with_the_trained_half_life_and_trend(
    ours: ServedSnapshot, trained: TrainedModel
) -> None:
    assert ours.snapshot.parameters.half_life_days == 90.0
    np.testing.assert_array_equal(ours.snapshot.trend, trained.factors.trend)
    assert trained.factors.trend.std() > 0.05


def test_exact_scores_are_those_of_the_weights(ours: ServedSnapshot, trained: TrainedModel) -> None:
    task = discovery(PART, np.ones(len(PRODUCTS), dtype=np.bool_))
    exact = ours.with_exact_scores().rank(task, no_progress)
    factors = trained.factors
    weights = factors.weights.toarray() * factors.trend
    row_of = {product: row for row, product in enumerate(factors.order.tolist())}
    for answer, shopper in zip(exact.tolist(), task.shoppers.tolist(), strict=True):
        lines = np.flatnonzero(PART.train.shoppers == shopper)
        times, products = PART.train.times[lines], PART.train.products[lines]
        latest = {int(p): int(times[products == p].max()) for p in products}
        recency = np.zeros(len(weights))
        for product, at in latest.items():
            recency[row_of[product]] = 0.5 ** ((times.max() - at) / 86_400 / 90)
        scores = recency / np.sqrt(recency.sum()) @ weights
        scores[[row_of[product] for product in latest]] = 0
        best = [row for row in np.argsort(-scores, kind="stable")[:TOP] if scores[row] > 1e-5 * scores.max()]
        assert len(best) > 10
        expected = scores[best]
        found = scores[[row_of[product] for product in answer[: len(best)]]]
        np.testing.assert_allclose(found, expected, rtol=1e-4)  # products with equal scores may change places
    assert (exact != ours.rank(task, no_progress)).any()  # an index of rank 4 is not exact


def test_temporary_snapshot_has_its_own_key_and_is_removed(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with opened(trained) as found:
        assert found.manifest.counts.products == len(PRODUCTS)
        assert found.manifest.metrics.keys() == {"ann_recall_at_20", "page_loss"}
        (written,) = tmp_path.glob("*/.building")
        with pytest.raises(SnapshotError):
            open_snapshot(written, [KEY])
    assert list(tmp_path.iterdir()) == []
