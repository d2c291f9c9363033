"""Builds, from a catalog in memory to a snapshot on disk."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from adapters.catalog import CatalogUnavailable, Product, Purchase
from adapters.snapshots import SnapshotVolume, open_snapshot
from adapters.telemetry import SilentStages
from indexer.build.pipeline import EmptyCatalog, QualityGateSettings
from indexer.build.quality_gate import QualityGateFailed
from indexer.embedding import Encoder
from indexer.factorization.popularity import MAX_PRODUCTS
from recommender.entities import Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from tests.support.builders.published_snapshots import (
    KEY,
    SMALL_RECIPE,
    START,
    HashingModel,
    ListedCatalog,
    builder,
    publish,
    shop,
)


def opened(folder: Path) -> Snapshot:
    volume = SnapshotVolume(folder / "snapshots")
    return open_snapshot(volume.directory(volume.current()), [KEY])[1]


def recommended_ids(snapshot: Snapshot, catalog: ListedCatalog, user_id: str, limit: int = 10) -> list[str]:
    history = [p for p in catalog.purchase_list if p.user_id == user_id]
    profile = Profile(user_id, tuple(Interaction(p.product_id, p.purchased_at.timestamp()) for p in history))
    corrections = Corrections.of(Overlay(), snapshot)
    answer = for_you(snapshot, corrections, profile, Query(limit), SilentStages())
    return [item.product_id for item in answer.items]


def test_shoppers_get_products_of_their_own_half(tmp_path: Path) -> None:
    catalog = shop()
    manifest = publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    for shopper in range(6):
        numbers = [int(name[1:]) for name in recommended_ids(snapshot, catalog, f"u{shopper}")]
        own = [number for number in numbers if (number >= 30) == bool(shopper % 2)]
        assert len(own) >= 9, f"shopper {shopper}: {numbers}"
    assert manifest.counts.products == 60
    assert manifest.counts.purchases == 320
    assert manifest.counts.shoppers == 40
    assert manifest.data_watermark == START


def test_documents_and_columns_match_their_products(tmp_path: Path) -> None:
    catalog = shop()
    sold_out = msgspec.structs.replace(catalog.product_list[7], in_stock=False)
    catalog.product_list[7] = sold_out
    publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    buyers = {
        p.id: {q.user_id for q in catalog.purchase_list if q.product_id == p.id} for p in catalog.product_list
    }
    for product in catalog.product_list:
        row = snapshot.lookup.row(product.id)
        assert msgspec.json.decode(snapshot.documents.raw(row), type=Product) == product
        assert snapshot.categories.paths[snapshot.columns.category_codes[row]] == product.category
        assert bool(snapshot.columns.in_stock[row]) == product.in_stock
        assert snapshot.columns.buyers[row] == len(buyers[product.id])
    popular = snapshot.columns.popular_rows
    assert np.all(np.diff(snapshot.columns.recent_buyers[popular]) <= 0)


def test_popularity_counts_buyers_of_the_last_days(tmp_path: Path) -> None:
    catalog = shop()
    publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    since = START - timedelta(days=snapshot.parameters.popularity_days)
    for product in catalog.product_list:
        recent = {
            p.user_id for p in catalog.purchase_list if p.product_id == product.id and p.purchased_at > since
        }
        assert snapshot.columns.recent_buyers[snapshot.lookup.row(product.id)] == len(recent)


def guest_orders(*orders: tuple[str, ...], at: datetime = START) -> list[Purchase]:
    """A purchase per product of each order, made by a guest."""
    return [
        Purchase(product_id=product, purchased_at=at, order_id=f"o{number}")
        for number, products in enumerate(orders)
        for product in products
    ]


def test_guests_count_for_popularity_and_complements_and_are_no_shoppers(tmp_path: Path) -> None:
    catalog = shop()
    alone = publish(catalog, tmp_path / "without")
    catalog.purchase_list += guest_orders(*4 * [("p1", "p59")], ("p7",))
    refund = msgspec.structs.replace(catalog.purchase_list[-1], quantity=-1.0)
    catalog.purchase_list.append(refund)
    manifest = publish(catalog, tmp_path / "with")
    before, after = (opened(tmp_path / name) for name in ("without", "with"))
    rows = [after.lookup.row(product) for product in ("p1", "p59", "p7")]
    gained = [
        int(after.columns.buyers[row] - before.columns.buyers[before.lookup.row(product)])
        for row, product in zip(rows, ("p1", "p59", "p7"), strict=True)
    ]
    assert gained == [4, 4, 0]
    assert rows[1] in after.complements.rows[after.complements.places(rows[0])]
    assert (manifest.counts.shoppers, manifest.counts.purchases) == (
        alone.counts.shoppers,
        alone.counts.purchases,
    )
    assert recommended_ids(after, catalog, "u0") == recommended_ids(before, catalog, "u0")


def test_shop_with_guests_only_has_popular_and_complementary_products(tmp_path: Path) -> None:
    catalog = shop(shoppers=0)
    catalog.purchase_list = guest_orders(
        *5 * [("p1", "p2")],
        *2 * [("p3",)],
        *((f"p{number}",) for number in range(10, 20)),
        at=START + timedelta(days=1),
    )
    manifest = publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    popular = [
        msgspec.json.decode(snapshot.documents.raw(row), type=Product).id
        for row in snapshot.columns.popular_rows[:3]
    ]
    assert (sorted(popular[:2]), popular[2]) == (["p1", "p2"], "p3")
    assert manifest.counts.complements == 2
    assert (manifest.counts.shoppers, manifest.data_watermark) == (0, START + timedelta(days=1))


def test_purchase_in_the_future_does_not_age_other_purchases(tmp_path: Path) -> None:
    catalog = shop()
    mistyped = msgspec.structs.replace(catalog.purchase_list[0], purchased_at=START + timedelta(days=30_000))
    catalog.purchase_list[0] = mistyped
    publish(catalog, tmp_path, clock=lambda: START)
    snapshot = opened(tmp_path)
    assert (snapshot.columns.recent_buyers > 0).sum() > 40


def test_deleted_products_are_dropped_and_textless_ones_kept(tmp_path: Path) -> None:
    catalog = shop()
    catalog.product_list += [
        Product(id="B000-17", title="B000-17", updated_at=START),
        Product(id="red", title="Red cup", updated_at=START),
        Product(id="blue", title="Cup, blue", updated_at=START),
        Product(id="deleted", title="Bakery thing", updated_at=START, deleted_at=START),
        msgspec.structs.replace(catalog.product_list[0], title="Changed while the feed was read"),
    ]
    stray = msgspec.structs.replace(catalog.purchase_list[0], id="stray", product_id="deleted")
    catalog.purchase_list.append(stray)
    manifest = publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    assert manifest.counts.products == 63
    assert manifest.counts.purchases == 320
    assert snapshot.lookup.row("deleted") == -1
    row = snapshot.lookup.row("B000-17")
    assert row >= snapshot.indexed
    assert snapshot.columns.variant_groups[row] == snapshot.columns.models[row] == -1
    colors = snapshot.lookup.find(["red", "blue"])
    assert len(set(snapshot.columns.variant_groups[colors].tolist())) == 2
    (model,) = set(snapshot.columns.models[colors].tolist())
    assert (snapshot.columns.models == model).sum() == 2
    assert b"Changed while" in snapshot.documents.raw(snapshot.lookup.row("p0"))


def test_popularity_of_a_large_shop_is_a_served_dimension(tmp_path: Path) -> None:
    catalog = shop(products=MAX_PRODUCTS + 1, shoppers=20)
    recipe = dataclasses.replace(SMALL_RECIPE, minimum_buyers=0, popularity_weight=0.5)
    manifest = publish(catalog, tmp_path, recipe=recipe)
    snapshot = opened(tmp_path)
    assert manifest.serving["popularity_dimensions"] == snapshot.parameters.popularity_dimensions == 1
    shares = snapshot.columns.buyers[: snapshot.warm] / 20
    assert snapshot.item_vectors[: snapshot.warm, -1] == pytest.approx(0.5 * shares)
    assert (snapshot.query_vectors[:, -1] == 1).all()


def test_product_deleted_during_reading_is_dropped(tmp_path: Path) -> None:
    catalog = shop()
    catalog.product_list.append(msgspec.structs.replace(catalog.product_list[3], deleted_at=START))
    assert publish(catalog, tmp_path).counts.products == 59
    snapshot = opened(tmp_path)
    assert snapshot.lookup.row("p3") == -1
    assert b"thing 4" in snapshot.documents.raw(snapshot.lookup.row("p4"))


def test_new_products_are_recommended_by_their_text(tmp_path: Path) -> None:
    catalog = shop()
    catalog.product_list.append(
        Product(id="fresh", title="Garden thing", updated_at=START, category="Garden > Shelf 1")
    )
    manifest = publish(catalog, tmp_path)
    snapshot = opened(tmp_path)
    assert manifest.counts.cold >= 1
    assert snapshot.warm <= snapshot.lookup.row("fresh") < snapshot.indexed
    shown = [recommended_ids(snapshot, catalog, f"u{shopper}", limit=20) for shopper in range(40)]
    by_half = [sum("fresh" in names for names in shown[half::2]) for half in (0, 1)]
    assert by_half[1] > by_half[0]


def test_catalog_without_purchases_is_served(tmp_path: Path) -> None:
    catalog = shop()
    manifest = publish(ListedCatalog(catalog.product_list), tmp_path)
    assert manifest.counts.indexed == 0
    assert manifest.data_watermark is None
    assert len(recommended_ids(opened(tmp_path), catalog, "u1", limit=5)) == 5


def test_purchases_suffice_without_any_text(tmp_path: Path) -> None:
    catalog = shop()
    catalog.product_list = [Product(id=p.id, title=p.id, updated_at=START) for p in catalog.product_list]
    publish(catalog, tmp_path)
    numbers = [int(name[1:]) for name in recommended_ids(opened(tmp_path), catalog, "u1")]
    assert sum(number >= 30 for number in numbers) >= 9


def test_empty_catalog_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(EmptyCatalog, match="has no products"):
        publish(ListedCatalog(), tmp_path)
    assert SnapshotVolume(tmp_path / "snapshots").versions() == []


def test_index_that_pages_lose_too_much_to_is_not_published(tmp_path: Path) -> None:
    live = publish(shop(), tmp_path)
    out_of_reach = QualityGateSettings(min_shoppers=None, max_loss=-0.01)
    with pytest.raises(QualityGateFailed, match=r"lose 0\.\d\d% .* \(maximum -1\.00%\)"):
        publish(shop(seed=2), tmp_path, quality_gate=out_of_reach)
    assert SnapshotVolume(tmp_path / "snapshots").versions() == [live.version]


def test_feed_that_stops_early_keeps_the_live_snapshot(tmp_path: Path) -> None:
    live = publish(shop(), tmp_path)
    with pytest.raises(QualityGateFailed, match="it has 0 purchases, less than half of the live snapshot's"):
        publish(ListedCatalog(shop().product_list), tmp_path)
    assert SnapshotVolume(tmp_path / "snapshots").versions() == [live.version]


def test_failing_catalog_keeps_the_live_snapshot(tmp_path: Path) -> None:
    live = publish(shop(), tmp_path)

    @dataclasses.dataclass
    class Failing(ListedCatalog):
        async def purchases(self, since: datetime | None = None) -> AsyncIterator[list]:
            async for page in super().purchases(since):
                yield page[:100]
            raise CatalogUnavailable("gone")

    catalog = shop()
    with pytest.raises(CatalogUnavailable):
        publish(Failing(catalog.product_list, catalog.purchase_list), tmp_path)
    assert SnapshotVolume(tmp_path / "snapshots").current() == live.version


def test_second_build_embeds_changed_texts_only(tmp_path: Path) -> None:
    seen: list[str] = []

    class Watched(HashingModel):
        def encode(self, texts: list[str], **options: object) -> np.ndarray:
            seen.extend(texts)
            return super().encode(texts, **options)

    catalog = shop()
    encoder = Encoder("hashing", "1", 16, Watched())
    first = publish(catalog, tmp_path, load_encoder=lambda: encoder)
    assert len(seen) == 60
    seen.clear()
    changed = msgspec.structs.replace(catalog.product_list[5], title="Quite another title")
    catalog.product_list[5] = changed
    second = publish(catalog, tmp_path, load_encoder=lambda: encoder)
    assert [text.split(";")[0] for text in seen] == ["quite another title"]
    assert SnapshotVolume(tmp_path / "snapshots").versions() == [first.version, second.version]


def test_read_time_precedes_changes_during_a_build(tmp_path: Path) -> None:
    started = datetime.now(UTC)
    manifest = asyncio.run(builder(shop(), tmp_path).build())
    assert started <= manifest.catalog_read_at <= manifest.created


def test_order_of_the_product_feed_does_not_matter(tmp_path: Path) -> None:
    catalog = shop()
    publish(catalog, tmp_path / "before")
    catalog.product_list = catalog.product_list[30:] + catalog.product_list[:30]
    publish(catalog, tmp_path / "after")
    before, after = (opened(tmp_path / name) for name in ("before", "after"))
    assert list(map(before.product_id, range(60))) == list(map(after.product_id, range(60)))
    np.testing.assert_allclose(before.item_vectors, after.item_vectors, atol=1e-5)
