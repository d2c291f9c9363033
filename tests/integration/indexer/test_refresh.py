"""Refreshes of the live snapshot with new, changed and removed products."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from adapters.catalog import Product
from adapters.snapshots import (
    BuildHistory,
    Manifest,
    SnapshotLocked,
    SnapshotVolume,
    map_arrays,
    open_snapshot,
)
from adapters.snapshots.layout import ADDED, ARRAYS
from adapters.snapshots.writer import write_manifest
from indexer.__main__ import main
from indexer.build.quality_gate import QualityGateFailed
from indexer.build.refresh.pipeline import refreshed_versions
from indexer.snapshots import search
from recommender.entities import Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.scenarios.similar import similar
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from tests.support.builders.published_snapshots import (
    KEY,
    SMALL_RECIPE,
    STAGES,
    ListedCatalog,
    publish,
    refresh,
    shop,
)

AT = datetime(2026, 2, 1, tzinfo=UTC)


def change(catalog: ListedCatalog, product_id: str, **changes: Any) -> None:
    place = next(place for place, one in enumerate(catalog.product_list) if one.id == product_id)
    changed = msgspec.structs.replace(catalog.product_list[place], updated_at=datetime.now(UTC), **changes)
    catalog.product_list[place] = changed


def add(catalog: ListedCatalog, product_id: str, **fields: Any) -> None:
    catalog.product_list.append(Product(id=product_id, updated_at=datetime.now(UTC), **fields))


def opened(folder: Path, manifest: Manifest | None) -> tuple[Snapshot, dict[str, Any]]:
    assert manifest is not None
    directory = SnapshotVolume(folder / "snapshots").directory(manifest.version)
    return open_snapshot(directory, [KEY])[1], map_arrays(directory, manifest)


def similar_ids(snapshot: Snapshot, product_id: str) -> list[str]:
    row, unchanged = snapshot.lookup.row(product_id), Corrections.of(Overlay(), snapshot)
    return [item.product_id for item in similar(snapshot, unchanged, row, Query(8), STAGES).items]


@pytest.fixture
def catalog() -> ListedCatalog:
    """A shop with texts that tell its halves apart, and products that nobody bought."""
    found = shop()
    for number in (60, 61):
        found.product_list.append(
            Product(id=f"p{number}", title=f"Garden thing {number}", category="Garden", updated_at=AT)
        )
    return found


def test_refresh_places_new_products_and_keeps_learned_data(tmp_path: Path, catalog: ListedCatalog) -> None:
    built = publish(catalog, tmp_path)
    before, old = opened(tmp_path, built)
    add(catalog, "new", title="Garden thing", category="Garden > Shelf 0", price=3.0)
    add(catalog, "dated", title="Bakery thing", created_at=AT)
    change(catalog, "p3", deleted_at=datetime.now(UTC))
    change(catalog, "p61", title="Bakery thing 7", category="Bakery")
    change(catalog, "p4", title="Another name", price=99.0)
    refreshed = refresh(catalog, tmp_path)
    after, new = opened(tmp_path, refreshed)
    assert refreshed is not None
    assert refreshed.refresh_of == built.version
    assert SnapshotVolume(tmp_path / "snapshots").current() == refreshed.version
    assert refreshed.recipe == built.recipe
    assert refreshed.catalog_read_at > built.catalog_read_at
    assert after.products == 63
    assert after.lookup.row("p3") < 0
    assert built.data is not None
    assert refreshed.data is not None
    assert refreshed.data.purchases == built.data.purchases
    numbers = built.data.products, refreshed.data.products
    assert [(each.products, each.without_price) for each in numbers] == [(62, 2), (63, 3)]
    assert numbers[1].never_bought == numbers[0].never_bought + 2
    # Known products keep their vectors, weights and statistics, in whichever row they are now.
    known = [f"p{number}" for number in range(61) if number != 3]
    was, now = before.lookup.find(known), after.lookup.find(known)
    assert (now[was < before.warm] < after.warm).all()
    vectors = (
        "item_vectors",
        "query_vectors",
        "trend",
        "buyers",
        "recent_buyers",
        "weekly_purchases",
        "trending",
        "repeat_rates",
    )
    for name in vectors:
        assert np.array_equal(old[name][was], new[name][now], equal_nan=True), name
    assert dense(before)[np.ix_(was, was)].tolist() == dense(after)[np.ix_(now, now)].tolist()
    # New products and the one that was rewritten lie where their texts do.
    for product_id, kind in (("new", "Garden"), ("dated", "Bakery"), ("p61", "Bakery")):
        row = after.lookup.row(product_id)
        assert after.warm <= row < after.indexed
        near = similar_ids(after, product_id)
        halves = [document(after, one).category or "" for one in near]
        assert sum(one.startswith(kind) for one in halves) >= len(halves) - 2, (product_id, near)
        assert new["buyers"][row] == new["recent_buyers"][row] == 0
        assert not new["weekly_purchases"][row].any()
    assert document(after, "p4").title == "Another name"
    assert new["prices"][after.lookup.row("p4")] == 99.0
    added = next(one for one in catalog.product_list if one.id == "new")
    assert new["created_at"][after.lookup.row("new")] == pytest.approx(added.updated_at.timestamp())
    assert new["new_rows"].tolist() == after.lookup.find(["new", "dated"]).tolist()
    assert sorted(new["popular_rows"].tolist()) == list(range(63))
    assert "p3" not in {after.product_id(row) for row in new["complements_rows"].tolist()}


def test_snapshot_of_an_earlier_release_is_refreshed(tmp_path: Path, catalog: ListedCatalog) -> None:
    built = publish(catalog, tmp_path)
    directory = SnapshotVolume(tmp_path / "snapshots").directory(built.version)
    later = {f"{name}.npy" for group in ADDED for name in group}
    earlier = {name: entry for name, entry in built.files.items() if name not in later}
    write_manifest(directory, msgspec.structs.replace(built, files=earlier), KEY)
    add(catalog, "new", title="Garden thing", category="Garden > Shelf 0")
    snapshot, arrays = opened(tmp_path, refresh(catalog, tmp_path))
    assert snapshot.weekly_purchases is None
    assert snapshot.catalog_map is not None
    assert "weekly_purchases" not in arrays
    assert similar_ids(snapshot, "new")


def document(snapshot: Snapshot, product_id: str) -> Product:
    return msgspec.json.decode(snapshot.documents.raw(snapshot.lookup.row(product_id)), type=Product)


def dense(snapshot: Snapshot) -> np.ndarray:
    """B as a full matrix."""
    indptr, indices, weights, _ = snapshot.weights.arrays()
    matrix = np.zeros((snapshot.products, snapshot.products), dtype=np.float32)
    matrix[np.repeat(np.arange(snapshot.indexed), np.diff(indptr)), indices] = weights
    return matrix


@pytest.mark.parametrize("text_weight", [0.0, 0.1])
def test_refresh_equals_a_build_that_knew_the_products(
    tmp_path: Path, catalog: ListedCatalog, text_weight: float
) -> None:
    recipe = replace(SMALL_RECIPE, cold_text_weight=text_weight)
    publish(catalog, tmp_path, recipe=recipe)
    for number in range(5):
        add(catalog, f"new{number}", title=f"Garden thing {number}", category="Garden")
    after, _ = opened(tmp_path, refresh(catalog, tmp_path))
    built, _ = opened(tmp_path, publish(catalog, tmp_path, recipe=recipe))
    ids = [one.id for one in catalog.product_list]
    ours, theirs = (dense(one)[np.ix_(one.lookup.find(ids), one.lookup.find(ids))] for one in (after, built))
    for part in (np.s_[-5:], np.s_[:, -5:]):
        assert ours[part].any()
        assert np.allclose(ours[part], theirs[part], atol=1e-5)
    profile = Profile("u", [Interaction("p31", 1.0), Interaction("p32", 1.0)])
    page = for_you(after, Corrections.of(Overlay(), after), profile, Query(20), STAGES)
    assert {item.product_id for item in page.items} & {f"new{number}" for number in range(5)}


def test_changes_that_the_overlay_covers_are_not_published(tmp_path: Path, catalog: ListedCatalog) -> None:
    built = publish(catalog, tmp_path)
    assert refresh(catalog, tmp_path) is None
    change(catalog, "p4", price=1.5, in_stock=False)
    assert refresh(catalog, tmp_path) is None
    assert SnapshotVolume(tmp_path / "snapshots").versions() == [built.version]
    change(catalog, "p5", description="now with a text")
    after, new = opened(tmp_path, refresh(catalog, tmp_path))
    assert new["prices"][after.lookup.row("p4")] == 1.5


def test_refreshes_of_refreshes_name_the_build_and_pass(tmp_path: Path, catalog: ListedCatalog) -> None:
    volume = SnapshotVolume(tmp_path / "snapshots")
    built = publish(catalog, tmp_path)
    found = []
    for number in range(3):
        add(catalog, f"new{number}", title=f"Bakery thing {number}")
        found.append(refresh(catalog, tmp_path))
        opened(tmp_path, found[-1])
    assert [one.refresh_of for one in found if one] == [built.version] * 3
    names = [one.version for one in found if one]
    assert refreshed_versions(volume, KEY) == names
    later = datetime.now(UTC) + timedelta(hours=2)
    add(catalog, "last", title="Garden thing")
    last = refresh(catalog, tmp_path, clock=lambda: later)
    assert last is not None
    # The build, the version that was live until now, and the live one.
    assert volume.versions() == [built.version, last.version]
    assert last.counts.products == 66
    # A build is not outnumbered by its refreshes.
    assert volume.prune(1, timedelta(), later, refreshed_versions(volume, KEY)) == []


def test_refresh_never_overlaps_another_indexer(tmp_path: Path, catalog: ListedCatalog) -> None:
    publish(catalog, tmp_path)
    add(catalog, "new", title="Garden thing")
    volume = SnapshotVolume(tmp_path / "snapshots", patience_seconds=600.0)
    with volume.locked(), pytest.raises(SnapshotLocked):
        refresh(catalog, tmp_path, storage=volume)  # It does not wait, whatever the patience of builds.
    assert refresh(catalog, tmp_path, storage=volume) is not None


def test_refresh_that_loses_pages_to_the_index_is_rejected(
    tmp_path: Path, catalog: ListedCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = publish(catalog, tmp_path)
    add(catalog, "new", title="Garden thing")
    monkeypatch.setattr(search, "page_loss", lambda found, exact: 0.5)
    with pytest.raises(QualityGateFailed, match="lose"):
        refresh(catalog, tmp_path)
    assert SnapshotVolume(tmp_path / "snapshots").current() == built.version


@pytest.mark.parametrize("gone", [60, 61])
def test_refresh_that_would_remove_most_products_is_rejected(tmp_path: Path, gone: int) -> None:
    catalog = shop(products=120, shoppers=4)
    built = publish(catalog, tmp_path)
    for number in range(gone):
        change(catalog, f"p{number}", deleted_at=datetime.now(UTC))
    if gone == 60:
        refreshed = refresh(catalog, tmp_path)
        assert refreshed is not None
        assert refreshed.counts.products == 60
    else:
        with pytest.raises(QualityGateFailed, match="it has 59 products, less than half"):
            refresh(catalog, tmp_path)
        assert SnapshotVolume(tmp_path / "snapshots").current() == built.version


def test_young_shop_without_purchases_is_refreshed(tmp_path: Path) -> None:
    catalog = ListedCatalog([Product(id="a", title="Soap", updated_at=AT)])
    publish(catalog, tmp_path)
    add(catalog, "b", title="Shampoo")
    after, new = opened(tmp_path, refresh(catalog, tmp_path))
    assert (after.products, after.indexed) == (2, 0)
    assert new.keys() == ARRAYS.keys()


def test_commands_know_refreshes(
    tmp_path: Path,
    catalog: ListedCatalog,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key, volume = tmp_path / "key", SnapshotVolume(tmp_path / "snapshots")
    key.write_bytes(KEY.secret)
    monkeypatch.setenv("INDEXER_SNAPSHOT_ROOT", str(volume.root))
    monkeypatch.setenv("INDEXER_SNAPSHOT_SIGNING_KEY_FILE", str(key))
    monkeypatch.setenv("INDEXER_CATALOG_URL", "http://127.0.0.1:1")
    assert main(["refresh"]) == 0  # There is no build yet.
    first = publish(catalog, tmp_path).version
    second = publish(catalog, tmp_path).version
    for number in range(2):
        add(catalog, f"new{number}", title="Garden thing")
        refresh(catalog, tmp_path)
    with volume.locked():
        assert main(["refresh"]) == 0  # A build is running.
    assert main(["refresh"]) == 1  # The catalog is down.
    assert BuildHistory(volume).read().refreshes.counts == {"started": 3, "skipped": 2, "failed": 1}
    capsys.readouterr()
    assert main(["versions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [second in line.partition(volume.current())[2] for line in lines if "live" in line] == [True]
    assert sum(second in line for line in lines) == 3
    # A rollback leaves a bad build with all its refreshes.
    assert main(["rollback"]) == 0
    assert volume.current() == first
    capsys.readouterr()
    (volume.root / "CURRENT").write_text("damaged")
    assert main(["versions"]) == 0
    assert "none of them is live: 'damaged' is not" in capsys.readouterr().out
    assert main(["rollback", second]) == 0
    assert capsys.readouterr().out == f"live: {second} (was none)\n"
