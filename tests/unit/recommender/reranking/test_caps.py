"""Caps against repetition on a page."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Scored,
)
from recommender.reranking import apply_caps
from recommender.reranking.caps import COLD_SHARE
from recommender.snapshot import Snapshot
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOTHING = np.empty(0, dtype=np.int32)


def ranked(count: int) -> Scored:
    return Scored(np.arange(count, dtype=np.int32), np.linspace(1, 0.9, count, dtype=np.float32))


def page(snapshot: Snapshot, limit: int, *bought: int) -> list[int]:
    rows = apply_caps(
        snapshot, ranked(snapshot.products), limit, np.array(bought, dtype=np.int32), NOTHING
    ).rows
    result: list[int] = rows.tolist()
    return result


def apart(count: int) -> list[str]:
    return [f"C{row}" for row in range(count)]


EIGHTY = snapshot_of(random_weights(80), categories=apart(80))


def test_indistinguishable_products_are_shown_once() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[0, 0, 1, 0, 2, 3], categories=apart(6))
    assert page(snapshot, 4) == [0, 2, 4, 5]


def test_products_without_text_are_not_variants_of_each_other() -> None:
    snapshot = snapshot_of(random_weights(4), variants=[-1, -1, -1, -1], categories=apart(4))
    assert page(snapshot, 3) == [0, 1, 2]


def test_category_is_capped_while_others_have_candidates() -> None:
    snapshot = snapshot_of(random_weights(12), categories=["A"] * 8 + apart(4))
    assert page(snapshot, 10) == [0, 1, 2, 8, 9, 10, 11, 3, 4, 5]


def test_cold_products_are_capped() -> None:
    snapshot = snapshot_of(random_weights(30), warm=15, categories=apart(30))
    cold_first = Scored(np.arange(29, -1, -1, dtype=np.int32), np.linspace(1, 0.9, 30, dtype=np.float32))
    rows = apply_caps(snapshot, cold_first, 10, NOTHING, NOTHING).rows
    assert (rows >= 15).sum() == 1
    assert rows[0] == 29


@pytest.mark.parametrize(("limit", "cap"), [(1, 1), (20, 1), (21, 2), (40, 2), (100, 5)])
def test_cap_on_cold_products_is_one_in_twenty_rounded_up(limit: int, cap: int) -> None:
    snapshot = snapshot_of(random_weights(240), warm=120, categories=apart(240))
    cold_first = Scored(np.arange(239, -1, -1, dtype=np.int32), np.linspace(1, 0.9, 240, dtype=np.float32))
    rows = apply_caps(snapshot, cold_first, limit, NOTHING, NOTHING).rows
    assert len(rows) == limit
    assert (rows >= 120).sum() == cap


def explored(snapshot: Snapshot, limit: int, candidates: Sequence[int] | None = None) -> list[int]:
    """A page that explores, of candidates in this order."""
    rows = np.array(range(snapshot.indexed) if candidates is None else candidates, dtype=np.int32)
    best_first = Scored(rows, np.linspace(1, 0.9, len(rows), dtype=np.float32))
    page = apply_caps(snapshot, best_first, limit, NOTHING, NOTHING, explore=True)
    scores = dict(zip(rows.tolist(), best_first.scores.tolist(), strict=True))
    assert page.scores.tolist() == [scores[row] for row in page.rows.tolist()]
    result: list[int] = page.rows.tolist()
    return result


def test_last_place_is_reserved_for_the_best_cold_product() -> None:
    snapshot = snapshot_of(random_weights(40), warm=30, categories=apart(40))
    assert explored(snapshot, 10) == [*range(9), 30]
    assert page(snapshot, 10) == [*range(10)]
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
        page = apply_caps(snapshot, Scored(rows, scores), 10, NOTHING, NOTHING, explore=True)
        assert page.rows.tolist() == [*range(9), last]


def test_no_place_is_reserved_if_cold_products_are_rare() -> None:
    one_in_fifty = snapshot_of(random_weights(100), warm=98, categories=apart(100))
    assert explored(one_in_fifty, 20) == [*range(20)]
    assert explored(one_in_fifty, 25) == [*range(24), 98]  # half a place, rounded up
    none = snapshot_of(random_weights(40), extra=10, categories=apart(50))
    assert explored(none, 40) == [*range(40)]


@given(limit=st.integers(1, 60), warm=st.integers(1, 80), order=st.permutations(range(80)))
@settings(max_examples=150, deadline=None)
def test_exploring_page_is_full_and_repeats_nothing(limit: int, warm: int, order: list[int]) -> None:
    snapshot = replace(EIGHTY, warm=warm)
    found = explored(snapshot, limit, order)
    assert len(found) == len(set(found)) == limit
    share = min(COLD_SHARE, 1 - warm / 80)
    assert sum(row >= warm for row in found) >= min(int(limit * share + 0.5), 80 - warm)


def test_deferred_items_are_not_lost() -> None:
    snapshot = snapshot_of(random_weights(5), variants=[0] * 5, categories=["A"] * 5)
    assert page(snapshot, 5) == [0, 1, 2, 3, 4]


def test_products_with_the_text_of_a_bought_one_are_capped() -> None:
    snapshot = snapshot_of(random_weights(20), variants=[*range(5), *range(15)], categories=apart(20))
    assert page(snapshot, 5, 5, 6, 7)[:4] == [0, 1, 3, 4]  # two of five: three tenths, rounded up
    assert page(snapshot, 5)[:4] == [0, 1, 2, 3]


def test_bought_products_are_exempt_from_caps() -> None:
    snapshot = snapshot_of(random_weights(20), variants=[0] * 6 + [*range(6, 20)], categories=["A"] * 20)
    bought = range(6)
    assert page(snapshot, 10, *bought) == [*bought, 6, 7, 8, 9]
    assert page(snapshot, 10) == [0, 6, 7, 1, 2, 3, 4, 5, 8, 9]
    between = snapshot_of(random_weights(16), categories=["A"] * 12 + apart(4))
    assert page(between, 10, 4, 5, 6, 7) == [0, 1, 2, 4, 5, 6, 7, 12, 13, 14]
    cold = snapshot_of(random_weights(20), warm=2, categories=apart(20))
    assert page(cold, 8, *range(2, 8)) == [*range(8)]
    assert page(cold, 8)[:3] == [0, 1, 2]


def test_shown_items_count_towards_caps() -> None:
    snapshot = snapshot_of(
        random_weights(8), variants=[0, 1, 2, 3, 0, 5, 6, 7], categories=["A"] * 5 + apart(3)
    )
    rest = Scored(np.arange(3, 8, dtype=np.int32), np.linspace(1, 0.9, 5, dtype=np.float32))
    shown = np.array([0, 1], dtype=np.int32)
    assert apply_caps(snapshot, rest, 5, NOTHING, shown).rows.tolist() == [5, 6, 7]
    assert apply_caps(snapshot, rest, 7, NOTHING, shown).rows.tolist() == [3, 5, 6, 7, 4]


def test_caps_do_not_promote_much_worse_items() -> None:
    snapshot = snapshot_of(random_weights(8), categories=["A"] * 6 + apart(2))
    scores = np.array([1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.5, 0.3], dtype=np.float32)
    rows = apply_caps(snapshot, Scored(np.arange(8, dtype=np.int32), scores), 4, NOTHING, NOTHING).rows
    assert rows.tolist() == [0, 1, 6, 2]


def test_text_of_an_earlier_page_is_deferred() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[0, 1, 1, 2, 3, 4], categories=apart(6))
    rest = Scored(np.arange(2, 6, dtype=np.int32), np.linspace(1, 0.9, 4, dtype=np.float32))
    earlier = np.array([0, 1], dtype=np.int32)
    assert apply_caps(snapshot, rest, 3, NOTHING, NOTHING, earlier=earlier).rows.tolist() == [3, 4, 5]
    assert apply_caps(snapshot, rest, 4, NOTHING, NOTHING, earlier=earlier).rows.tolist() == [3, 4, 5, 2]
