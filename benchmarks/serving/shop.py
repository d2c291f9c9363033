"""A synthetic shop as a published snapshot, kept in the folder of temporary files."""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from adapters.catalog import Product
from adapters.snapshots import SigningKey, SnapshotVolume
from adapters.snapshots.manifest import EmbeddingModel
from adapters.telemetry import SilentStages
from benchmarks.synthetic import Shop, purchase_log
from indexer.factorization import Factors, Purchases, Recipe, interaction_matrix
from indexer.factorization.content import Content
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import ProductRows
from indexer.training.selection import ChosenParameters
from indexer.training.train import TrainedModel
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot import ServingParameters

LARGE = 67_742
SECRET = "0123456789abcdef" * 4

_PRODUCTS_PER_TASTE = 200
_PURCHASES_PER_PRODUCT = 20
_NEIGHBOURS, _STRANGERS = 80, 20
_COLD_SHARE = 0.05
_BRANDS = 1_000
_AISLES = 40
_HALF_LIFE_DAYS = 180.0
_BLOCK = 1 << 13
_CODE = ("indexer/snapshots", "adapters/snapshots", "recommender/snapshot", "benchmarks/serving/shop.py")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Published:
    """A folder of published snapshots, and the file with their key."""

    root: Path
    key_file: Path

    @property
    def current(self) -> Path:
        """Folder of the live snapshot."""
        volume = SnapshotVolume(self.root)
        return volume.directory(volume.current())


def synthetic(products: int, dims: int = Recipe().rank) -> Published:
    """The synthetic shop of this size.

    It is built again when code that writes snapshots has changed.
    """
    folder = Path(tempfile.gettempdir(), f"benchmark-shop-{products}x{dims}-{_code_digest()}")
    folder.mkdir(parents=True, exist_ok=True)
    published = Published(folder / "snapshots", folder / "snapshot.key")
    published.key_file.write_text(SECRET)
    volume = SnapshotVolume(published.root, patience_seconds=600)
    with volume.locked():
        if not volume.versions():
            _publish(volume, products, dims)
    return published


def _code_digest() -> str:
    digest = hashlib.blake2b(digest_size=6)
    for path in _CODE:
        for file in sorted((_ROOT / path).rglob("*.py")) or [_ROOT / path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _publish(volume: SnapshotVolume, products: int, dims: int) -> None:
    shop = Shop(
        products,
        products * _PURCHASES_PER_PRODUCT,
        shoppers=products,
        texts=products,
        tastes=max(products // _PRODUCTS_PER_TASTE, 4),
    )
    purchases = _until_today(purchase_log(shop, _silent))
    recipe = Recipe(rank=dims)
    trained = TrainedModel(
        _factors(shop, purchases, dims),
        interaction_matrix(purchases, products, recipe.history_limit),
        ChosenParameters(_HALF_LIFE_DAYS, 0.0),
        recipe,
        _content(products),
    )
    assembler = Assembler(
        SigningKey(SECRET.encode()), ServingParameters(), SilentStages(), lambda: datetime.now(UTC)
    )
    inputs = SnapshotInputs(
        _products(shop), purchases, trained, EmbeddingModel("none", "0", dims), datetime.now(UTC), {}
    )
    with volume.building() as directory:
        manifest = assembler.write(directory, inputs)
        volume.publish(directory, manifest.version)


def _silent(done: int) -> None:
    """Shows no progress."""


def _until_today(log: Purchases) -> Purchases:
    """Purchases until now. Those of a shopper and day are one order."""
    times = log.times + (int(datetime.now(UTC).timestamp()) - int(log.times.max()))
    days = (times // SECONDS_PER_DAY).astype(np.int64)
    return replace(log, times=times, orders=log.shoppers.astype(np.int64) * 100_000 + days)


def _products(shop: Shop) -> ProductRows:
    """Products. Those of one taste share their category."""
    generator = np.random.default_rng([shop.seed, 2])
    now = datetime.now(UTC)
    prices = np.round(generator.lognormal(2, 1, shop.products) + 0.5, 2)
    ages, brands = (
        generator.integers(2_000, size=shop.products),
        generator.integers(_BRANDS, size=shop.products),
    )
    in_stock = generator.random(shop.products) < 0.97
    rows = ProductRows()
    for number, taste in enumerate(shop.taste_of()):
        rows.add(
            Product(
                id=f"p{number:07}",
                title=f"Brand {brands[number]} article {number} of shelf {taste}, 500 g",
                description="A description of usual length, which no list returns without being asked to. "
                * 2,
                category=f"Aisle {taste % _AISLES} > Shelf {taste}",
                brand=f"Brand {brands[number]}",
                price=float(prices[number]),
                currency="EUR",
                in_stock=bool(in_stock[number]),
                image_url=f"https://shop.example/images/{number}.jpg",
                created_at=now - timedelta(days=int(ages[number])),
                updated_at=now,
            )
        )
    return rows


def _content(products: int) -> Content:
    """Texts that have nothing in common."""
    embeddings = np.random.default_rng(4).standard_normal((products, 8), dtype=np.float32)
    return Content.of(embeddings, np.arange(products, dtype=np.int32))


def _factors(shop: Shop, purchases: Purchases, dims: int) -> Factors:
    """Vectors around tastes, and about a hundred neighbours per product."""
    generator = np.random.default_rng([shop.seed, 3])
    counts = np.bincount(purchases.products, minlength=shop.products)
    order = np.argsort(-counts, kind="stable").astype(np.int32)
    tastes = shop.taste_of()[order]
    directions = generator.normal(size=(shop.tastes, dims)).astype(np.float32)
    item_vectors, query_vectors = (_around(directions[tastes], generator) for _ in range(2))
    pairs = _pairs(shop, order, generator)
    products = _inner_products(pairs, item_vectors, query_vectors)
    # Residuals as large as those of a fit.
    values = np.maximum(products + generator.normal(scale=0.02, size=len(products)), 0.001).astype(np.float32)
    return Factors(
        order=order,
        warm=int(shop.products * (1 - _COLD_SHARE)),
        item_vectors=item_vectors,
        query_vectors=query_vectors,
        trend=np.ones(shop.products, np.float32),
        weights=csr_array((values, pairs.indices, pairs.indptr), shape=pairs.shape),
        residuals=values - products,
        ridge=1.0,
    )


def _around(directions: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Vectors near 0.3 long: weights between products of one taste are near 0.04."""
    noise = generator.standard_normal(directions.shape, dtype=np.float32)
    length = np.float32(0.2 / np.sqrt(directions.shape[1]))
    near: NDArray[np.float32] = (directions + noise) * length
    return near


def _pairs(shop: Shop, order: NDArray[np.int32], generator: np.random.Generator) -> csr_array:
    """Pairs of rows with a weight, each once: mostly products of one taste."""
    tastes = shop.taste_of()
    starts = np.searchsorted(tastes, np.arange(shop.tastes))
    sizes = np.diff(np.append(starts, shop.products))
    shape = (shop.products, _NEIGHBOURS)
    own = starts[tastes][:, None] + (generator.random(shape) * sizes[tastes][:, None]).astype(np.int64)
    strangers = generator.integers(shop.products, size=(shop.products, _STRANGERS))
    row_of = np.empty(shop.products, np.int32)
    row_of[order] = np.arange(shop.products, dtype=np.int32)
    columns = row_of[np.concatenate([own, strangers], axis=1)].reshape(-1)
    rows = np.repeat(row_of, _NEIGHBOURS + _STRANGERS)
    kept = rows != columns
    ones = np.ones(int(kept.sum()), np.float32)
    pairs = csr_array(coo_array((ones, (rows[kept], columns[kept])), shape=(shop.products, shop.products)))
    pairs.sum_duplicates()
    return pairs


def _inner_products(
    pairs: csr_array, item_vectors: NDArray[np.float32], query_vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Inner products of all pairs, in the order of their data."""
    blocks: Iterable[NDArray[np.float32]] = (
        np.einsum(
            "nd,nd->n",
            np.repeat(
                query_vectors[start : start + _BLOCK], np.diff(pairs.indptr[start : start + _BLOCK + 1]), 0
            ),
            item_vectors[
                pairs.indices[pairs.indptr[start] : pairs.indptr[min(start + _BLOCK, pairs.shape[0])]]
            ],
        )
        for start in range(0, pairs.shape[0], _BLOCK)
    )
    return np.concatenate(list(blocks)).astype(np.float32)
