"""Caps against repetition on a page."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.entities import Scored
from recommender.reranking import CapRules, KnownRows, apply_caps
from recommender.snapshot import ServingParameters, Snapshot
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def ranked(count: int) -> Scored:
    return Scored(np.arange(count, dtype=np.int32), np.linspace(1, 0.9, count, dtype=np.float32))


def page(snapshot: Snapshot, limit: int, *bought: int) -> list[int]:
    known = KnownRows(bought=np.array(bought, dtype=np.int32))
    rows = apply_caps(snapshot, ranked(snapshot.products), limit, known).rows
    result: list[int] = rows.tolist()
    return result


def test_dropped_rules_cap_nothing() -> None:
    free = ServingParameters(text_cap=1 << 30, twin_share=1.0, category_share=1.0)
    snapshot = snapshot_of(
        random_weights(8), variants=[0] * 6 + [1, 2], categories=["A"] * 8, parameters=free
    )
    assert page(snapshot, 5, 7) == page(snapshot, 5, 0) == [0, 1, 2, 3, 4]


def apart(count: int) -> list[str]:
    return [f"C{row}" for row in range(count)]


def test_indistinguishable_products_are_shown_once() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[0, 0, 1, 0, 2, 3], categories=apart(6))
    assert page(snapshot, 4) == [0, 2, 4, 5]


def test_two_colors_of_a_model_are_shown() -> None:
    models = [0, 0, 0, 1, 0, 2]
    snapshot = snapshot_of(random_weights(6), models=models, categories=apart(6))
    assert page(snapshot, 4) == [0, 1, 3, 5]
    assert page(replace(snapshot, parameters=ServingParameters(model_cap=1 << 30)), 4) == [0, 1, 2, 3]


def test_products_without_text_are_not_variants_of_each_other() -> None:
    snapshot = snapshot_of(random_weights(4), variants=[-1, -1, -1, -1], categories=apart(4))
    assert page(snapshot, 3) == [0, 1, 2]


def test_category_is_capped_while_others_have_candidates() -> None:
    snapshot = snapshot_of(random_weights(12), categories=["A"] * 8 + apart(4))
    assert page(snapshot, 10) == [0, 1, 2, 8, 9, 10, 11, 3, 4, 5]


@pytest.mark.parametrize(("own", "count"), [(0.3, 5), (0.8, 8)])
def test_rules_of_a_page_are_never_stricter_than_the_parameters(own: float, count: int) -> None:
    snapshot = snapshot_of(
        random_weights(20),
        categories=["Tools"] * 10 + [f"Shop > {row}" for row in range(10)],
        parameters=ServingParameters(category_share=own),
    )
    found = apply_caps(snapshot, ranked(20), 10, KnownRows(), CapRules(category_share=0.5))
    assert (found.rows < 10).sum() == count


def test_complements_of_a_broad_category_are_not_capped() -> None:
    snapshot = snapshot_of(random_weights(90), categories=["Gifts"] * 60 + ["Cards"] * 30)
    assert page(snapshot, 10) == [0, 1, 2, 60, 61, 62, 3, 4, 5, 6]
    found = apply_caps(snapshot, ranked(90), 10, KnownRows(), CapRules(complements=True))
    assert found.rows.tolist() == list(range(10))


def test_cold_products_are_capped() -> None:
    snapshot = snapshot_of(random_weights(30), warm=15, categories=apart(30))
    cold_first = Scored(np.arange(29, -1, -1, dtype=np.int32), np.linspace(1, 0.9, 30, dtype=np.float32))
    rows = apply_caps(snapshot, cold_first, 10, KnownRows()).rows
    assert (rows >= 15).sum() == 1
    assert rows[0] == 29


@pytest.mark.parametrize(("limit", "cap"), [(1, 1), (20, 1), (21, 2), (40, 2), (100, 5)])
def test_cap_on_cold_products_is_one_in_twenty_rounded_up(limit: int, cap: int) -> None:
    snapshot = snapshot_of(random_weights(240), warm=120, categories=apart(240))
    cold_first = Scored(np.arange(239, -1, -1, dtype=np.int32), np.linspace(1, 0.9, 240, dtype=np.float32))
    rows = apply_caps(snapshot, cold_first, limit, KnownRows()).rows
    assert len(rows) == limit
    assert (rows >= 120).sum() == cap


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
    assert page(snapshot, 10) == [0, *range(6, 15)]
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
    known = KnownRows(shown=np.array([0, 1], dtype=np.int32))
    assert apply_caps(snapshot, rest, 5, known).rows.tolist() == [5, 6, 7]
    assert apply_caps(snapshot, rest, 7, known).rows.tolist() == [3, 5, 6, 7, 4]


def test_caps_do_not_promote_much_worse_items() -> None:
    snapshot = snapshot_of(random_weights(8), categories=["A"] * 6 + apart(2))
    scores = np.array([1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.5, 0.3], dtype=np.float32)
    rows = apply_caps(snapshot, Scored(np.arange(8, dtype=np.int32), scores), 4, KnownRows()).rows
    assert rows.tolist() == [0, 1, 6, 2]


def test_text_of_an_earlier_page_is_deferred() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[0, 1, 1, 2, 3, 4], categories=apart(6))
    rest = Scored(np.arange(2, 6, dtype=np.int32), np.linspace(1, 0.9, 4, dtype=np.float32))
    known = KnownRows(earlier=np.array([0, 1], dtype=np.int32))
    assert apply_caps(snapshot, rest, 3, known).rows.tolist() == [3, 4, 5]
    assert apply_caps(snapshot, rest, 4, known).rows.tolist() == [3, 4, 5, 2]
