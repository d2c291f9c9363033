"""Compares narrow filters, which one product in a thousand matches, with no filter."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from adapters.snapshots.annoy_index import AnnoyItemIndex
from adapters.snapshots.writer import save_annoy
from adapters.telemetry import SilentStages
from command_line.messages import print_errors
from indexer.snapshots import build_index
from recommender.entities import Filters, Interaction, Profile, Query
from recommender.ports import ItemIndex
from recommender.product_ids import IdLookup, StringTable
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ProductColumns, ServingParameters, Snapshot
from recommender.snapshot.alternatives import Alternatives
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay
from recommender.snapshot.tables import Companions, Complements, SparseWeights
from recommender.snapshot.windows import DemandWindows

PRODUCTS = 100_000
MATCHING = PRODUCTS // 1000
PAGE = 20
LIMIT = 3.0
_DIMS, _NEIGHBOURS, _ROUNDS = 128, 50, 200

NARROW = {
    "category": Filters(categories=("Shop > Corner",)),
    "brand": Filters(brands=("Rare",)),
    "price": Filters(price_min=1.0, price_max=1.5),
    "all three": Filters(("Shop > Corner",), in_stock=True, brands=("Rare",), price_min=1.0, price_max=1.5),
}


def main() -> None:
    """Prints the median CPU time of each kind of request.

    The exit code is 1 when a page is short or slow.
    """
    with tempfile.TemporaryDirectory(prefix="filters-") as folder:
        snapshot = random_snapshot(Path(folder) / "index.ann")
        failures = _measure_holdout(snapshot)
    for failure in failures:
        print_errors(failure)
    sys.exit(bool(failures))


def _measure_holdout(snapshot: Snapshot) -> list[str]:
    generator = np.random.default_rng(3)
    profiles = [_profile(generator) for _ in range(_ROUNDS)]
    stages, corrections = SilentStages(), Corrections.of(Overlay(), snapshot)
    seconds: dict[str, list[float]] = {name: [] for name in ("unfiltered", *NARROW)}
    short: set[str] = set()
    for profile in profiles:
        for name, spent in seconds.items():
            query = Query(PAGE, NARROW.get(name, Filters()))
            started = time.process_time()
            answer = for_you(snapshot, corrections, profile, query, stages)
            spent.append(time.process_time() - started)
            if len(answer.items) < PAGE:
                short.add(name)
    medians = {name: statistics.median(spent) for name, spent in seconds.items()}
    failures = [f"{name}: a page has fewer than {PAGE} items" for name in sorted(short)]
    print(f"{PRODUCTS:,} products, {MATCHING} of them match, pages of {PAGE}, medians of {_ROUNDS}")
    for name, median in medians.items():
        ratio = median / medians["unfiltered"]
        print(f"{name:<12}{median * 1000:>8.2f} ms{ratio:>8.2f} x")
        if ratio > LIMIT:
            failures.append(f"{name}: {ratio:.2f} times the CPU time of no filter, at most {LIMIT:g} allowed")
    return failures


def _profile(generator: np.random.Generator) -> Profile:
    rows = generator.integers(PRODUCTS, size=30)
    return Profile("u", tuple(Interaction(f"p{row}", day * 86_400.0) for day, row in enumerate(rows)))


def random_snapshot(index_file: Path) -> Snapshot:
    """A snapshot of `PRODUCTS` random products, with its index in a file."""
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(PRODUCTS, _DIMS)).astype(np.float32)
    save_annoy(build_index(vectors, 1, lambda _: None), index_file)
    ids = StringTable.of(f"p{row}".encode() for row in range(PRODUCTS))
    tree = CategoryTree(
        CategoryTree.sorted_paths([f"Shop > Aisle {n}" for n in range(300)] + ["Shop > Corner"])
    )
    empty = np.zeros(0, np.int32)
    return Snapshot(
        version="benchmark",
        parameters=ServingParameters(),
        index=_index(index_file),
        warm=PRODUCTS,
        item_vectors=vectors,
        query_vectors=vectors,
        trend=np.ones(PRODUCTS, np.float32),
        weights=_weights(generator),
        columns=_columns(generator, tree.code("Shop > Corner")),
        categories=tree,
        brands=BrandList(["Common", "Rare"]),
        complements=Complements(
            np.zeros(PRODUCTS + 1, np.int64), empty, np.zeros(0, np.float32), empty, np.zeros(0, np.bool_)
        ),
        alternatives=Alternatives(
            np.zeros(PRODUCTS + 1, np.int64), empty, np.zeros(0, np.float32), np.zeros(0, np.uint8)
        ),
        companions=Companions(np.zeros(PRODUCTS + 1, np.int64), empty, np.zeros(0, np.float32)),
        lookup=IdLookup.of(ids),
        windows=DemandWindows(
            empty, empty, empty, empty, empty, np.zeros(0, np.float32), np.zeros(0, np.float32), empty, empty
        ),
        documents=StringTable.of(f'{{"title": "Product {row}"}}'.encode() for row in range(PRODUCTS)),
    )


def _index(index_file: Path) -> ItemIndex:
    return AnnoyItemIndex(index_file, _DIMS)


def _weights(generator: np.random.Generator) -> SparseWeights:
    entries = PRODUCTS * _NEIGHBOURS
    columns = np.sort(generator.integers(PRODUCTS, size=(PRODUCTS, _NEIGHBOURS)).astype(np.int32), axis=1)
    return SparseWeights(
        np.arange(0, entries + 1, _NEIGHBOURS, dtype=np.int64),
        columns.reshape(-1),
        *generator.random((2, entries), dtype=np.float32),
    )


def _columns(generator: np.random.Generator, corner: int) -> ProductColumns:
    """Columns where the same `MATCHING` random products match every filter."""
    rare = np.zeros(PRODUCTS, np.bool_)
    rare[generator.permutation(PRODUCTS)[:MATCHING]] = True
    counts = generator.integers(1, 1000, PRODUCTS).astype(np.int32)
    empty = np.zeros(0, np.int32)
    return ProductColumns(
        category_codes=np.where(rare, corner, generator.integers(300, size=PRODUCTS)).astype(np.int32),
        in_stock=np.ones(PRODUCTS, np.bool_),
        variant_groups=np.arange(PRODUCTS, dtype=np.int32),
        models=np.arange(PRODUCTS, dtype=np.int32),
        buyers=counts,
        recent_buyers=counts,
        popular_rows=np.argsort(-counts).astype(np.int32),
        brand_codes=rare.astype(np.int32),
        prices=np.where(rare, 1.25, generator.uniform(2, 100, PRODUCTS)),
        created_at=np.zeros(PRODUCTS),
        usual_interval_days=np.full(PRODUCTS, np.nan, np.float32),
        repeat_rates=np.zeros(PRODUCTS, np.float32),
        trending=np.zeros(PRODUCTS, np.float32),
        trending_rows=empty,
        new_rows=empty,
    )


if __name__ == "__main__":
    main()
