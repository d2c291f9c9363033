"""Shops with few purchases, where products find each other by category and text."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.catalog import Product
from adapters.snapshots import SnapshotVolume, open_snapshot
from recommender.entities import Query
from recommender.scenarios.similar import similar
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from tests.support.builders.published_snapshots import KEY, STAGES, ListedCatalog, publish
from tests.support.builders.purchases import recorded_purchase

TITLES = {
    "pasta": [f"durum wheat pasta {shape}" for shape in ("spaghetti", "penne", "fusilli", "lasagne", "orzo")],
    "drill": [f"electric power drill {use}" for use in ("cordless", "impact", "rotary", "bench", "SDS")],
}
START = datetime(2024, 3, 1, tzinfo=UTC)


def catalog(unsold: int = 0) -> ListedCatalog:
    """Thirty shoppers who buy pasta, five of them a drill, too.

    `unsold` products of each kind have a category and plain titles, and nobody bought them.
    """
    found = ListedCatalog()
    for kind, titles in TITLES.items():
        category = f"Shop > {kind}" if unsold else None
        names = [*titles, *(f"Article {kind[0]}{number} of the range" for number in range(unsold))]
        found.product_list += [
            Product(id=f"{kind}{number}", title=title, updated_at=START, category=category)
            for number, title in enumerate(names)
        ]
    for shopper in range(30):
        bought = [f"pasta{(shopper + step) % 5}" for step in range(3)] + ["drill0"] * (shopper < 5)
        for day, product_id in enumerate(bought):
            at = START + timedelta(days=day)
            purchase = recorded_purchase(f"{shopper}-{day}", f"u{shopper}", product_id, at)
            found.purchase_list.append(purchase)
    return found


def own_kind(snapshot: Snapshot, product_id: str, count: int) -> float:
    """Share of the first similar products that are of the product's own kind."""
    row, unchanged = snapshot.lookup.row(product_id), Corrections.of(Overlay(), snapshot)
    found = similar(snapshot, unchanged, row, Query(count), STAGES).items
    return sum(item.product_id[:5] == product_id[:5] for item in found) / count


@pytest.mark.parametrize(("unsold", "places"), [(0, 4), (50, 5)])
def test_similar_products_are_of_the_own_kind(tmp_path: Path, unsold: int, places: int) -> None:
    shop = catalog(unsold)
    publish(shop, tmp_path)
    volume = SnapshotVolume(tmp_path / "snapshots")
    snapshot = open_snapshot(volume.directory(volume.current()), [KEY])[1]
    shares = {one.id: own_kind(snapshot, one.id, places) for one in shop.product_list}
    for kind in TITLES:
        own = [share for product_id, share in shares.items() if product_id.startswith(kind)]
        assert sum(own) / len(own) >= 0.8, shares
