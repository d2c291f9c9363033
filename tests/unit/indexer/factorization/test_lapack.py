import threading
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.factorization.lapack import solve_positive_definite


def positive_definite(size: int) -> NDArray[np.float32]:
    half = np.random.default_rng(1).normal(size=(size, size))
    return np.asfortranarray(half @ half.T + size * np.eye(size), dtype=np.float32)


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_lower_triangle_suffices_for_the_solution(size: int) -> None:
    system, values = positive_definite(size), np.arange(1, size + 1, dtype=np.float32)
    expected = np.linalg.solve(system.astype(np.float64), values)
    lower = np.asfortranarray(np.tril(system))
    np.testing.assert_allclose(solve_positive_definite(lower, values), expected, rtol=1e-3, atol=1e-5)
    assert values.tolist() == list(range(1, size + 1))


def test_view_of_a_larger_matrix_is_solved_in_place() -> None:
    whole = positive_definite(9)
    expected = np.linalg.solve(whole[:-1, :-1].astype(np.float64), whole[-1, :-1])
    outside = whole[-1].copy(), whole[:, -1].copy()
    np.testing.assert_allclose(solve_positive_definite(whole[:-1, :-1], whole[-1, :-1]), expected, rtol=1e-4)
    np.testing.assert_array_equal(whole[-1], outside[0])
    np.testing.assert_array_equal(whole[:, -1], outside[1])


def test_system_that_is_not_positive_definite_is_rejected() -> None:
    with pytest.raises(ArithmeticError, match="not positive definite"):
        solve_positive_definite(np.asfortranarray(-np.eye(3), dtype=np.float32), np.ones(3, np.float32))


@pytest.mark.parametrize(
    ("system", "count"),
    [
        (np.eye(3, dtype=np.float32), 2),
        (np.asfortranarray(np.eye(3)), 3),
        (np.ones((3, 3), dtype=np.float32).cumsum(axis=0, dtype=np.float32), 3),
    ],
    ids=["other size", "doubles", "row by row"],
)
def test_unsuitable_array_layout_is_rejected(system: NDArray[np.float32], count: int) -> None:
    with pytest.raises(ValueError, match="cannot be solved"):
        solve_positive_definite(system, np.ones(count, np.float32))


def test_solver_releases_the_interpreter_lock() -> None:
    """Another thread runs in the middle of the call."""
    system = np.asfortranarray(3000 * np.eye(3000) + 1, dtype=np.float32)
    values = np.ones(3000, np.float32)
    moments: list[float] = []
    watching, done = threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            moments.append(time.perf_counter())
            watching.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        watching.wait()
        start = time.perf_counter()
        solve_positive_definite(system, values)
        end = time.perf_counter()
    finally:
        done.set()
        watcher.join()
    quarter = (end - start) / 4
    assert any(start + quarter < moment < end - quarter for moment in moments)
