"""Converts products, statistics and factors to the arrays of a snapshot."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from adapters.snapshots.layout import ARRAYS
from indexer.factorization import Factors
from indexer.sources import ProductRows
from indexer.statistics.demand import Demand
from indexer.statistics.popularity import Popularity
from recommender.product_ids import IdLookup, StringTable
from recommender.snapshot.alternatives import Alternatives
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.tables import Complements


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of all products, in the catalog's order.

    Attributes:
        popularity: buyers, in all time and in windows.
        demand: gains in demand, and intervals between purchases.
        weekly: purchases in each week, shape (products, weeks).
        complements: products bought together.
        alternatives: products that may be taken instead.
        companions: weights of products that complete baskets, shape (products, products).
    """

    popularity: Popularity
    demand: Demand
    weekly: NDArray[np.uint16]
    complements: Complements
    alternatives: Alternatives
    companions: csr_array


def snapshot_arrays(
    products: ProductRows, statistics: Statistics, factors: Factors
) -> dict[str, NDArray[np.generic]]:
    """All arrays of the snapshot's layout except the map, by name."""
    return product_arrays(products, factors.order) | factors.arrays() | _counted(statistics, factors.order)


def _counted(statistics: Statistics, order: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    popularity = statistics.popularity
    complements, alternatives = statistics.complements, statistics.alternatives
    companions = statistics.companions
    arrays: dict[str, NDArray[np.generic]] = {
        "buyers": popularity.buyers[order],
        "recent_buyers": popularity.recent_buyers[order],
        "popular_rows": _inverse(order)[popularity.order],
        "weekly_purchases": statistics.weekly[order],
        "popular_rows_all": _inverse(order)[popularity.order_all],
    }
    for name, (buyers, by_buyers) in popularity.windows.items():
        arrays[f"buyers_{name}"] = buyers[order]
        arrays[f"popular_rows_{name}"] = _inverse(order)[by_buyers]
    arrays |= _demand(statistics.demand, order)
    arrays |= _pairs(
        "complements",
        order,
        complements.indptr,
        complements.rows,
        scores=complements.scores,
        buyers=complements.buyers,
        associated=complements.associated,
    )
    arrays |= _pairs(
        "alternatives",
        order,
        alternatives.indptr,
        alternatives.rows,
        scores=alternatives.scores,
        kinds=alternatives.kinds,
    )
    arrays |= _pairs("companions", order, companions.indptr, companions.indices, weights=companions.data)
    return arrays


def complete(
    arrays: dict[str, NDArray[np.generic]], *, unknown: Collection[str] = ()
) -> dict[str, NDArray[np.generic]]:
    """Converts `arrays` to the types of the layout.

    Raises:
        KeyError: an array of the layout is missing, and not among `unknown`.
    """
    missing = ARRAYS.keys() - arrays.keys() - set(unknown)
    if missing:
        raise KeyError(f"arrays missing in the snapshot: {sorted(missing)}")
    return {name: np.ascontiguousarray(array, dtype=ARRAYS[name].dtype) for name, array in arrays.items()}


def product_arrays(products: ProductRows, order: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    """Arrays that come from the catalog's products alone.

    Args:
        products: all products.
        order: product of each row of the snapshot, shape (products,).
    """
    created_at = np.array(products.created_at, dtype=np.float64)[order]
    newest_first = np.argsort(-created_at, kind="stable")
    return _strings(products, order) | {
        "in_stock": np.array(products.in_stock, dtype=np.bool_)[order],
        "variant_groups": products.variant_groups[order],
        "models": products.models[order],
        "prices": np.array(products.prices, dtype=np.float64)[order],
        "created_at": created_at,
        "new_rows": newest_first[~np.isnan(created_at[newest_first])],
    }


def _demand(demand: Demand, order: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    """Columns of demand, and the rows that sell better than usual, largest gain first."""
    arrays: dict[str, NDArray[np.generic]] = {
        "usual_interval_days": demand.usual_interval_days[order],
        "repeat_rates": demand.repeat_rates[order],
    }
    windows = {f"_{name}": scores for name, scores in demand.trending_in.items()}
    for suffix, scores in ({"": demand.trending} | windows).items():
        trending = scores[order]
        most_gained_first = np.argsort(-trending, kind="stable")
        arrays[f"trending{suffix}"] = trending
        arrays[f"trending_rows{suffix}"] = most_gained_first[trending[most_gained_first] > 1]
    return arrays


def _pairs(
    name: str,
    order: NDArray[np.int32],
    indptr: NDArray[np.integer],
    products: NDArray[np.integer],
    **columns: NDArray[np.generic],
) -> dict[str, NDArray[np.generic]]:
    """Arrays of pairs of products in the new order, see `ProductPairs`."""
    starts, places = _reordered(indptr.astype(np.int64), order)
    found: dict[str, NDArray[np.generic]] = {"indptr": starts, "rows": _inverse(order)[products[places]]}
    found |= {column: values[places] for column, values in columns.items()}
    return {f"{name}_{column}": values for column, values in found.items()}


def _reordered(
    indptr: NDArray[np.int64], order: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets of sparse rows in the new order, and the old place of entries."""
    lengths = np.diff(indptr)[order]
    ends = np.cumsum(lengths)
    places = np.arange(indptr[-1]) + np.repeat(indptr[order] - (ends - lengths), lengths)
    return np.concatenate([np.zeros(1, np.int64), ends]), places


def category_codes(products: ProductRows) -> NDArray[np.int32]:
    """Code of each product's category, −1 without one. Shape (products,)."""
    tree = CategoryTree(CategoryTree.sorted_paths(products.categories))
    code_of = {path: tree.code(path) for path in set(products.categories)}
    return np.array([code_of[path] for path in products.categories], dtype=np.int32)


def _strings(products: ProductRows, order: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    product_ids = list(products.row_of)
    ids = StringTable.of(product_ids[row].encode() for row in order)
    lookup = IdLookup.of(ids)
    documents = StringTable.of(products.documents[row] for row in order)
    paths = CategoryTree.sorted_paths(products.categories)
    categories = StringTable.of(path.encode() for path in paths)
    names = BrandList.sorted_names(products.brands)
    listed = BrandList(names)
    brand_code_of = {name: listed.code(name) for name in set(products.brands)}
    brands = StringTable.of(name.encode() for name in names)
    return {
        "category_codes": category_codes(products)[order],
        "brand_codes": np.array([brand_code_of[products.brands[row]] for row in order], dtype=np.int32),
        "id_hashes": lookup.hashes,
        "id_rows": lookup.rows,
        "ids_offsets": ids.offsets,
        "ids_data": ids.data,
        "documents_offsets": documents.offsets,
        "documents_data": documents.data,
        "categories_offsets": categories.offsets,
        "categories_data": categories.data,
        "brands_offsets": brands.offsets,
        "brands_data": brands.data,
    }


def _inverse(order: NDArray[np.int32]) -> NDArray[np.int32]:
    """Maps old rows to new rows."""
    inverse = np.empty(len(order), dtype=np.int32)
    inverse[order] = np.arange(len(order), dtype=np.int32)
    return inverse
