"""Pages that do not say the same thing twice."""

import numpy as np

from recommender.entities import Scored
from recommender.reranking import varied
from recommender.snapshot import Snapshot
from tests.builders.small_snapshots import random_weights, snapshot_of

NOTHING = np.empty(0, dtype=np.int32)


def ranked(count: int) -> Scored:
    return Scored(np.arange(count, dtype=np.int32), np.linspace(1, 0.9, count, dtype=np.float32))


def page(snapshot: Snapshot, limit: int, *bought: int) -> list[int]:
    rows = varied(snapshot, ranked(snapshot.products), limit, np.array(bought, dtype=np.int32), NOTHING).rows
    result: list[int] = rows.tolist()
    return result


def apart(count: int) -> list[str]:
    return [f"C{row}" for row in range(count)]


def test_indistinguishable_products_are_shown_once() -> None:
    snapshot = snapshot_of(random_weights(6), variants=[0, 0, 1, 0, 2, 3], categories=apart(6))
    assert page(snapshot, 4) == [0, 2, 4, 5]


def test_products_without_text_are_not_variants_of_each_other() -> None:
    snapshot = snapshot_of(random_weights(4), variants=[-1, -1, -1, -1], categories=apart(4))
    assert page(snapshot, 3) == [0, 1, 2]


def test_a_category_keeps_to_its_share_while_others_have_something() -> None:
    snapshot = snapshot_of(random_weights(12), categories=["A"] * 8 + apart(4))
    assert page(snapshot, 10) == [0, 1, 2, 8, 9, 10, 11, 3, 4, 5]


def test_cold_products_keep_to_their_share() -> None:
    snapshot = snapshot_of(random_weights(30), warm=15, categories=apart(30))
    cold_first = Scored(np.arange(29, -1, -1, dtype=np.int32), np.linspace(1, 0.9, 30, dtype=np.float32))
    rows = varied(snapshot, cold_first, 10, NOTHING, NOTHING).rows
    assert (rows >= 15).sum() == 1
    assert rows[0] == 29


def test_put_off_is_not_lost() -> None:
    snapshot = snapshot_of(random_weights(5), variants=[0] * 5, categories=["A"] * 5)
    assert page(snapshot, 5) == [0, 1, 2, 3, 4]


def test_products_that_look_like_bought_ones_keep_to_their_share() -> None:
    snapshot = snapshot_of(random_weights(20), variants=[*range(5), *range(15)], categories=apart(20))
    assert page(snapshot, 5, 5, 6, 7)[:3] == [0, 3, 4]
    assert page(snapshot, 5)[:3] == [0, 1, 2]


def test_what_stands_on_the_page_already_counts() -> None:
    snapshot = snapshot_of(
        random_weights(8), variants=[0, 1, 2, 3, 0, 5, 6, 7], categories=["A"] * 5 + apart(3)
    )
    rest = Scored(np.arange(3, 8, dtype=np.int32), np.linspace(1, 0.9, 5, dtype=np.float32))
    shown = np.array([0, 1], dtype=np.int32)
    assert varied(snapshot, rest, 5, NOTHING, shown).rows.tolist() == [5, 6, 7]
    assert varied(snapshot, rest, 7, NOTHING, shown).rows.tolist() == [3, 5, 6, 7, 4]


def test_variety_is_not_bought_with_much_worse_items() -> None:
    snapshot = snapshot_of(random_weights(8), categories=["A"] * 6 + apart(2))
    scores = np.array([1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.5, 0.3], dtype=np.float32)
    rows = varied(snapshot, Scored(np.arange(8, dtype=np.int32), scores), 4, NOTHING, NOTHING).rows
    assert rows.tolist() == [0, 1, 6, 2]
