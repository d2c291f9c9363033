"""Measures similar products, and those of products that nobody bought yet."""

from collections.abc import Mapping

import numpy as np

from indexer.evaluation.baselines import Baseline, content_mean, popularity, training_matrix
from indexer.evaluation.lists.baselines import PopularInCategory
from indexer.evaluation.lists.cases import in_category_task, variant_task
from indexer.evaluation.lists.inputs import ListInputs, Measure, compared, hit, recall
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.protocol.list_tasks import next_trip_task
from indexer.protocol.metrics import PerShopper, Rankings
from indexer.protocol.split import are_counters
from indexer.protocol.tasks import Task
from recommender.scenarios.similar import similar

PAGE = 8
"""Length of a list of similar products."""


def measure_similar(inputs: ListInputs) -> ListMeasurement | None:
    """Measures similar products by next trips, categories and variants."""
    codes, max_cases, seed = inputs.categories, inputs.max_cases, inputs.seed
    trips = next_trip_task(inputs.part.test, codes, 0 if are_counters(inputs.part.test) else max_cases, seed)
    everything = np.arange(inputs.products, dtype=np.int32)
    return ListMeasurement.of(
        "similar",
        "what would a shopper take instead of a product?",
        "hit@8: of the products of its category that the shopper bought on the next trip, one is on the list; own"
        " category@8: share of the list, where the category has eight others; variants@8: share of the products"
        " whose titles differ in one word",
        {
            "hit@8": _compared(inputs, trips, hit(PAGE)),
            "own category@8": _own_category(inputs, in_category_task(codes, everything, max_cases, seed)),
            "variants@8": _compared(inputs, variant_task(inputs.titles, max_cases, seed), recall(PAGE)),
        },
    )


def measure_unsold(inputs: ListInputs) -> ListMeasurement | None:
    """Measures the products similar to one without buyers, as in a young shop."""
    unsold = np.flatnonzero(inputs.buyers == 0).astype(np.int32)
    task = in_category_task(inputs.categories, unsold, inputs.max_cases, inputs.seed)
    return ListMeasurement.of(
        "unsold-similar",
        "what is similar to a product that nobody bought yet?",
        f"{len(task):,} products without buyers before the cut whose category has eight others; own category@8: its"
        " share of the list",
        {"own category@8": _own_category(inputs, task)},
    )


def _own_category(inputs: ListInputs, task: Task) -> Mapping[str, PerShopper]:
    """Share of the first eight that are of the product's own leaf category."""
    codes = inputs.categories

    def measure(task: Task, rankings: Rankings) -> PerShopper:
        shown = rankings[:, :PAGE]
        own = (codes[shown] == codes[task.history.indices][:, None]) & (shown >= 0)
        share: PerShopper = own.sum(axis=1) / PAGE
        return share

    return _compared(inputs, task, measure)


def _compared(inputs: ListInputs, task: Task, measure: Measure) -> Mapping[str, PerShopper]:
    x = training_matrix(inputs.train, task.allowed)
    baselines: list[Baseline] = [content_mean(inputs.content, task.history), popularity(x)]
    if (inputs.categories >= 0).any():
        baselines.insert(0, PopularInCategory(inputs.categories, inputs.buyers.astype(np.float32)))
    return compared(task, inputs.of_products(similar), baselines, measure, "similar products")
