"""Names that a caller may mean by an unknown one."""

import time

import pytest

from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree

CATEGORIES = CategoryTree(
    CategoryTree.sorted_paths(["Pantry", "Pantry > Pasta", "Pantry > Rice", "Bakery", "Fresh > Pasta"])
)
BRANDS = BrandList(BrandList.sorted_names(["Barilla", "De Cecco", "Rummo"]))


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("Pasta", ("Fresh > Pasta", "Pantry > Pasta")),
        ("pantry > pasto", ("Pantry > Pasta", "Pantry > Rice")),
        ("Bakry", ("Bakery",)),
        ("Fresch", ("Fresh",)),
        ("Electronics", ()),
        (" > ", ()),
        ("", ()),
        ("Pantry > " * 50, ()),
    ],
)
def test_close_categories_end_with_the_name_or_resemble_it(path: str, close: tuple[str, ...]) -> None:
    assert CATEGORIES.close(path)[: len(close) or None] == close


def test_close_brands_resemble_the_name() -> None:
    assert BRANDS.close("BARILA") == ("Barilla",)
    assert BRANDS.close("Nobody") == ()


def test_comparison_with_a_hostile_catalog_is_bounded() -> None:
    tree = CategoryTree(CategoryTree.sorted_paths("a" * 40 + str(number) for number in range(30_000)))
    began = time.process_time()
    tree.close("a" * 45)
    assert time.process_time() - began < 1
