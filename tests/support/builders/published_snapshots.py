"""Snapshots that the real pipeline builds from a catalog in memory."""

import asyncio
import atexit
import shutil
import tempfile
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.catalog import Product, Purchase, UserRecord
from adapters.database import EventStore
from adapters.snapshots import Manifest, SigningKey, SnapshotStorage, SnapshotVolume, new_version
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.telemetry import SilentStages
from indexer.build.pipeline import Builder, QualityGateSettings
from indexer.build.refresh.pipeline import Refresher
from indexer.embedding import Embedder, Encoder, Shard
from indexer.embedding.mirror import Mirror
from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.protocol.split import SplitKind
from indexer.snapshots.assembly import Assembler
from indexer.sources import ProductRows, read_products, read_purchases
from indexer.training.train import TrainingConfig
from recommender.ports import StageObserver
from recommender.snapshot import ServingParameters
from tests.support.builders.purchases import recorded_purchase

KEY = SigningKey(b"a signing key for tests, 32 bytes long")
START = datetime(2026, 1, 1, tzinfo=UTC)
SMALL_RECIPE = Recipe(neighbours=20, rank=8, text_weight=0.0, ridge=6.0, trend_exponent=0.0)
"""What rolling windows choose for `shop`. The choice would take half the time of a build."""
HALF_LIFE_DAYS = 180.0
SERVING = ServingParameters()
STAGES = SilentStages()
MEASURED_HISTORIES = 5
"""The index of a small shop finds everything. To measure it takes a quarter of a build with the usual 200."""
NO_HOLDOUT = QualityGateSettings(min_shoppers=None)
"""Checks the index alone, so that small shops build fast."""


@dataclass
class ListedCatalog:
    """Catalog client that reads from lists."""

    product_list: list[Product] = field(default_factory=list)
    purchase_list: list[Purchase] = field(default_factory=list)

    async def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        yield [p for p in self.product_list if updated_since is None or p.updated_at >= updated_since]

    async def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        for start in range(0, len(self.purchase_list), 1000):
            yield self.purchase_list[start : start + 1000]

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        found = [purchase for purchase in self.purchase_list if purchase.user_id == user_id]
        return sorted(found, key=lambda purchase: purchase.purchased_at, reverse=True)[:limit] or None

    async def user(self, user_id: str) -> UserRecord | None:
        return None


class HashingModel:
    """Text encoder that sums one pseudo-random vector per word."""

    def encode(self, texts: Sequence[str], **options: object) -> NDArray[np.float32]:
        return np.array(
            [sum((self._word(word) for word in text.split()), np.zeros(16)) for text in texts], "f4"
        )

    def _word(self, word: str) -> NDArray[np.float64]:
        return np.random.default_rng(zlib.crc32(word.encode())).normal(size=16)


def hashing_encoder() -> Encoder:
    """An encoder over the hashing model."""
    return Encoder("hashing", "1", 16, HashingModel())


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def shop(products: int = 60, shoppers: int = 40, seed: int = 1) -> ListedCatalog:
    """A catalog with two kinds of shoppers, who buy from different halves."""
    generator = np.random.default_rng(seed)
    catalog = ListedCatalog()
    for number in range(products):
        half = "Bakery" if number < products // 2 else "Garden"
        leaf = f"{half} > Shelf {number % 5}"
        catalog.product_list.append(
            Product(
                id=f"p{number}",
                title=f"{half} thing {number}",
                updated_at=START,
                category=leaf,
                price=float(number),
            )
        )
    for shopper in range(shoppers):
        own = generator.choice(products // 2, 8, replace=False) + (shopper % 2) * (products // 2)
        for position, number in enumerate(own):
            bought_at = START - timedelta(days=position * 10, hours=shopper)
            catalog.purchase_list.append(
                recorded_purchase(f"{shopper}-{position}", f"u{shopper}", f"p{number}", bought_at)
            )
    return catalog


def builder(
    catalog: ListedCatalog,
    folder: Path,
    *,
    storage: SnapshotStorage | None = None,
    key: SigningKey = KEY,
    load_encoder: Callable[[], Encoder] = hashing_encoder,
    embedding_cache: Path | None = None,
    recipe: Recipe = SMALL_RECIPE,
    half_life_days: float | None = HALF_LIFE_DAYS,
    kind: SplitKind | None = None,
    serving: ServingParameters = SERVING,
    stages: StageObserver = STAGES,
    clock: Callable[[], datetime] = now,
    quality_gate: QualityGateSettings = NO_HOLDOUT,
    events: EventStore | None = None,
    shard: Shard | None = None,
    mirror: Mirror | None = None,
    keep_parameters: timedelta = timedelta(days=7),
) -> Builder:
    """A builder that publishes below `folder / "snapshots"`.

    It uses no holdout unless `quality_gate` requires one.
    """
    return Builder(
        catalog=catalog,
        storage=storage or SnapshotVolume(folder / "snapshots"),
        embedder=Embedder(load_encoder, embedding_cache or folder / "embeddings", shard, mirror),
        config=TrainingConfig(recipe, half_life_days, kind),
        assembler=Assembler(key, serving, stages, clock, MEASURED_HISTORIES),
        quality_gate=quality_gate,
        events=events,
        keep_parameters=keep_parameters,
    )


def publish(
    catalog: ListedCatalog, folder: Path, *, force: bool = False, choose: bool = False, **changes: Any
) -> Manifest:
    """Builds and publishes a snapshot.

    The first snapshot of a folder is a copy of an earlier one of the same catalog and changes, if there is one.
    """
    compared = _Compared.of(catalog, force, choose, changes)
    if compared is None or any((folder / name).exists() for name in _BUILT):
        return _build(catalog, folder, force, choose, changes)
    if compared not in _FIRST_BUILDS:
        first = Path(_kept_builds().name) / str(len(_FIRST_BUILDS))
        _build(catalog, first, force, choose, changes)
        _FIRST_BUILDS[compared] = first
    return _copy(_FIRST_BUILDS[compared], folder, changes.get("key", KEY))


def _copy(source: Path, folder: Path, key: SigningKey) -> Manifest:
    """Publishes the snapshot of another folder under a version of its own.

    It has the times of a build that ends now.
    """
    kept, storage, at = SnapshotVolume(source / "snapshots"), SnapshotVolume(folder / "snapshots"), now()
    files = kept.directory(kept.current())
    built = msgspec.json.decode((files / MANIFEST).read_bytes(), type=Manifest)
    version = new_version(at, uuid.uuid4().hex)
    manifest = msgspec.structs.replace(built, version=version, created=at, catalog_read_at=at)
    content = msgspec.json.encode(manifest)
    with storage.locked(), storage.building() as building:
        shutil.copytree(files, building, dirs_exist_ok=True)
        (building / MANIFEST).write_bytes(content)
        (building / SIGNATURE).write_text(key.signature(content))
        storage.publish(building, version)
    shutil.copytree(source / "embeddings", folder / "embeddings")
    return manifest


def _build(
    catalog: ListedCatalog, folder: Path, force: bool, choose: bool, changes: dict[str, Any]
) -> Manifest:
    built = asyncio.run(builder(catalog, folder, **changes).build(force=force, choose=choose))
    return msgspec.json.decode(msgspec.json.encode(built), type=Manifest)  # As a copy's manifest is read.


@dataclass(frozen=True)
class _Compared:
    """Everything that a build depends on but the time."""

    catalog: bytes
    force: bool
    choose: bool
    changes: frozenset[tuple[str, object]]

    @classmethod
    def of(
        cls, catalog: ListedCatalog, force: bool, choose: bool, changes: dict[str, Any]
    ) -> "_Compared | None":
        """Returns None if a part of the build is replaced."""
        if type(catalog) is not ListedCatalog or not changes.keys() <= _VALUES:
            return None
        content = msgspec.msgpack.encode([catalog.product_list, catalog.purchase_list])
        return cls(content, force, choose, frozenset(changes.items()))


_VALUES = {"key", "recipe", "half_life_days", "kind", "serving", "quality_gate", "keep_parameters"}
_BUILT = ("snapshots", "embeddings")
_FIRST_BUILDS: dict[_Compared, Path] = {}


@cache
def _kept_builds() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return folder


def refresh(catalog: ListedCatalog, folder: Path, **changes: Any) -> Manifest | None:
    """Refreshes the live snapshot. `changes` are those of the refresher."""
    parts: dict[str, Any] = {
        "storage": SnapshotVolume(folder / "snapshots"),
        "embedder": Embedder(hashing_encoder, folder / "embeddings"),
        "key": KEY,
        "stages": STAGES,
        "clock": now,
    }
    return asyncio.run(Refresher(catalog, **(parts | changes)).refresh())


def read(catalog: ListedCatalog) -> tuple[ProductRows, Purchases]:
    """Products and purchases as a build reads them."""

    async def rows() -> tuple[ProductRows, Purchases]:
        products = await read_products(catalog)
        purchases, _guests = await read_purchases(catalog, products.row_of, now())
        return products, purchases

    return asyncio.run(rows())


def content_of(products: ProductRows) -> Content:
    """Content embeddings of a build's products, by the hashing encoder's model."""
    embeddings = HashingModel().encode(list(products.texts))
    return Content.of(embeddings, products.text_numbers)
