"""Category paths as ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree, narrow_categories, path_key

PATHS = ["Pantry", "Pantry > Pasta", "Pantry > Pasta > Penne", "Pantry extra", "Bakery", "Pantry > Rice"]

parts = st.sampled_from(["a", "A", "b", "ab", " c "])
paths = st.lists(st.lists(parts, min_size=1, max_size=3).map(" > ".join), max_size=12)


def tree(paths: list[str]) -> CategoryTree:
    return CategoryTree(CategoryTree.sorted_paths(paths))


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([60, 40, 100], [1]),
        ([51] * 5, [0, 1, 2, 3, 4]),
        ([30, 20], [0, 1]),
        ([30], []),
        ([95, 5], [1]),
        ([], []),
    ],
)
def test_category_of_a_quarter_of_many_products_is_broad(sizes: list[int], left: list[int]) -> None:
    codes = np.repeat(np.arange(-1, len(sizes)), [3, *sizes]).astype(np.int32)
    assert set(narrow_categories(codes).tolist()) == {-1, *left}


def test_category_and_its_subcategories_are_one_range() -> None:
    categories = tree(PATHS)
    low, high = categories.range("pantry>PASTA")
    assert list(categories.paths[low:high]) == ["Pantry > Pasta", "Pantry > Pasta > Penne"]
    low, high = categories.range("Pantry")
    assert set(categories.paths[low:high]) == {path for path in PATHS if path.startswith("Pantry")} - {
        "Pantry extra"
    }


def test_unknown_category_is_an_empty_range() -> None:
    for path in ("Garden", "", " > ", "Pantry > Pasta > Penne > Rigate"):
        low, high = tree(PATHS).range(path)
        assert low == high


@given(paths, paths)
def test_ranges_agree_with_prefixes(held: list[str], asked: list[str]) -> None:
    categories = tree(held)
    for path in held + asked:
        key = path_key(path)
        low, high = categories.range(path)
        inside = {path_key(other) for other in categories.paths[low:high]}
        assert inside == {path_key(other) for other in held if path_key(other)[: len(key)] == key}


@given(paths)
def test_every_path_has_the_code_of_its_spelling(held: list[str]) -> None:
    categories = tree(held)
    for path in held:
        assert path_key(categories.paths[categories.code(path)]) == path_key(path)


@pytest.mark.parametrize("spelling", [" caf\u00e9 > \u00e9tag\u00e8re", "Cafe\u0301>E\u0301tage\u0300re "])
def test_unicode_forms_of_a_path_are_one_category(spelling: str) -> None:
    categories = tree(["Caf\u00e9 > \u00c9tag\u00e8re", "Cafe\u0301", "Cafz"])
    assert categories.code(spelling) == 2
    assert categories.range(spelling) == (2, 3)


def test_snapshot_sorted_without_unicode_normalization_is_read() -> None:
    written = sorted(["Cafe\u0301", "Cafz", "Tea"])
    categories, brands = CategoryTree(written), BrandList(written)
    assert [categories.code(name) for name in written] == [brands.code(name) for name in written] == [0, 1, 2]
    assert categories.range("tea") == (2, 3)
