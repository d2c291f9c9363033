"""Places of a page that are reserved for cold products."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import Scored
from recommender.reranking import CapRules, KnownRows, apply_caps
from recommender.reranking.caps import COLD_SHARE
from recommender.snapshot import Snapshot
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def apart(count: int) -> list[str]:
    return [f"C{row}" for row in range(count)]


EIGHTY = snapshot_of(random_weights(80), categories=apart(80))


def explored(
    snapshot: Snapshot, limit: int, candidates: Sequence[int] | None = None, *, explore: bool = True
) -> list[int]:
    """A page of candidates in this order, with reserved places if it explores."""
    rows = np.array(range(snapshot.indexed) if candidates is None else candidates, dtype=np.int32)
    best_first = Scored(rows, np.linspace(1, 0.9, len(rows), dtype=np.float32))
    page = apply_caps(snapshot, best_first, limit, KnownRows(), CapRules(explore=explore))
    scores = dict(zip(rows.tolist(), best_first.scores.tolist(), strict=True))
    assert page.scores.tolist() == [scores[row] for row in page.rows.tolist()]
    result: list[int] = page.rows.tolist()
    return result


def test_last_place_is_reserved_for_the_best_cold_product() -> None:
    snapshot = snapshot_of(random_weights(40), warm=30, categories=apart(40))
    assert explored(snapshot, 10) == [*range(9), 30]
    assert explored(snapshot, 10, explore=False) == [*range(10)]
    assert explored(snapshot, 9) == [*range(9)]  # less than half a place


def test_products_without_a_vector_get_no_reserved_place() -> None:
    snapshot = snapshot_of(random_weights(40), warm=30, extra=10, categories=apart(50))
    assert explored(snapshot, 10, [0, 45, *range(1, 30), 46, 35]) == [0, 45, *range(1, 8), 35]


def test_no_place_is_reserved_if_the_page_has_a_cold_product() -> None:
    snapshot = snapshot_of(random_weights(40), warm=30, categories=apart(40))
    assert explored(snapshot, 10, [0, 35, *range(1, 30), 36]) == [0, 35, *range(1, 9)]
    assert explored(snapshot, 10, [*range(9), 35, *range(9, 30), 36]) == [*range(9), 35]


def test_cold_product_in_the_last_place_moves_up() -> None:
    snapshot = snapshot_of(random_weights(60), warm=45, categories=apart(60))
    found = explored(snapshot, 30, [*range(29), 50, *range(29, 45), 51, 52])
    assert found == [*range(28), 50, 51]


def test_cold_product_is_not_replaced_by_a_worse_one() -> None:
    snapshot = snapshot_of(random_weights(120), warm=90, categories=apart(120))
    found = explored(snapshot, 50, [*range(48), 100, 101, *range(48, 90), 102, 103])
    assert found == [*range(47), 100, 101, 102]


def test_cold_product_below_the_floor_is_not_inserted() -> None:
    snapshot = snapshot_of(random_weights(40), warm=30, categories=apart(40))
    rows = np.array([*range(10), 30, 31], dtype=np.int32)
    for best_cold, last in ((0.19, 30), (0.17, 9)):  # the floor is a fifth of the last item's 0.9
        scores = np.append(np.linspace(1, 0.9, 10), [best_cold, 0.1]).astype(np.float32)
        page = apply_caps(snapshot, Scored(rows, scores), 10, KnownRows(), CapRules(explore=True))
        assert page.rows.tolist() == [*range(9), last]


def test_no_place_is_reserved_if_cold_products_are_rare() -> None:
    one_in_fifty = snapshot_of(random_weights(100), warm=98, categories=apart(100))
    assert explored(one_in_fifty, 20) == [*range(20)]
    assert explored(one_in_fifty, 25) == [*range(24), 98]  # half a place, rounded up
    none = snapshot_of(random_weights(40), extra=10, categories=apart(50))
    assert explored(none, 40) == [*range(40)]


VARIANTS = [*range(30), 30, 0, 31, 5, *range(32, 38)]
FORTY = snapshot_of(random_weights(40), warm=30, categories=apart(40), variants=VARIANTS)


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        ({}, 31),  # product 0 is not on the page
        ({"bought": [0]}, 32),  # the text of a bought product
        ({"earlier": [0]}, 32),  # on an earlier page
        ({"shown": [0]}, 32),  # on this one
    ],
)
def test_reserved_place_goes_to_a_new_text(rows: dict[str, list[int]], last: int) -> None:
    ranked = np.array([*range(1, 20), 31, 32], dtype=np.int32)
    scored = Scored(ranked, np.linspace(1, 0.9, len(ranked), dtype=np.float32))
    known = KnownRows(**{name: np.array(each, dtype=np.int32) for name, each in rows.items()})
    assert int(apply_caps(FORTY, scored, 10, known, CapRules(explore=True)).rows[-1]) == last


def test_reserved_place_is_within_the_cap_of_its_category() -> None:
    # Three of ten items may be of one category. Three of "Tea" stay on the page, and the last warm item leaves it.
    paths = ["Tea"] * 3 + [f"C{row}" for row in range(3, 30)] + ["Tea", "C3", *apart(8)]
    snapshot = snapshot_of(random_weights(40), warm=30, categories=paths)
    assert explored(snapshot, 10, [*range(30), 30, 31])[-1] == 31
    assert explored(snapshot, 10, [*range(1, 10), 0, *range(10, 30), 30])[-1] == 30  # a place of its own


@given(limit=st.integers(1, 60), warm=st.integers(1, 80), order=st.permutations(range(80)))
@settings(max_examples=150, deadline=None)
def test_exploring_page_is_full_and_repeats_nothing(limit: int, warm: int, order: list[int]) -> None:
    snapshot = replace(EIGHTY, warm=warm)
    found = explored(snapshot, limit, order)
    assert len(found) == len(set(found)) == limit
    share = min(COLD_SHARE, 1 - warm / 80)
    assert sum(row >= warm for row in found) >= min(int(limit * share + 0.5), 80 - warm)
