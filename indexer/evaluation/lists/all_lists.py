"""All lists that a snapshot is measured on."""

from indexer.evaluation.lists.inputs import ListInputs
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.evaluation.lists.orders import measure_orders
from indexer.evaluation.lists.shoppers import measure_cold, measure_repurchase
from indexer.evaluation.lists.similar import measure_similar, measure_unsold


def measure_catalog_lists(inputs: ListInputs) -> tuple[ListMeasurement, ...]:
    """Measures the lists for a product or a basket.

    Those with too few cases are left out.
    """
    return tuple(each for each in (measure_similar(inputs), *measure_orders(inputs)) if each)


def measure_all_lists(inputs: ListInputs, minimum_buyers: int) -> tuple[ListMeasurement, ...]:
    """Measures all lists but for-you and buy-again.

    Those with too few cases are left out. Products with fewer than `minimum_buyers` buyers are cold.
    """
    found = (measure_unsold(inputs), measure_cold(inputs, minimum_buyers), measure_repurchase(inputs))
    return (*measure_catalog_lists(inputs), *(each for each in found if each))
