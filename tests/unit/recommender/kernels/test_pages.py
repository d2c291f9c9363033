"""Compiled loops over the rows of a page against plain Python, on random shops."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.kernels import pages as kernels

PRODUCTS, WARM, INDEXED = 300, 240, 280
Rows = NDArray[np.int32]


def filled(
    rows: Rows,
    places: int,
    groups: Rows,
    codes: Rows,
    bought: set[int],
    shown: Rows,
    used: Rows,
    caps: list[int],
) -> tuple[list[int], list[int], list[int]]:
    """The page, the deferred positions and those deferred by the cap on cold products."""
    category, cold, twin, text = caps
    own_groups = {int(groups[row]) for row in bought}

    def limits(row: int) -> dict[object, int]:
        found: dict[object, int] = {}
        if row in bought:
            return found
        if groups[row] >= 0:
            found["text", int(groups[row])] = text
            if int(groups[row]) in own_groups:
                found["twin"] = twin
        if codes[row] >= 0:
            found["category", int(codes[row])] = category
        if WARM <= row < INDEXED:
            found["cold"] = cold
        return found

    counts = Counter(kind for row in shown.tolist() for kind in limits(row))
    counts.update(("text", group) for group in used.tolist())
    page, deferred, surplus = list[int](), list[int](), list[int]()
    for position, row in enumerate(rows.tolist()):
        full = [kind for kind, cap in limits(row).items() if counts[kind] >= cap]
        if full:
            (surplus if "cold" in full else deferred).append(position)
            continue
        counts.update(limits(row).keys())
        page.append(position)
        if len(page) >= places:
            break
    return page, deferred, surplus


@pytest.mark.parametrize("seed", range(30))
def test_pages_are_filled_as_by_the_rules(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(-1, random.choice([4, 40, 400]), PRODUCTS).astype(np.int32)
    codes = random.integers(-1, random.choice([2, 10, 100]), PRODUCTS).astype(np.int32)
    rows = random.permutation(PRODUCTS)[: random.integers(200)].astype(np.int32)
    bought = np.sort(random.permutation(PRODUCTS)[: random.integers(60)]).astype(np.int32)
    shown = random.permutation(PRODUCTS)[: random.choice([0, 7])].astype(np.int32)
    used = random.integers(-1, 40, random.choice([0, 30])).astype(np.int32)
    places, caps = int(random.integers(1, 60)), random.integers(1, 6, 4).tolist()
    found = kernels.fill_page(
        rows, places, groups, codes, WARM, INDEXED, bought, np.sort(groups[bought]), shown, used, *caps
    )
    expected = filled(rows, places, groups, codes, set(bought.tolist()), shown, used, caps)
    assert tuple(part.tolist() for part in found) == expected


def with_cold_places(
    rows: Rows,
    page: list[int],
    replaceable: list[int],
    candidates: list[int],
    missing: int,
    groups: Rows,
    codes: Rows,
    bought: set[int],
    shown: Rows,
    used: Rows,
    caps: list[int],
) -> list[int]:
    """The candidates that fit, each instead of the last replaceable position that is left."""
    category_cap, text_cap = caps
    own_groups = {int(groups[row]) for row in bought}
    left, added = list(replaceable), list[int]()
    for candidate in candidates:
        if not left or len(added) >= missing:
            break
        gone = {*replaceable[len(left) - 1 :]}
        kept = [int(rows[each]) for each in [*page, *added] if each not in gone]
        others = [row for row in [*shown.tolist(), *kept] if row not in bought]
        group, code = int(groups[rows[candidate]]), int(codes[rows[candidate]])
        same_text = sum(groups[row] == group for row in others) + (used == group).sum()
        if group >= 0 and (same_text >= text_cap or group in own_groups):
            continue
        if code >= 0 and sum(codes[row] == code for row in others) >= category_cap:
            continue
        added.append(candidate)
        left.pop()
    return added


@pytest.mark.parametrize("seed", range(30))
def test_cold_places_go_to_the_best_that_fit(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(-1, random.choice([30, 400]), PRODUCTS).astype(np.int32)
    codes = random.integers(-1, random.choice([5, 10, 100]), PRODUCTS).astype(np.int32)
    rows = random.permutation(PRODUCTS)[:120].astype(np.int32)
    bought = np.sort(random.permutation(PRODUCTS)[: random.integers(60)]).astype(np.int32)
    shown = random.permutation(PRODUCTS)[: random.choice([0, 7])].astype(np.int32)
    used = random.integers(-1, 30, random.choice([0, 10])).astype(np.int32)
    places = random.permutation(60).astype(np.int32)
    page, candidates = places[:20], np.sort(places[20:])
    replaceable = page[np.sort(random.permutation(20)[: random.integers(20)])]
    missing, caps = int(random.integers(1, 8)), random.integers(1, 6, 2).tolist()
    found = kernels.cold_places(
        *(rows, page, replaceable, candidates, missing, groups, codes, bought, np.sort(groups[bought])),
        *(shown, used, *caps),
    ).tolist()
    assert found == with_cold_places(
        *(rows, page.tolist(), replaceable.tolist(), candidates.tolist(), missing, groups, codes),
        *(set(bought.tolist()), shown, used, caps),
    )


def test_members_are_marked() -> None:
    random = np.random.default_rng(5)
    rows = random.integers(0, 60, 200).astype(np.int32)
    for size in (0, 1, 2, 3, 30):
        some = np.sort(random.permutation(60)[:size]).astype(np.int32)
        assert kernels.contains(some, rows).tolist() == np.isin(rows, some).tolist()


@pytest.mark.parametrize("row", [-1, PRODUCTS])
def test_rows_outside_the_columns_are_rejected(row: int) -> None:
    column, nothing = np.zeros(PRODUCTS, np.int32), np.zeros(0, np.int32)
    bad = np.array([row], np.int32)
    for rows, shown in ((bad, nothing), (nothing, bad)):
        with pytest.raises(IndexError, match=f"row {row} is not below {PRODUCTS}"):
            kernels.fill_page(rows, 1, column, column, 1, 1, nothing, nothing, shown, nothing, 1, 1, 1, 1)
