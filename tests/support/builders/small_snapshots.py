"""Snapshots of a small dense weight matrix, for scores checked by hand."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.low_rank import residual, truncated_svd
from recommender.candidate_generation import ExactIndex
from recommender.product_ids import IdLookup, StringTable
from recommender.snapshot import ProductColumns, ServingParameters, Snapshot
from recommender.snapshot.alternatives import Alternatives
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.tables import Companions, Complements, SparseWeights
from recommender.snapshot.windows import DemandWindows


def random_weights(products: int, seed: int = 7, density: float = 0.3) -> NDArray[np.float32]:
    """A positive sparse weight matrix with an empty diagonal."""
    generator = np.random.default_rng(seed)
    weights = generator.random((products, products), dtype=np.float32)
    weights[generator.random((products, products)) > density] = 0
    np.fill_diagonal(weights, 0)
    return weights


class Given(TypedDict, total=False):
    """Columns of a small snapshot, in row order. All have defaults."""

    ids: Sequence[str]
    titles: Sequence[str]
    categories: Sequence[str]
    in_stock: Sequence[bool]
    variants: Sequence[int]
    buyers: Sequence[int]
    brands: Sequence[str]
    prices: Sequence[float]
    created_at: Sequence[float]
    intervals: Sequence[float]
    repeat_rates: Sequence[float]
    trending: Sequence[float]


def snapshot_of(
    weights: NDArray[np.float32],
    *,
    rank: int = 4,
    extra: int = 0,
    warm: int | None = None,
    trend: Sequence[float] | None = None,
    complements: Mapping[int, Sequence[tuple[int, float, int]]] | None = None,
    alternatives: Mapping[int, Sequence[tuple[int, float, int]]] | None = None,
    companions: Mapping[int, Sequence[tuple[int, float]]] | None = None,
    parameters: ServingParameters | None = None,
    version: str = "20260101T000000000Z-00000000",
    **given: Unpack[Given],
) -> Snapshot:
    """A snapshot of the rows of `weights`, and `extra` products without a vector.

    Args:
        weights: item-to-item weights, shape (rows, rows).
        rank: dimensions of the vectors.
        extra: products after the indexed rows.
        warm: number of rows with purchases. None: all indexed rows.
        trend: trend factor of each row.
        complements: for each row, other rows with their score and joint buyers, best first.
        alternatives: for each row, other rows with their score and likeness, best first.
        companions: for each row, other rows with their weight, largest first.
        parameters: of serving.
        version: of the snapshot.
        given: columns that replace the defaults.
    """
    indexed, total = len(weights), len(weights) + extra
    sparse = csr_array(weights).sorted_indices()
    query_vectors, item_vectors = truncated_svd(sparse, rank, seed=1)
    residuals = residual(sparse, query_vectors, item_vectors)
    factors = np.array(trend if trend is not None else [1.0] * indexed, dtype=np.float32)
    names = list(given.get("ids") or (f"p{row}" for row in range(total)))
    paths = list(given.get("categories") or ("Shop",) * total)
    tree = CategoryTree(CategoryTree.sorted_paths(paths))
    brands = BrandList(BrandList.sorted_names(given.get("brands") or ("",)))
    columns = _product_columns(total, [tree.code(path) for path in paths], brands, given)
    return Snapshot(
        version=version,
        parameters=parameters or ServingParameters(),
        index=ExactIndex(item_vectors * factors[:, None]),
        warm=indexed if warm is None else warm,
        item_vectors=item_vectors * factors[:, None],
        query_vectors=query_vectors,
        trend=factors,
        weights=SparseWeights(
            sparse.indptr.astype(np.int64), sparse.indices.astype(np.int32), sparse.data, residuals.data
        ),
        columns=columns,
        categories=tree,
        brands=brands,
        complements=_complements(complements or {}, total),
        alternatives=Alternatives(*_pairs(alternatives or {}, total, np.uint8)),
        windows=_windows(columns),
        companions=Companions(*_pairs(_numbered(companions or {}), total, np.uint8)[:3]),
        lookup=IdLookup.of(StringTable.of(name.encode() for name in names)),
        documents=StringTable.of(_documents(names, paths, given.get("titles"))),
    )


def _complements(given: Mapping[int, Sequence[tuple[int, float, int]]], total: int) -> Complements:
    joined = _pairs(given, total, np.int32)
    return Complements(*joined, associated=np.ones(len(joined[1]), np.bool_))


def _product_columns(
    total: int, category_codes: Sequence[int], brands: BrandList, given: Given
) -> ProductColumns:
    created = _column(given.get("created_at"), total, np.float64)
    demand = np.array(given.get("trending") or [0.0] * total, dtype=np.float32)
    newest, rising = np.argsort(-created, kind="stable"), np.argsort(-demand, kind="stable")
    counts = np.array(given.get("buyers") or range(total, 0, -1), dtype=np.int32)
    return ProductColumns(
        category_codes=np.array(category_codes, dtype=np.int32),
        in_stock=np.array(given.get("in_stock") or [True] * total),
        variant_groups=np.array(given.get("variants") or range(total), dtype=np.int32),
        models=np.array(given.get("models") or [-1] * total, dtype=np.int32),
        buyers=counts,
        recent_buyers=counts,
        popular_rows=np.argsort(-counts, kind="stable").astype(np.int32),
        brand_codes=np.array([brands.code(n) for n in given.get("brands") or ("",) * total], dtype=np.int32),
        prices=_column(given.get("prices"), total, np.float64),
        created_at=created,
        usual_interval_days=_column(given.get("intervals"), total, np.float32),
        repeat_rates=np.array(given.get("repeat_rates") or [0.5] * total, dtype=np.float32),
        trending=demand,
        trending_rows=rising[demand[rising] > 1].astype(np.int32),
        new_rows=newest[~np.isnan(created[newest])].astype(np.int32),
    )


def _windows(columns: ProductColumns) -> DemandWindows:
    """Windows in which demand is that of the columns."""
    counts, rows = [columns.buyers] * 2, [columns.popular_rows] * 3
    return DemandWindows(*counts, *rows, *[columns.trending] * 2, *[columns.trending_rows] * 2)


def _documents(names: Sequence[str], paths: Sequence[str], titles: Sequence[str] | None) -> Iterator[bytes]:
    for name, title, path in zip(names, titles or [f"Product {n}" for n in names], paths, strict=True):
        yield json.dumps({"id": name, "title": title, "category": path}).encode()


def _column(values: Sequence[float] | None, total: int, dtype: type[np.floating]) -> NDArray[Any]:
    """The values, or NaN for every row."""
    return np.array(values if values is not None else [np.nan] * total, dtype=dtype)


def _numbered(given: Mapping[int, Sequence[tuple[int, float]]]) -> dict[int, list[tuple[int, float, int]]]:
    return {row: [(other, weight, 0) for other, weight in pairs] for row, pairs in given.items()}


def _pairs(
    given: Mapping[int, Sequence[tuple[int, float, int]]], total: int, dtype: type[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[Any]]:
    """Sparse rows: offsets, columns, values and a number for each pair."""
    pairs = [pair for row in range(total) for pair in given.get(row, ())]
    lengths = [len(given.get(row, ())) for row in range(total)]
    return (
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)]),
        np.array([row for row, _, _ in pairs], dtype=np.int32),
        np.array([score for _, score, _ in pairs], dtype=np.float32),
        np.array([number for _, _, number in pairs], dtype=dtype),
    )
