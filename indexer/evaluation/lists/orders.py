"""Measures products bought together, and lists that complete a basket."""

import numpy as np

from indexer.evaluation.baselines import Baseline, personal_frequency, popularity, training_matrix
from indexer.evaluation.lists.baselines import CoCounts
from indexer.evaluation.lists.inputs import ListInputs, compared, hit
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.protocol.split import are_counters
from indexer.training.order_tasks import order_tasks
from recommender.arrays import NO_ROWS
from recommender.scenarios.bought_together import bought_together

LENGTH = 10
"""Length of a list."""

_PROTOCOL = "orders after the cut, one product of each hidden; recall@10: the hidden product is on the list"


def measure_orders(inputs: ListInputs) -> tuple[ListMeasurement | None, ...]:
    """Measures products bought together, and baskets of guests and of known shoppers.

    By order, nothing is bought again, which is half of what known shoppers add.
    """
    if are_counters(inputs.part.test):
        return ()
    pairs, baskets = order_tasks(inputs.part.test, inputs.products, inputs.max_cases, inputs.seed)
    returning = np.unique(inputs.train.shoppers) if inputs.part.kind == "time" else NO_ROWS
    known = baskets.for_shoppers(returning)
    metric = hit(LENGTH)
    popular = popularity(training_matrix(inputs.train, pairs.allowed))
    simple: list[Baseline] = [CoCounts.of(inputs.train, inputs.products), popular]
    own = personal_frequency(inputs.train, inputs.products)
    found = (
        (
            "bought-together",
            "what else is in an order with a product?",
            f"{len(pairs):,} {_PROTOCOL}, for one other product",
            compared(pairs, inputs.of_products(bought_together), simple, metric, "bought together"),
        ),
        (
            "basket",
            "what completes a basket?",
            f"{len(baskets):,} {_PROTOCOL}, for the others as the basket of a guest",
            compared(baskets, inputs.of_baskets(known=False), simple, metric, "baskets"),
        ),
        (
            "known-basket",
            "what completes the basket of a known shopper?",
            f"{len(known):,} {_PROTOCOL}, for the others and the purchases before the cut (include_purchased=true)",
            compared(known, inputs.of_baskets(known=True), [own, *simple], metric, "known baskets"),
        ),
    )
    return tuple(
        ListMeasurement.of(name, question, protocol, {"recall@10": values})
        for name, question, protocol, values in found
    )
