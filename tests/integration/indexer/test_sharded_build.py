"""Builds by several shards on one volume."""

import asyncio
import os
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.snapshots import SnapshotVolume
from adapters.snapshots.remote.bucket import Bucket
from indexer.build.pipeline import embed_shard
from indexer.embedding import Embedder, Encoder, Shard
from indexer.embedding.mirror import Mirror
from tests.support.builders.published_snapshots import (
    START,
    HashingModel,
    ListedCatalog,
    builder,
    publish,
    shop,
)
from tests.support.servers.waiting import wait_until

NOON = START + timedelta(days=1, hours=12)


class Seen:
    """Encoders of several shards that record their texts."""

    def __init__(self) -> None:
        self.texts: dict[int, list[str]] = {}

    def encoder(self, number: int) -> Encoder:
        seen = self.texts.setdefault(number, [])

        class Model(HashingModel):
            def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
                seen.extend(texts)
                return super().encode(texts, **options)

        return Encoder("hashing", "1", 16, Model())


def shard(
    folder: Path, number: int, count: int = 3, patience: float = 60, mirror: Mirror | None = None
) -> Shard:
    return Shard(folder / "embeddings", "monday", number, count, patience, mirror=mirror)


def embed(
    catalog: ListedCatalog,
    folder: Path,
    number: int,
    seen: Seen,
    count: int = 3,
    mirror: Mirror | None = None,
) -> None:
    embedder = Embedder(lambda: seen.encoder(number), folder / "embeddings", mirror=mirror)
    asyncio.run(embed_shard(catalog, embedder, shard(folder, number, count, mirror=mirror)))


def build(catalog: ListedCatalog, folder: Path, seen: Seen, **changes: Any) -> None:
    part = shard(folder, 0, **changes)
    asyncio.run(
        builder(catalog, folder, load_encoder=lambda: seen.encoder(0), shard=part, clock=lambda: NOON).build()
    )


def alone(catalog: ListedCatalog, folder: Path) -> dict[str, bytes]:
    """Files of a snapshot that one process builds."""
    publish(catalog, folder / "alone", clock=lambda: NOON)
    return columns(folder / "alone")


def columns(folder: Path) -> dict[str, bytes]:
    volume = SnapshotVolume(folder / "snapshots")
    files = volume.directory(volume.current()).iterdir()
    return {
        path.name: path.read_bytes() for path in files if path.name not in ("manifest.json", "manifest.sig")
    }


def test_three_shards_build_the_same_snapshot_as_one_process(tmp_path: Path) -> None:
    catalog, seen = shop(), Seen()
    together = tmp_path / "together"
    old = together / "embeddings/.shards/sunday"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))

    def begin_late(number: int) -> None:
        wait_until(lambda: 0 in shard(together, number).markers(), "shard 0 works", 60)
        embed(catalog, together, number, seen)

    others = [threading.Thread(target=begin_late, args=(number,), daemon=True) for number in (1, 2)]
    for other in others:
        other.start()
    build(catalog, together, seen)
    for other in others:
        other.join()
    assert columns(together) == alone(catalog, tmp_path)
    embedded = [text for texts in seen.texts.values() for text in texts]
    assert len(embedded) == len(set(embedded)) == 60
    assert all(len(texts) > 5 for texts in seen.texts.values())
    assert not old.exists()


def test_shards_without_a_shared_volume_use_a_bucket(tmp_path: Path, bucket_url: str) -> None:
    catalog, seen = shop(), Seen()

    def mirror(machine: str) -> Mirror:
        return Mirror(tmp_path / machine / "embeddings", Bucket(bucket_url, retries=True))

    for number in (1, 2):
        embed(catalog, tmp_path / f"{number}", number, seen, mirror=mirror(f"{number}"))
    part = shard(tmp_path / "0", 0, mirror=mirror("0"))
    assert {number: marker.finished for number, marker in part.markers().items()} == {1: True, 2: True}
    publish(
        catalog,
        tmp_path / "0",
        load_encoder=lambda: seen.encoder(0),
        shard=part,
        mirror=mirror("0"),
        clock=lambda: NOON,
    )
    assert columns(tmp_path / "0") == alone(catalog, tmp_path)
    assert sum(map(len, seen.texts.values())) == 60
    # A later build on an empty disk embeds nothing, and removes what was altered in the bucket.
    stored = [found for found in mirror("0").bucket.list() if found.name.endswith(".npy")]
    mirror("0").bucket.write(stored[0].name, b"altered")
    for expected in (len(seen.texts[0]), 0):
        later = Seen()
        machine = f"later-{expected}"
        publish(catalog, tmp_path / machine, load_encoder=partial(later.encoder, 0), mirror=mirror(machine))
        assert (len(later.texts[0]) > 0) == (expected > 0)


def test_shard_zero_embeds_texts_of_a_missing_shard(tmp_path: Path) -> None:
    """Shard 2 never starts."""
    catalog, seen = shop(), Seen()
    embed(catalog, tmp_path, 1, seen)
    build(catalog, tmp_path, seen, patience=1)
    assert len(seen.texts[0]) + len(seen.texts[1]) == 60
    assert columns(tmp_path) == alone(catalog, tmp_path)


def test_late_shard_embeds_nothing(tmp_path: Path) -> None:
    catalog, seen = shop(), Seen()
    publish(catalog, tmp_path)
    embed(catalog, tmp_path, 1, seen)
    assert seen.texts[1] == []
    assert shard(tmp_path, 0).markers()[1].finished


def test_shard_zero_embeds_texts_that_changed_meanwhile(tmp_path: Path) -> None:
    """Shards read the catalog at different moments."""
    seen = Seen()
    embed(shop(), tmp_path, 1, seen, count=2)
    later = shop(products=80)
    build(later, tmp_path, seen, count=2)
    assert columns(tmp_path) == alone(later, tmp_path)


def test_deleted_products_are_not_embedded(tmp_path: Path) -> None:
    catalog, seen = shop(), Seen()
    gone = [
        msgspec.structs.replace(product, deleted_at=product.updated_at) for product in catalog.product_list
    ]
    catalog.product_list[:] = gone
    embed(catalog, tmp_path, 0, seen, count=1)
    assert seen.texts.get(0, []) == []
