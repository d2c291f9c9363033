"""The map of a shop whose groups are known."""

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.statistics.catalog_map import map_arrays, refreshed_map

GROUPS, SIZE = 6, 30
GROUP_OF = np.repeat(np.arange(GROUPS), SIZE)


def pairs(table: str, lists: list[list[int]]) -> dict[str, NDArray[Any]]:
    indptr = np.concatenate([[0], np.cumsum([len(found) for found in lists])]).astype(np.int64)
    return {f"{table}_indptr": indptr, f"{table}_rows": np.array([*chain(*lists)], dtype=np.int32)}


def shop(extra: int = 0) -> dict[str, NDArray[Any]]:
    """Products whose alternatives are of their group. The vectors hardly tell the groups apart.

    Of `extra` products at the end, the first is like group 0, and the others are like nothing.
    """
    random = np.random.default_rng(1)
    count = GROUPS * SIZE
    alternatives = [
        random.choice(
            np.flatnonzero((GROUP_OF[row] == GROUP_OF) & (np.arange(count) != row)), 8, replace=False
        )
        for row in range(count)
    ]
    alternatives += [np.arange(8)][:extra] + [np.empty(0, np.int32)] * (extra - 1)
    vectors = random.normal(size=(count, 16)) + 0.6 * random.normal(size=(GROUPS, 16))[GROUP_OF]
    return {
        "item_vectors": vectors.astype(np.float32),
        **pairs("alternatives", [found.tolist() for found in alternatives]),
        **pairs("complements", [[]] * (count + extra)),
    }


def places(arrays: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.stack([arrays["map_x"], arrays["map_y"]], axis=1)


def near_share(found: NDArray[Any]) -> float:
    """Share of the 10 nearest products that are of the same group."""
    distances = np.linalg.norm(found[:, None] - found, axis=2)
    nearest = np.argsort(distances, axis=1)[:, 1:11]
    return float((GROUP_OF[nearest] == GROUP_OF[:, None]).mean())


def test_map_shows_groups_that_the_main_components_hide() -> None:
    arrays = shop(extra=2)
    found = places(map_arrays(arrays, seed=1))
    centered = arrays["item_vectors"] - arrays["item_vectors"].mean(axis=0)
    components = centered @ np.linalg.svd(centered, full_matrices=False)[2][:2].T
    assert near_share(found[:-2]) > 0.9 > 0.7 > near_share(components)
    assert np.abs(found[:-1]).max() == 1.0
    assert np.isnan(found[-1]).all()
    assert np.array_equal(found, places(map_arrays(arrays, seed=1)), equal_nan=True)


def test_refresh_keeps_places_and_puts_new_products_amid_their_neighbours() -> None:
    count = GROUPS * SIZE
    live = shop() | map_arrays(shop(), seed=1)
    arrays, placed = shop(extra=2), np.array([count, count + 1], dtype=np.int32)
    old_rows = np.append(np.arange(count), [-1, -1]).astype(np.int32)
    found = places(refreshed_map(live, arrays, old_rows, placed, seed=1))
    assert np.array_equal(found[:count], places(live))
    spread = np.linalg.norm(found[:8] - found[count], axis=1).max()
    assert spread < np.linalg.norm(found[SIZE:count] - found[count], axis=1).mean() / 2
    assert np.isnan(found[count + 1]).all()
    without = {name: array for name, array in live.items() if not name.startswith("map")}
    whole = places(refreshed_map(without, arrays, old_rows, placed, seed=1))
    assert np.array_equal(whole, places(map_arrays(arrays, seed=1)), equal_nan=True)


def test_shops_of_few_products_have_a_map() -> None:
    for count, places_expected in ((0, 0), (1, 0), (2, 2)):
        others = [[1], [0]] if count == 2 else [[]] * count
        arrays = {
            "item_vectors": np.ones((count, 1), np.float32),
            **pairs("alternatives", others),
            **pairs("complements", [[]] * count),
        }
        found = places(map_arrays(arrays, seed=1))
        assert found.shape == (count, 2)
        assert np.isfinite(found).all(axis=1).sum() == places_expected
        unfitted = arrays | {"item_vectors": np.ones((0, 1), np.float32)}
        assert np.isfinite(places(map_arrays(unfitted, seed=1))).all(axis=1).sum() == places_expected
