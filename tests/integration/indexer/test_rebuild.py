"""Builds that keep parameters of the live snapshot."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.catalog import Product
from adapters.snapshots import Manifest, SigningKey, SnapshotVolume
from adapters.snapshots.writer import write_manifest
from indexer.build.kept_parameters import Choice, KeptParameters
from indexer.build.pipeline import QualityGateSettings
from indexer.factorization import Recipe
from tests.support.builders.published_snapshots import KEY, ListedCatalog, builder, publish, shop
from tests.support.builders.purchases import recorded_purchase
from tests.support.builders.shops.seasonal_purchases import seasonal_purchases

SOON = datetime(2026, 1, 2, tzinfo=UTC)
MEASURED = QualityGateSettings(min_shoppers=20)
OPEN = Recipe(neighbours=20, rank=8)
"""A recipe whose parameters are chosen."""


def catalog() -> ListedCatalog:
    """64 products in 8 seasons, where a trend and a half-life are worth choosing."""
    purchases = seasonal_purchases()
    lines = zip(
        purchases.shoppers.tolist(), purchases.products.tolist(), purchases.times.tolist(), strict=True
    )
    found = ListedCatalog(
        [Product(id=f"p{row}", title=f"Season {row // 8} thing {row}", updated_at=SOON) for row in range(64)]
    )
    for number, (shopper, product, seconds) in enumerate(lines):
        at = datetime.fromtimestamp(seconds, UTC)
        found.purchase_list.append(recorded_purchase(f"{number}", f"u{shopper}", f"p{product}", at))
    return found


def build(folder: Path, shop: ListedCatalog | None = None, **changes: Any) -> Manifest:
    defaults = {"recipe": OPEN, "half_life_days": None, "quality_gate": MEASURED}
    return publish(shop or catalog(), folder, **(defaults | changes))


def choice_of(manifest: Manifest) -> Choice:
    found = Choice.of_manifest(manifest)
    assert found is not None
    return found


def without_trend(choice: Choice) -> dict[str, KeptParameters]:
    """Parameters of `choice` with which recommendations are much worse."""
    return {
        name: msgspec.structs.replace(getattr(choice, name), trend_exponent=0.0)
        for name in ("holdout", "final")
    }


def rewrite(folder: Path, **changes: Any) -> None:
    """Changes the recorded choice of the live snapshot."""
    volume = SnapshotVolume(folder / "snapshots")
    directory = volume.directory(volume.current())
    manifest = msgspec.json.decode((directory / "manifest.json").read_bytes(), type=Manifest)
    choice = msgspec.structs.replace(choice_of(manifest), **changes)
    write_manifest(
        directory, msgspec.structs.replace(manifest, recipe=manifest.recipe | choice.record()), KEY
    )


def chosen_parameters(manifest: Manifest) -> dict[str, object]:
    names = ("text_weight", "ridge", "trend_exponent", "neighbours")
    return {name: manifest.recipe[name] for name in names} | {"half_life": manifest.serving["half_life_days"]}


class CountingVolume(SnapshotVolume):
    """Notes the versions whose manifests are read."""

    read: ClassVar[list[str]] = []

    def manifest(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        self.read.append(version)
        return super().manifest(version, keys)


def test_rebuild_reads_the_live_manifest_at_its_beginning_and_for_the_gate(tmp_path: Path) -> None:
    live = publish(shop(), tmp_path, quality_gate=MEASURED).version
    publish(shop(), tmp_path, quality_gate=MEASURED, storage=CountingVolume(tmp_path / "snapshots"))
    assert CountingVolume.read == [live] * 2


def test_rebuild_of_an_unchanged_shop_chooses_nothing_and_publishes_equal_files(tmp_path: Path) -> None:
    first = build(tmp_path)
    with capture_logs() as logs:
        second = build(tmp_path)
    assert [entry["event"] for entry in logs if "parameters" in entry["event"]] == [
        "trying parameters of the live snapshot"
    ]
    assert choice_of(second) == choice_of(first)
    assert first.recipe["trend_exponent"] > 0
    assert second.files == first.files
    assert second.metrics == first.metrics
    assert (second.recipe, second.serving) == (first.recipe, first.serving)


def test_rebuild_after_a_small_change_keeps_the_choice_and_measures_again(tmp_path: Path) -> None:
    first, changed = build(tmp_path), catalog()
    kept = choice_of(first)
    final = msgspec.structs.replace(kept.final, basket_popularity=1.0, basket_own_weight=0.6)
    kept = msgspec.structs.replace(kept, final=final)
    rewrite(tmp_path, final=kept.final)
    changed.product_list[3] = msgspec.structs.replace(changed.product_list[3], title="Quite another")
    changed.purchase_list = changed.purchase_list[:-20]
    second = build(tmp_path, changed)
    assert choice_of(second) == kept
    assert [each.serving["basket_popularity"] for each in (first, second)] == [0, 1]
    assert [each.serving["basket_own_weight"] for each in (first, second)] == [0.15, 0.6]
    assert chosen_parameters(second) == chosen_parameters(first)
    assert second.metrics["ndcg_at_20"] != first.metrics["ndcg_at_20"]
    assert second.files != first.files


def test_parameters_that_made_recommendations_worse_are_chosen_again(tmp_path: Path) -> None:
    first = build(tmp_path)
    kept = choice_of(first)
    rewrite(tmp_path, **without_trend(kept))
    forgiving = QualityGateSettings(margin=1.0, min_shoppers=20)
    second = build(tmp_path, quality_gate=forgiving)
    assert choice_of(second).chosen_at > kept.chosen_at
    assert chosen_parameters(second) == chosen_parameters(first)
    assert second.files == first.files


def test_quality_gate_judges_after_another_choice(tmp_path: Path) -> None:
    """Poor parameters stay as good as they were, but lose to the live snapshot."""
    first = build(tmp_path)
    kept = choice_of(first)
    rewrite(tmp_path, **without_trend(kept), ndcg_at_20=0.0)
    second = build(tmp_path, quality_gate=QualityGateSettings(margin=0.0, min_shoppers=20))
    assert chosen_parameters(second) == chosen_parameters(first)


@pytest.mark.parametrize(
    "changes", [{"choose": True}, {"keep_parameters": timedelta(0)}, {"half_life_days": 90.0}]
)
def test_parameters_are_chosen_on_demand_and_for_other_settings(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    first = build(tmp_path)
    assert choice_of(build(tmp_path, **changes)).chosen_at > choice_of(first).chosen_at


def test_nothing_is_kept_without_a_holdout(tmp_path: Path) -> None:
    without = QualityGateSettings(min_shoppers=None)
    build(tmp_path)
    assert Choice.of_manifest(build(tmp_path, quality_gate=without)) is None
    with capture_logs() as logs:
        build(tmp_path)
    assert "the live snapshot has none" in [entry.get("reason") for entry in logs]


def test_parameters_may_be_chosen_once_for_holdout_and_snapshot(tmp_path: Path) -> None:
    once = builder(catalog(), tmp_path / "once", recipe=OPEN, half_life_days=None, quality_gate=MEASURED)
    with capture_logs() as logs:
        choice = choice_of(asyncio.run(once.build(choose_once=True)))
    assert [each.get("stage") for each in logs].count("Validating on windows") == 1
    assert choice.final == choice.holdout == choice_of(build(tmp_path / "twice")).holdout
    assert choice_of(asyncio.run(once.build())) == choice
