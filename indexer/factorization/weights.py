"""Local item-item weights: a small ridge regression per product, linear in the number of products."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csc_array, csr_array

from indexer.factorization.content import Content
from indexer.factorization.neighbours import GramScale

_SHOPPERS_AT_ONCE = 8192
_WORKERS = 2


class LocalRidge:
    """Solves column j of B over its neighbours S: (G_SS + λ m I) b = G_Sj.

    With all products as neighbours and γ = 0 this is EASE without its constraint's correction (Steck, WWW 2019);
    restricting a column to related products is the neighbourhood form of SLIM (Ning and Karypis, ICDM 2011,
    "fsSLIM"); G = XᵀX + γ m K adds text as if it were purchases (collective regression: Jeunen, Van Balen,
    Goethals, "Closed-form models for collaborative filtering with side-information", RecSys 2020).
    """

    def __init__(self, matrix: csr_array, content: Content, scale: GramScale) -> None:
        """Takes X (shape (shoppers, products)), content embeddings and G's terms."""
        columns = csc_array(matrix)
        self._indptr, self._shoppers = columns.indptr.astype(np.int64), columns.indices
        self._shopper_count = matrix.shape[0]
        self._content = content
        self._scale = scale

    def column(self, product: int, neighbours: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weights of `neighbours` for `product`; shape (len(neighbours),)."""
        if not len(neighbours):
            return np.empty(0, np.float32)
        gram = self.gram(np.concatenate([neighbours, [product]]))
        system = gram[:-1, :-1]
        system[np.diag_indices_from(system)] += self._scale.ridge
        _, weights, status = lapack.sposv(system, gram[:-1, -1])
        if status:
            raise ArithmeticError(f"the weights of product row {product} have no solution (LAPACK {status})")
        return np.asarray(weights, dtype=np.float32).reshape(-1)

    def gram(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """G restricted to `products`; shape (len(products), len(products))."""
        kernel = self._content.of_products(products)
        gram = (kernel @ kernel.T) ** 2 * np.float32(self._scale.text_weight)
        gram += self._purchased_together(products)
        return gram

    def _purchased_together(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        starts = self._indptr[products]
        lengths = self._indptr[products + 1] - starts
        ends = np.cumsum(lengths)
        shoppers = self._shoppers[np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)]
        owners = np.repeat(np.arange(len(products)), lengths)
        used, count = shoppers, self._shopper_count
        if count > _SHOPPERS_AT_ONCE:
            distinct, used = np.unique(shoppers, return_inverse=True)
            count = len(distinct)
        together = np.zeros((len(products), len(products)), dtype=np.float32)
        for low in range(0, count, _SHOPPERS_AT_ONCE):
            high = min(low + _SHOPPERS_AT_ONCE, count)
            here = (used >= low) & (used < high) if count > _SHOPPERS_AT_ONCE else slice(None)
            bought = np.zeros((len(products), high - low), dtype=np.float32)
            bought[owners[here], used[here] - low] = 1
            together += bought @ bought.T
        return together


def fit_weights(
    ridge: LocalRidge, neighbourhoods: Iterable[tuple[int, NDArray[np.int32]]], product_count: int
) -> csr_array:
    """B, shape (products, products): B_ji is what having bought j says for i.

    Columns are independent: they are solved side by side, each on one BLAS thread.
    """
    rows: list[NDArray[np.int32]] = []
    columns: list[NDArray[np.int32]] = []
    values: list[NDArray[np.float32]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for chunk in _chunks(neighbourhoods, 512):
            solved = pool.map(lambda pair: ridge.column(*pair), chunk)
            for (product, neighbours), weights in zip(chunk, solved, strict=True):
                rows.append(neighbours)
                columns.append(np.full(len(neighbours), product, dtype=np.int32))
                values.append(weights)
    empty = [np.empty(0, np.int32)]
    matrix = csr_array(
        (
            np.concatenate([*values, np.empty(0, np.float32)]),
            (np.concatenate(rows + empty), np.concatenate(columns + empty)),
        ),
        shape=(product_count, product_count),
    )
    matrix.sort_indices()
    return matrix


def _chunks(
    pairs: Iterable[tuple[int, NDArray[np.int32]]], size: int
) -> Iterable[list[tuple[int, NDArray[np.int32]]]]:
    chunk: list[tuple[int, NDArray[np.int32]]] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
