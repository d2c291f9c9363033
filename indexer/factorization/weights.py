"""Local item-item weights: one small ridge regression per product."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.gram import Gram, Neighbourhood
from indexer.factorization.lapack import solve_positive_definite

_WORKERS = 2
_BATCH = 128
_Values = NDArray[np.float32]
_Solved = tuple[NDArray[np.int32], NDArray[np.int32], list[_Values]]


def columns(
    gram: Gram, ridges: Sequence[float], product: int, neighbours: NDArray[np.int32]
) -> list[_Values]:
    """Column j of B over its neighbours S for each of `ridges`, shape (len(neighbours),).

    Solves (G_SS + λ m I) b = G_Sj.

    With all products as neighbours and γ = 0 this is EASE (Steck, WWW 2019): j is not among its own neighbours, which
    is EASE's constraint of a zero diagonal. Restricting a column to related products is the neighbourhood form of SLIM
    (Ning and Karypis, ICDM 2011, "fsSLIM"). G = XᵀX + γ m K adds text like purchases (collective regression: Jeunen,
    Van Balen, Goethals, "Closed-form models for collaborative filtering with side-information", RecSys 2020).

    Raises:
        ArithmeticError: a system is not positive definite.
    """
    if not len(neighbours):
        return [np.empty(0, np.float32) for _ in ridges]
    relations = gram.submatrix(np.append(neighbours, product))
    values = []
    for position, ridge in enumerate(ridges):
        # The solver overwrites its system, so all but the last work on a copy.
        system = relations.copy("F") if position < len(ridges) - 1 else relations
        np.einsum("ii->i", system)[:] += ridge
        try:
            values.append(solve_positive_definite(system[:-1, :-1], system[-1, :-1]))
        except ArithmeticError as error:
            raise ArithmeticError(
                f"the weights of product row {product} have no solution: {error}"
            ) from error
    return values


def fit_weights(
    gram: Gram, ridges: Sequence[float], neighbourhoods: Iterable[Neighbourhood], product_count: int
) -> list[csr_array]:
    """B for each of `ridges`, shape (products, products).

    B_ji is the weight of a bought product j for product i.

    Columns are independent. They are solved in parallel, each on one BLAS thread.
    """
    solved: list[_Solved] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[_Solved]] = deque()
        for batch in _batches(neighbourhoods):
            waiting.append(pool.submit(_solve, gram, ridges, batch))
            if len(waiting) > 2 * _WORKERS:  # the next neighbourhoods are found meanwhile
                solved.append(waiting.popleft().result())
        solved.extend(future.result() for future in waiting)
    return _joined(solved, len(ridges), product_count)


def _solve(gram: Gram, ridges: Sequence[float], batch: list[Neighbourhood]) -> _Solved:
    """Rows, columns and, for each ridge, values of B for a batch."""
    values = [columns(gram, ridges, *pair) for pair in batch]
    products = np.array([product for product, _ in batch], dtype=np.int32)
    lengths = [len(neighbours) for _, neighbours in batch]
    rows = np.concatenate([neighbours for _, neighbours in batch])
    return rows, np.repeat(products, lengths), [np.concatenate(parts) for parts in zip(*values, strict=True)]


def _joined(solved: list[_Solved], count: int, product_count: int) -> list[csr_array]:
    """Joins the parts of each of `count` matrices and frees the parts."""
    rows = np.concatenate([part[0] for part in solved] or [np.empty(0, np.int32)])
    products = np.concatenate([part[1] for part in solved] or [np.empty(0, np.int32)])
    values = [
        np.concatenate([part[2][position] for part in solved] or [np.empty(0, np.float32)])
        for position in range(count)
    ]
    solved.clear()
    return [_matrix(rows, products, one, product_count) for one in values]


def _matrix(
    rows: NDArray[np.int32], columns: NDArray[np.int32], values: _Values, product_count: int
) -> csr_array:
    matrix = csr_array((values, (rows, columns)), shape=(product_count, product_count))
    matrix.sort_indices()
    return matrix


def _batches(pairs: Iterable[Neighbourhood]) -> Iterator[list[Neighbourhood]]:
    remaining = iter(pairs)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
