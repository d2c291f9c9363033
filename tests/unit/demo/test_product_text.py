import pytest

from demo.product_text import brand_name, category_path, readable, title


@pytest.mark.parametrize(
    ("abbreviated", "written_out"),
    [
        ("FRZN VEGETABLE/VEG DSH", "Frozen Vegetable/Vegetables Dishes"),
        ("REFRGRATD JUICES/DRNKS", "Refrigerated Juices/Drinks"),
        ("BREAD & ROLLS", "Bread & Rolls"),
        ("HAIR CONDITIONERS AND RINSES", "Hair Conditioners and Rinses"),
        ("CHRISTMAS  SEASONAL", "Christmas Seasonal"),
        ("BBQ SAUCE", "BBQ Sauce"),
    ],
)
def test_abbreviations_are_written_out(abbreviated: str, written_out: str) -> None:
    assert readable(abbreviated) == written_out


@pytest.mark.parametrize(
    ("product_type", "category", "size", "department", "expected"),
    [
        ("SHREDDED CHEESE", "CHEESE", "AB    8 OZ", "GROCERY", "Shredded Cheese, 8 oz"),
        (
            "SFT DRNK 2 LITER BTL CARB INCL",
            "SOFT DRINKS",
            "2 L",
            "GROCERY",
            "Soft Drink 2 Liter Bottle Carbonated, 2 L",
        ),
        (
            "SOFT DRINKS SINGLE CANS CARB (",
            "SOFT DRINKS",
            None,
            "GROCERY",
            "Soft Drinks Single Cans Carbonated",
        ),
        (
            "FRZN SS PREMIUM ENTREES/DNRS/T",
            "X",
            None,
            "GROCERY",
            "Frozen Single Serve Premium Entrees/Dinners",
        ),
        ("LEAN", "BEEF", None, "MEAT", "Beef: Lean"),
        ("ANGUS BEEF", "BEEF", None, "MEAT", "Angus Beef"),
        (None, "EGGS", "1 DZ", "GROCERY", "Eggs, 1 dz"),
        (None, None, None, "SALAD BAR", "Salad Bar"),
        ("CABBAGE", "VEGETABLES - ALL OTHERS", "48 LB", "PRODUCE", "Cabbage"),
        ("CUCUMBERS", "VEGETABLES - ALL OTHERS", "36 CT", "PRODUCE", "Cucumbers"),
        ("POTATOES RUSSET", "POTATOES", "5 LB", "PRODUCE", "Potatoes Russet, 5 lb"),
        ("PAPER TOWELS & HOLDERS", "PAPER TOWELS", "LARGE", "GROCERY", "Paper Towels & Holders"),
    ],
)
def test_title_has_the_type_and_the_package(
    product_type: str | None, category: str | None, size: str | None, department: str, expected: str
) -> None:
    assert title(product_type, category, size, department) == expected


def test_title_is_never_empty() -> None:
    assert title("(ALL OF IT IN PARENTHESES, CUT)", "CHEESE", None, "GROCERY")


def test_category_is_a_path_below_its_department() -> None:
    assert category_path("DRUG GM", "VITAMINS") == "Drugstore & General Merchandise > Vitamins"
    assert category_path("PRODUCE", None) == "Produce"


def test_brand_is_the_stores_own_or_national() -> None:
    assert brand_name("Private") == "Store brand"
    assert brand_name("National") == "National brand"
    assert brand_name(None) is None
