"""The whole evaluation protocol on a small shop."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from adapters.snapshots.manifest import EmbeddingModel
from indexer.evaluation.dataset import EvaluationData, EvaluationOptions, InsufficientData
from indexer.evaluation.report import Report, TaskReport, best_alternative
from indexer.evaluation.run import Evaluation
from indexer.factorization import Browsing, Recipe
from indexer.snapshots.assembly import Assembler
from indexer.training.train import TrainingConfig
from tests.support.builders.published_snapshots import KEY, SERVING, STAGES, hashing_encoder, now, read, shop
from tests.support.builders.shops.seasonal_purchases import seasonal_purchases

MINIMUM_BUYERS = 9
CONFIG = TrainingConfig(Recipe(neighbours=20, rank=16, minimum_buyers=MINIMUM_BUYERS, ridge=6.0))


@cache
def data() -> EvaluationData:
    products, purchases = read(shop(products=100, shoppers=150))
    model = hashing_encoder()
    embeddings = model.encode(list(products.texts))
    return EvaluationData("shop", products, purchases, embeddings, EmbeddingModel("hashing", "1", 16))


def evaluation(
    changed: EvaluationData | None = None,
    options: EvaluationOptions | None = None,
    config: TrainingConfig = CONFIG,
) -> Evaluation:
    assembler = Assembler(KEY, SERVING, STAGES, now)
    return Evaluation(changed or data(), options or EvaluationOptions(), config, assembler, now, "1.2.3")


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluation().run()


def task(report: Report, name: str) -> TaskReport:
    (found,) = (task for task in report.tasks if task.name == name)
    return found


def test_report_compares_all_recommenders(report: Report) -> None:
    discovery = task(report, "discovery")
    assert [row.name for row in discovery.rows] == [
        "ours, as served",
        "EASE",
        "item-kNN",
        "ALS",
        "BPR",
        "recent popularity",
        "popularity",
        "content mean",
    ]
    best = best_alternative(discovery)
    assert best is not None
    assert set(discovery.rows[0].ratio_to) == {"EASE", "item-kNN", "popularity", best.name}
    assert [row.name for row in task(report, "repurchase").rows][:2] == [
        "ours, as served",
        "personal frequency",
    ]
    assert discovery.products == report.split.products < 100
    assert report.split.training_purchases + report.split.test_purchases <= report.data.purchases


def test_served_model_beats_popularity_for_two_kinds_of_shoppers(report: Report) -> None:
    rows = {row.name: row.ndcg_at_20.mean for row in task(report, "discovery").rows}
    ours, popularity = rows["ours, as served"], rows["popularity"]
    assert ours is not None
    assert popularity is not None
    assert ours > 1.2 * popularity


def test_cold_products_are_evaluated_alone_and_among_all(report: Report) -> None:
    cold = task(report, "cold")
    assert cold.headline == "recall_at_20"
    assert cold.products == 100 - report.split.products
    assert [row.name for row in cold.rows] == ["ours, as served", "content mean"]
    assert report.cold is not None
    assert report.cold.recall_among_all is not None
    assert report.cold.recall_among_cold is not None
    assert 0 <= report.cold.recall_among_all <= report.cold.recall_among_cold <= 1


def test_lists_of_products_are_reported(report: Report) -> None:
    lists = {each.name: each for each in report.lists}
    assert lists["similar"].rows[0].name == "ours, as served"
    assert "popularity in the category" in lists["similar"].ratio_to


def test_loss_of_a_small_index_is_small(report: Report) -> None:
    assert report.index is not None
    assert report.index.loss is not None
    assert abs(report.index.loss.mean or 0) < 0.1


def test_model_is_evaluated_with_and_without_views_and_carts() -> None:
    purchases = data().purchases
    browsing = Browsing(
        purchases.shoppers,
        purchases.products,
        purchases.times - 60,
        np.zeros(len(purchases), dtype=np.bool_),
    )
    browsed = replace(data(), browsing=browsing)
    alone = EvaluationOptions(with_baselines=False, kind="time", max_shoppers=40)
    recipe = replace(CONFIG.recipe, trend_exponent=0.0, text_weight=0.4)
    fixed = TrainingConfig(recipe, half_life_days=180.0)  # nothing to choose on windows
    without = task(evaluation(browsed, alone, fixed).run(), "discovery")
    assert [row.name for row in without.rows] == ["ours, as served", "ours, with views and carts"]
    assert without.notes[0].startswith("Views and carts ")
    used = replace(fixed, recipe=replace(recipe, browsing_weight=0.3))
    with_them = task(evaluation(browsed, alone, used).run(), "discovery")
    assert [row.name for row in with_them.rows] == ["ours, as served", "ours, without views and carts"]
    assert with_them.rows[0].ndcg_at_20 == without.rows[1].ndcg_at_20
    by_order = task(evaluation(browsed, replace(alone, kind="order"), fixed).run(), "discovery")
    assert by_order.notes == ("Views and carts can only be evaluated with a split by time.",)


def test_too_few_shoppers_are_reported() -> None:
    products, purchases = read(shop(products=20, shoppers=10))
    few = replace(data(), products=products, purchases=purchases)
    with pytest.raises(InsufficientData, match="30 are needed"):
        evaluation(few).run()


def test_parameters_are_chosen_again_for_the_split_by_time() -> None:
    """Training by order has later purchases, which choose other parameters."""
    purchases = seasonal_purchases()
    dates = replace(data(), purchases=replace(purchases, times=purchases.times // 86_400 * 86_400))
    alone = EvaluationOptions(with_baselines=False)
    config = TrainingConfig(Recipe(neighbours=20, rank=8))
    by_order, by_time = (
        evaluation(dates, options, config).run() for options in (alone, replace(alone, kind="time"))
    )
    assert (by_order.split.kind, by_time.split.kind) == ("order", "time")
    assert by_order.choices != by_time.choices
    assert task(by_order, "repurchase") == task(by_time, "repurchase")


def test_repurchase_and_orders_are_measured_by_time_with_bare_dates() -> None:
    purchases = data().purchases
    month = 30 * 86_400
    dates = replace(data(), purchases=replace(purchases, times=purchases.times // month * month, orders=None))
    alone = EvaluationOptions(with_baselines=False, max_shoppers=200)
    fixed = TrainingConfig(replace(CONFIG.recipe, trend_exponent=0.0, text_weight=0.4), half_life_days=180.0)
    by_date = evaluation(dates, alone, fixed).run()
    assert by_date.split.kind == "order"
    cut = np.sort(dates.purchases.times)[int(len(purchases) * 0.8)].astype("datetime64[s]")
    assert task(by_date, "repurchase").notes == (f"Split by time, from {cut.astype('datetime64[D]')}.",)
    assert "known-basket" in {each.name for each in by_date.lists}
    counters = replace(data(), purchases=replace(purchases, times=np.argsort(np.argsort(purchases.times))))
    by_order = evaluation(counters, alone, fixed).run()
    assert [task.name for task in by_order.tasks if task.name == "repurchase"] == []
    assert by_order.notes == ("Repurchase is not measurable: the purchases have no dates.",)
