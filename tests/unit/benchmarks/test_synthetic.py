"""The made-up shop of the benchmarks is what its description says."""

import numpy as np
import pytest

from benchmarks.synthetic import DIMS, Shop, content_of, purchase_log

SHOP = Shop(600, 30_000, shoppers=1_000, texts=200, tastes=6, certain_buyers=2)


def test_every_product_has_its_certain_buyers() -> None:
    bare = purchase_log(
        Shop(600, 1_200, shoppers=1_000, texts=200, tastes=6, certain_buyers=2), lambda _: None
    )
    pairs = set(zip(bare.shoppers.tolist(), bare.products.tolist(), strict=True))
    assert np.bincount([product for _, product in pairs], minlength=600).tolist() == [2] * 600


def test_the_log_has_the_asked_size_and_the_same_seed_makes_the_same() -> None:
    told: list[int] = []
    one, other = purchase_log(SHOP, told.append), purchase_log(SHOP, lambda _: None)
    assert len(one) == 30_000
    assert sum(told) == 30_000
    assert 0 <= one.shoppers.min() <= one.shoppers.max() < 1_000
    assert 0 <= one.products.min() <= one.products.max() < 600
    np.testing.assert_array_equal(one.products, other.products)


def test_sales_fall_with_the_rank_as_described() -> None:
    log = purchase_log(SHOP, lambda _: None)
    sales = np.sort(np.bincount(log.products[1_200:], minlength=600))[::-1]  # after the certain buyers
    expected = 1 / (np.arange(600) + 10)
    expected *= 28_800 / expected.sum()
    assert sales[:60].sum() == pytest.approx(expected[:60].sum(), rel=0.1)
    assert sales[-300:].sum() == pytest.approx(expected[-300:].sum(), rel=0.1)


def test_shoppers_keep_to_three_tastes() -> None:
    log, tastes = purchase_log(SHOP, lambda _: None), SHOP.taste_of()
    by_taste = np.zeros((1_000, 6))
    np.add.at(by_taste, (log.shoppers, tastes[log.products]), 1)
    active = by_taste[by_taste.sum(axis=1) >= 30]
    top_three = np.sort(active, axis=1)[:, -3:].sum() / active.sum()
    assert top_three > 0.8  # of six: without tastes it would be little over a half


def test_texts_of_one_taste_are_alike() -> None:
    content, tastes = content_of(SHOP, lambda _: None), SHOP.taste_of()
    assert content.vectors.shape == (201, DIMS)
    assert (np.diff(content.text_of) >= 0).all()
    cosines = content.of_products(np.arange(600)) @ content.of_products(np.arange(600)).T
    same = tastes[:, None] == tastes
    assert cosines[same].mean() > cosines[~same].mean() + 0.3


def test_too_few_purchases_for_the_certain_buyers_are_refused() -> None:
    with pytest.raises(ValueError, match="2 buyers of each product"):
        purchase_log(Shop(10, 19, shoppers=5, texts=10, tastes=2, certain_buyers=2), lambda _: None)
