"""Measures a rebuild: `python -m benchmarks.rebuild [--purchases FILE --products FILE]`.

A shop is built. Then 1 % of its texts change, and the last day of purchases is added. A rebuild of the changed shop and
a full build of it run in turns, each in a process of its own. All texts are embedded in advance. The exit code is 1
when the rebuild takes more than half of the full build's CPU time, or recommends worse.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.catalog import Product, Purchase
from adapters.snapshots import SigningKey, SnapshotVolume
from adapters.telemetry import SilentStages
from benchmarks.build import Run, cpu_of_stages, table
from benchmarks.synthetic import DIMS, Shop, content_of, purchase_log
from command_line.messages import ArgumentParser
from indexer.build.pipeline import Builder
from indexer.embedding import Embedder, Encoder, load_encoder
from indexer.embedding.encoder import DEFAULT_MODEL
from indexer.factorization import Purchases, Recipe
from indexer.snapshots.assembly import Assembler
from indexer.sources import ProductRows
from indexer.sources.files import read_files
from indexer.training.train import TrainingConfig
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot import ServingParameters

MAX_RATIO = 0.5
"""Maximum CPU time relative to a full build."""
MAX_LOSS = 0.02
"""Maximum relative loss of NDCG@20 on the holdout against a full build."""
_CHANGED = 0.01
_PAGE = 10_000
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog in memory.

    Attributes:
        listed: all products.
        log: purchases of them, by row.
    """

    listed: Sequence[Product]
    log: Purchases

    async def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """All products in one page."""
        yield list(self.listed)

    async def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        """All purchases in pages."""
        log = self.log
        orders = np.zeros(len(log), np.int64) if log.orders is None else log.orders
        for start in range(0, len(log), _PAGE):
            columns = (
                column[start : start + _PAGE] for column in (log.shoppers, log.products, log.times, orders)
            )
            yield [
                self._purchase(*line) for line in zip(*(column.tolist() for column in columns), strict=True)
            ]

    def _purchase(self, shopper: int, product: int, seconds: int, order: int) -> Purchase:
        return Purchase(
            user_id=f"u{shopper}",
            product_id=self.listed[product].id,
            purchased_at=datetime.fromtimestamp(seconds, UTC),
            order_id=f"{order}" if order else None,
        )

    def before(self) -> "Catalog":
        """The catalog a day earlier."""
        return Catalog(self.listed, self.log.select(self.log.times < self.log.times.max() - SECONDS_PER_DAY))

    def changed(self) -> "Catalog":
        """The catalog with another title for 1 % of the products."""
        count = len(self.listed)
        places = set(np.random.default_rng(7).choice(count, int(_CHANGED * count), replace=False).tolist())
        return Catalog(
            [
                msgspec.structs.replace(product, title=f"{product.title} changed")
                if row in places
                else product
                for row, product in enumerate(self.listed)
            ],
            self.log,
        )


def catalog_of(source: dict[str, Any]) -> Catalog:
    """The catalog of two Parquet files, or a synthetic one."""
    if source["purchases"]:
        rows, log, _ = read_files([Path(source["purchases"]), Path(source["products"])])
        return Catalog([_product(rows, row, name) for name, row in rows.row_of.items()], log)
    shop = Shop(**source["shop"])
    products = [Product(id=f"p{row}", title=f"text {row}", updated_at=_START) for row in range(shop.products)]
    return Catalog(products, purchase_log(shop, lambda count: None))


def _product(rows: ProductRows, row: int, name: str) -> Product:
    document = msgspec.json.decode(rows.documents[row])
    return msgspec.convert(document | {"id": name, "updated_at": _START}, Product)


class _NumberedTexts:
    """An encoder of the synthetic shop.

    "text 7" has the seventh embedding, and a changed text a similar one.
    """

    def __init__(self, shop: Shop) -> None:
        self._vectors = content_of(shop, lambda count: None).vectors

    def encode(self, texts: Sequence[str], **options: object) -> NDArray[np.float32]:
        words = [text.split() for text in texts]
        found = self._vectors[[int(parts[1]) for parts in words]].copy()
        changed = np.array([len(parts) > 2 for parts in words])
        found[changed] += 0.02 * np.random.default_rng(1).normal(size=(changed.sum(), DIMS))
        return found


def build(source: dict[str, Any], snapshots: Path, step: str) -> Run:
    """One build: "first", "rebuild", or "full", which chooses all parameters again."""
    catalog, embeddings = catalog_of(source), Path(source["embeddings"])
    shop = Shop(**source["shop"])
    embedder = Embedder(
        (lambda: load_encoder(DEFAULT_MODEL))
        if source["purchases"]
        else lambda: Encoder("synthetic", "1", DIMS, _NumberedTexts(shop)),
        embeddings,
    )
    if step == "first":
        for state in (catalog, catalog.changed()):
            embedder.embed(_texts(state))
    builder = Builder(
        catalog=catalog.before() if step == "first" else catalog.changed(),
        storage=SnapshotVolume(snapshots),
        embedder=embedder,
        config=TrainingConfig(Recipe()),
        assembler=Assembler(
            SigningKey(b"a key of 32 bytes for benchmarks"),
            ServingParameters(),
            SilentStages(),
            lambda: datetime.now(UTC),
        ),
    )
    with cpu_of_stages() as seconds:
        manifest = asyncio.run(builder.build(choose=step == "full"))
    names = ("text_weight", "ridge", "trend_exponent")
    choices = {name: manifest.recipe[name] for name in names} | manifest.serving
    return Run(seconds, choices, manifest.metrics)


def _texts(catalog: Catalog) -> list[str]:
    rows = ProductRows()
    for product in catalog.listed:
        rows.add(product)
    return list(rows.texts)


def _measure(source: dict[str, Any], snapshots: Path, step: str) -> Run:
    """One build in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.rebuild", "--once", json.dumps([source, str(snapshots), step])],
        stdout=subprocess.PIPE,
        check=True,
    )
    return Run(**json.loads(found.stdout.splitlines()[-1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark and returns the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks.rebuild", description=__doc__)
    parser.add_argument(
        "--purchases", default="", help="Parquet file of purchases (default: a synthetic shop)"
    )
    parser.add_argument("--products", default="", help="Parquet file of products")
    parser.add_argument("--embeddings", help="cache of the files' embeddings (default: a temporary one)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.once:
        source, snapshots, step = json.loads(chosen.once)
        print(json.dumps(asdict(build(source, Path(snapshots), step)), default=float))
        return 0
    shop = Shop(products=5_000, purchases=200_000, shoppers=4_000, texts=5_000, tastes=25)
    with tempfile.TemporaryDirectory() as folder:
        source = {
            "purchases": chosen.purchases,
            "products": chosen.products,
            "embeddings": chosen.embeddings or f"{folder}/embeddings",
            "shop": asdict(shop),
        }
        first = Path(folder) / "first"
        _measure(source, first, "first")
        runs: dict[str, list[Run]] = {"rebuild": [], "full": []}
        for step in list(runs) * chosen.rounds:
            copy = shutil.copytree(first, Path(folder) / "copy")
            runs[step].append(_measure(source, copy, step))
            shutil.rmtree(copy)
    print(table(runs))
    for name, found in runs.items():
        print(f"{name}: {found[0].choices} {found[0].metrics}")
    ratio = median(run.total for run in runs["rebuild"]) / median(run.total for run in runs["full"])
    quality = runs["rebuild"][0].metrics["ndcg_at_20"] / runs["full"][0].metrics["ndcg_at_20"]
    print(f"ratio of CPU time {ratio:.2f}, allowed {MAX_RATIO}; of NDCG@20 {quality:.3f}")
    return 0 if ratio <= MAX_RATIO and quality >= 1 - MAX_LOSS else 1


if __name__ == "__main__":
    sys.exit(main())
