"""Compiled loops over the rows of a page against plain Python, on random shops."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.kernels import pages as kernels

PRODUCTS, WARM, INDEXED, FLOOR = 300, 240, 280, 0.5
Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Shop:
    """A random shop, a shopper, and what earlier pages show."""

    groups: Rows
    codes: Rows
    models: Rows
    bought: Rows
    shown: Rows
    earlier: Rows
    category_cap: int
    cold_cap: int
    twin_cap: int
    text_cap: int
    model_cap: int

    @classmethod
    def random(cls, random: np.random.Generator) -> "Shop":
        def some(count: int) -> Rows:
            return random.permutation(PRODUCTS)[:count].astype(np.int32)

        return cls(
            random.integers(-1, random.choice([4, 40, 400]), PRODUCTS).astype(np.int32),
            random.integers(-1, random.choice([2, 10, 100]), PRODUCTS).astype(np.int32),
            random.integers(-1, random.choice([3, 30, 300]), PRODUCTS).astype(np.int32),
            np.sort(some(int(random.integers(60)))),
            some(int(random.choice([0, 7]))),
            some(int(random.choice([0, 30]))),
            *random.integers(1, 6, 5).tolist(),
        )

    def caps(self) -> kernels.PageCaps:
        return kernels.PageCaps(
            self.groups,
            self.codes,
            self.models,
            WARM,
            INDEXED,
            bought=self.bought,
            shown=self.shown,
            earlier=self.earlier,
            category_cap=self.category_cap,
            cold_cap=self.cold_cap,
            twin_cap=self.twin_cap,
            text_cap=self.text_cap,
            model_cap=self.model_cap,
        )

    def limits(self, row: int) -> dict[object, int]:
        """The kinds of a product that are capped, with their caps."""
        found: dict[object, int] = {}
        if row in self.bought:
            return found
        if self.groups[row] >= 0:
            found["text", int(self.groups[row])] = self.text_cap
            if self.groups[row] in self.groups[self.bought]:
                found["twin"] = self.twin_cap
        if self.codes[row] >= 0:
            found["category", int(self.codes[row])] = self.category_cap
        if self.models[row] >= 0:
            found["model", int(self.models[row])] = self.model_cap
        if is_cold(row):
            found["cold"] = self.cold_cap
        return found

    def counts(self, rows: list[int]) -> Counter[object]:
        """The number of products of each kind, shown ones and earlier texts included."""
        found = Counter(kind for row in [*self.shown.tolist(), *rows] for kind in self.limits(row))
        found.update(("text", int(self.groups[row])) for row in self.earlier)
        return found


def is_cold(row: int) -> bool:
    return WARM <= row < INDEXED


def ranking(random: np.random.Generator) -> tuple[Rows, NDArray[np.float32]]:
    """Random products with descending scores, some of them equal."""
    rows = random.permutation(PRODUCTS)[: random.integers(200)].astype(np.int32)
    scores = np.sort(random.integers(1, 40, len(rows)).astype(np.float32))[::-1]
    return rows, np.ascontiguousarray(scores)


def filled(shop: Shop, rows: list[int], scores: list[float], places: int) -> list[int]:
    end = len(rows) if len(rows) <= places else sum(score >= FLOOR * scores[places - 1] for score in scores)
    page, deferred, surplus = list[int](), list[int](), list[int]()
    for position in range(end):
        counts = shop.counts([rows[each] for each in page])
        full = [kind for kind, cap in shop.limits(rows[position]).items() if counts[kind] >= cap]
        (surplus if "cold" in full else deferred if full else page).append(position)
    rest = range(end, len(rows))
    colds = [position for position in rest if is_cold(rows[position])]
    others = [position for position in rest if not is_cold(rows[position])]
    return [*page, *deferred, *others, *surplus, *colds][:places] if len(page) < places else page[:places]


@pytest.mark.parametrize("seed", range(30))
def test_pages_are_filled_as_by_the_rules(seed: int) -> None:
    random = np.random.default_rng(seed)
    shop, (rows, scores), places = Shop.random(random), ranking(random), int(random.integers(1, 60))
    found = shop.caps().fill(rows, scores, places, FLOOR)
    assert found.tolist() == filled(shop, rows.tolist(), scores.tolist(), places)


def reserved(shop: Shop, rows: list[int], scores: list[float], page: list[int], places: int) -> list[int]:
    def is_candidate(position: int) -> bool:
        return is_cold(rows[position]) and scores[position] >= FLOOR * scores[page[-1]]

    if not page:
        return page
    result = list(page)
    replaceable = [position for position in page if not is_candidate(position)]
    missing = min(places, len(page)) - (len(page) - len(replaceable))
    for position in (each for each in range(len(rows)) if is_candidate(each) and each not in page):
        if missing <= 0 or not replaceable:
            break
        others = [each for each in result if each != replaceable[-1]]
        counts = shop.counts([rows[each] for each in others])
        group, code = int(shop.groups[rows[position]]), int(shop.codes[rows[position]])
        model = int(shop.models[rows[position]])
        if group >= 0 and (group in shop.groups[shop.bought] or counts["text", group] >= shop.text_cap):
            continue
        if code >= 0 and counts["category", code] >= shop.category_cap:
            continue
        if model >= 0 and counts["model", model] >= shop.model_cap:
            continue
        result = [*others, position]
        replaceable.pop()
        missing -= 1
    return result


@pytest.mark.parametrize("seed", range(30))
def test_cold_places_go_to_the_best_that_fit(seed: int) -> None:
    random = np.random.default_rng(seed)
    shop, (rows, scores), places = Shop.random(random), ranking(random), int(random.integers(8))
    page = np.sort(random.permutation(len(rows))[: random.integers(30)]).astype(np.int32)
    found = shop.caps().reserve(rows, scores, page, places, FLOOR)
    expected = reserved(shop, rows.tolist(), scores.tolist(), page.tolist(), places)
    assert found.tolist() == expected


def test_members_are_marked() -> None:
    random = np.random.default_rng(5)
    rows = random.integers(0, 60, 200).astype(np.int32)
    for size in (0, 1, 2, 3, 30):
        some = np.sort(random.permutation(60)[:size]).astype(np.int32)
        assert kernels.contains(some, rows).tolist() == np.isin(rows, some).tolist()


@pytest.mark.parametrize("row", [-1, PRODUCTS])
def test_rows_outside_the_columns_are_rejected(row: int) -> None:
    shop, bad, scores = (
        Shop.random(np.random.default_rng(0)),
        np.array([row], np.int32),
        np.ones(1, np.float32),
    )
    calls: list[Callable[[], object]] = [
        *(replace(shop, **{name: bad}).caps for name in ("bought", "shown", "earlier")),
        lambda: shop.caps().fill(bad, scores, 1, FLOOR),
        lambda: shop.caps().reserve(bad, scores, bad[:0], 1, FLOOR),
    ]
    for call in calls:
        with pytest.raises(IndexError, match=f"row {row} is not below {PRODUCTS}"):
            call()


def test_positions_and_scores_that_do_not_belong_to_the_rows_are_rejected() -> None:
    caps, rows = Shop.random(np.random.default_rng(0)).caps(), np.arange(3, dtype=np.int32)
    with pytest.raises(ValueError, match="3 rows have 2 scores"):
        caps.fill(rows, np.ones(2, np.float32), 1, FLOOR)
    with pytest.raises(IndexError, match="row 3 is not below 3"):
        caps.reserve(rows, np.ones(3, np.float32), np.array([3], np.int32), 1, FLOOR)
