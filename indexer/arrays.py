"""From products and factors to the arrays of a snapshot, all in its row order."""

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.layout import ARRAYS
from indexer.factorization import Factors
from indexer.popularity import Popularity
from indexer.sources import ProductRows
from recommender.categories import CategoryTree
from recommender.tables import IdLookup, StringTable


def snapshot_arrays(
    products: ProductRows, popularity: Popularity, factors: Factors
) -> dict[str, NDArray[np.generic]]:
    """Every array of the snapshot's layout, by name."""
    order = factors.order
    arrays = {
        "item_vectors": factors.item_vectors,
        "query_vectors": factors.query_vectors,
        "trend": factors.trend,
        "weights_indptr": factors.weights.indptr,
        "weights_indices": factors.weights.indices,
        "weights_values": factors.weights.data,
        "weights_residuals": factors.residuals,
        "in_stock": np.array(products.in_stock, dtype=np.bool_)[order],
        "variant_groups": np.array(products.text_numbers, dtype=np.int32)[order],
        "buyers": popularity.buyers[order],
        "recent_buyers": popularity.recent_buyers[order],
        "popular_rows": _inverse(order)[popularity.order],
    }
    arrays |= _strings(products, order)
    missing = ARRAYS.keys() - arrays.keys()
    if missing:
        raise KeyError(f"a snapshot needs {sorted(missing)} too")
    return arrays


def _strings(products: ProductRows, order: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    product_ids = list(products.row_of)
    ids = StringTable.of(product_ids[row].encode() for row in order)
    lookup = IdLookup.of(ids)
    documents = StringTable.of(products.documents[row] for row in order)
    paths = CategoryTree.sorted_paths(products.categories)
    tree = CategoryTree(paths)
    code_of = {path: tree.code(path) for path in set(products.categories)}
    categories = StringTable.of(path.encode() for path in paths)
    return {
        "category_codes": np.array([code_of[products.categories[row]] for row in order], dtype=np.int32),
        "id_hashes": lookup.hashes,
        "id_rows": lookup.rows,
        "ids_offsets": ids.offsets,
        "ids_data": ids.data,
        "documents_offsets": documents.offsets,
        "documents_data": documents.data,
        "categories_offsets": categories.offsets,
        "categories_data": categories.data,
    }


def _inverse(order: NDArray[np.int32]) -> NDArray[np.int32]:
    """The new row of each old one."""
    inverse = np.empty(len(order), dtype=np.int32)
    inverse[order] = np.arange(len(order), dtype=np.int32)
    return inverse
