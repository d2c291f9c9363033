import numpy as np

from benchmarks.synthetic import Shop, content_of, purchase_log

SHOP = Shop(600, 30_000, shoppers=1_000, texts=200, tastes=6, certain_buyers=2)


def test_purchases_are_reproducible_and_within_the_shop() -> None:
    log, again = purchase_log(SHOP, lambda _: None), purchase_log(SHOP, lambda _: None)
    assert len(log) == 30_000
    assert 0 <= log.shoppers.min() <= log.shoppers.max() < 1_000
    assert np.bincount(log.products, minlength=600).min() >= 2, "every product has its certain buyers"
    np.testing.assert_array_equal(log.products, again.products)


def test_shoppers_and_texts_follow_tastes() -> None:
    log, tastes = purchase_log(SHOP, lambda _: None), SHOP.taste_of()
    by_taste = np.zeros((1_000, 6))
    np.add.at(by_taste, (log.shoppers, tastes[log.products]), 1)
    active = by_taste[by_taste.sum(axis=1) >= 30]
    assert np.sort(active, axis=1)[:, -3:].sum() / active.sum() > 0.8
    vectors = content_of(SHOP, lambda _: None).of_products(np.arange(600))
    cosines, same = vectors @ vectors.T, tastes[:, None] == tastes
    assert cosines[same].mean() > cosines[~same].mean() + 0.3
