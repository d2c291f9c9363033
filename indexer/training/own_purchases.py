"""Own purchases of known shoppers in lists that complete a basket."""

import numpy as np
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.statistics.demand import repeat_rates
from recommender.entities import SECONDS_PER_DAY
from recommender.pages.basket_items import FREQUENCY_HALF_LIFE_DAYS


def own_scores(purchases: Purchases, products: int) -> csr_array:
    """√ρ_i log(1 + f_i) of each shopper's products i, shape (shoppers, products).

    As in `recommender.pages.basket_items.BasketItems`: f_i counts the days on which the shopper bought the product,
    aged from the shopper's latest purchase.
    """
    days = purchases.times // int(SECONDS_PER_DAY)
    latest = np.full(purchases.shopper_count, np.iinfo(np.int64).min)
    np.maximum.at(latest, purchases.shoppers, days)
    pairs = purchases.shoppers.astype(np.int64) * products + purchases.products
    order = np.lexsort((days, pairs))
    is_first = np.append(True, (np.diff(pairs[order]) != 0) | (np.diff(days[order]) != 0))[: len(order)]
    lines = order[is_first]
    shoppers = purchases.shoppers[lines]
    aged = np.power(0.5, (latest[shoppers] - days[lines]) / FREQUENCY_HALF_LIFE_DAYS)
    found = csr_array((aged, (shoppers, purchases.products[lines])), shape=(len(latest), products))
    found.sum_duplicates()
    found.data = np.sqrt(repeat_rates(purchases, products)[found.indices]) * np.log1p(found.data)
    found.data = found.data.astype(np.float32)
    return found
