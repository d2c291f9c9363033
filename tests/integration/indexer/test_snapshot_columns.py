"""Columns, lists and complements of a built snapshot."""

import asyncio
import dataclasses
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from adapters.catalog import Purchase
from adapters.snapshots import SnapshotVolume, open_snapshot
from indexer.factorization import Purchases
from indexer.protocol.split import restrict_to_products, split_purchases
from indexer.statistics.bought_together import ComplementOrder, bought_together
from recommender.snapshot import Snapshot
from recommender.snapshot.tables import Complements
from tests.support.builders.published_snapshots import (
    KEY,
    START,
    ListedCatalog,
    builder,
    publish,
    read,
    shop,
)


def purchase(shopper: int, product: int, day: int, order: str | None = None) -> Purchase:
    """A purchase at noon, `day` days after the other purchases."""
    at = START + timedelta(days=day, hours=12)
    return Purchase(user_id=f"u{shopper}", product_id=f"p{product}", purchased_at=at, order_id=order)


def described() -> ListedCatalog:
    """A shop with gaps in its product data, joint orders and repeated purchases.

    Every third product lacks brand, price and age. p1 and p31 share orders, and p2 is bought repeatedly.
    """
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(
            product,
            brand=None if number % 3 == 0 else ("Acme", " ACME", "Zest")[number % 3],
            price=None if number % 3 == 0 else product.price,
            created_at=None if number % 3 == 0 else START - timedelta(days=number),
        )
        for number, product in enumerate(catalog.product_list)
    ]
    for shopper in range(9):
        catalog.purchase_list += [
            purchase(shopper, product, 1 + 3 * place, f"o{shopper}")
            for place, product in enumerate((1, 31, 31))
        ]
        catalog.purchase_list += [purchase(shopper, 2, day) for day in (2, 8, 14)]
    return catalog


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("columns")
    manifest = publish(described(), folder)
    opened = open_snapshot(SnapshotVolume(folder / "snapshots").directory(manifest.version), [KEY])
    assert (opened[0].counts.brands, opened[0].counts.complements) == (
        2,
        len(opened[1].complements.rows),
    )
    return opened[1]


def test_brands_prices_and_ages_match_their_products(snapshot: Snapshot) -> None:
    columns = snapshot.columns
    for number in range(60):
        row = snapshot.lookup.row(f"p{number}")
        if number % 3 == 0:
            assert columns.brand_codes[row] == -1
            assert np.isnan(columns.prices[row])
            assert np.isnan(columns.created_at[row])
        else:
            assert columns.brand_codes[row] == snapshot.brands.code("acme" if number % 3 == 1 else "zest")
            assert columns.prices[row] == number
            assert columns.created_at[row] == (START - timedelta(days=number)).timestamp()
    assert snapshot.brands.code("Acme") == 0
    assert snapshot.brands.code("nobody") == snapshot.brands.code("") == snapshot.brands.code(None) == -1


def test_new_products_are_listed_newest_first(snapshot: Snapshot) -> None:
    numbers = [int(snapshot.product_id(int(row))[1:]) for row in snapshot.columns.new_rows]
    assert numbers == [number for number in range(60) if number % 3]


def test_trending_products_are_listed_best_first(snapshot: Snapshot) -> None:
    columns = snapshot.columns
    assert {snapshot.product_id(int(row)) for row in columns.trending_rows} == {"p1", "p2", "p31"}
    assert (np.diff(columns.trending[columns.trending_rows]) <= 0).all()
    assert (columns.trending[columns.trending_rows] > 1).all()


def test_usual_intervals_and_complements_match_their_products(snapshot: Snapshot) -> None:
    first, second, again = (snapshot.lookup.row(name) for name in ("p1", "p31", "p2"))
    assert snapshot.columns.usual_interval_days[again] == 6
    assert snapshot.columns.repeat_rates[again] > 2 * snapshot.columns.repeat_rates[first] > 0
    for row, other in ((first, second), (second, first)):
        places = snapshot.complements.places(row)
        assert snapshot.complements.rows[places].tolist()[0] == other
        assert snapshot.complements.buyers[places].tolist()[0] == 9
        assert snapshot.complements.scores[places].tolist()[0] > 0


def test_orders_follow_their_purchases() -> None:
    products, purchases = read(described())
    assert purchases.orders is not None
    assert len(np.unique(purchases.orders)) == 10
    before = split_purchases(purchases, "time", 0.9).train
    assert before.orders is not None
    assert len(before.orders) == len(before)
    rows = np.array([products.row_of["p1"], products.row_of["p31"]])
    only = restrict_to_products(purchases, rows)
    assert only.orders is not None
    assert (only.orders != 0).sum() == 27


def test_complements_are_in_the_chosen_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[ComplementOrder] = []

    def recorded(purchases: Purchases, count: int, *, order: ComplementOrder) -> Complements:
        used.append(order)
        return bought_together(purchases, count, order=order)

    monkeypatch.setattr("indexer.snapshots.assembly.bought_together", recorded)
    catalog = described()
    products, purchases = read(catalog)
    one, other = products.row_of["p1"], products.row_of["p31"]
    for order in ((5.0, 0.5), (20.0, 0.25)):
        prepared = builder(catalog, tmp_path)
        config = dataclasses.replace(prepared.config, dropped_rules=(), complement_order=order)
        manifest = asyncio.run(dataclasses.replace(prepared, config=config).build(force=True))
        assert used[-1] == order
        folder = SnapshotVolume(tmp_path / "snapshots").directory(manifest.version)
        found = open_snapshot(folder, [KEY])[1]
        expected = bought_together(purchases, len(products), order=order)
        place = int(expected.indptr[one])
        assert expected.rows[place] == other
        served = found.complements.places(found.lookup.row("p1")).start
        assert found.complements.scores[served] == expected.scores[place]
