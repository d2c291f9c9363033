"""Tables of numbers that are no purchases, and columns beside the numbers."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.builders.files.wide_tables import (
    GOODS,
    SHOPPERS,
    bought,
    pairs,
    refusal_of,
    table,
    turned,
    written,
)
from tests.support.purchases_read import Read


@pytest.mark.parametrize(("own", "lacking"), [("item_id", "shoppers or orders"), ("customer", "products")])
def test_sums_by_day_are_refused_with_the_lacking_columns(tmp_path: Path, own: str, lacking: str) -> None:
    names = [f"d_{day}" for day in range(1, 9)]
    refusal = refusal_of(written(tmp_path / "m.csv", table([[own], *([user] for user in SHOPPERS)], names)))
    assert (
        f"a column per day or month (d_1, d_2 …), and without {lacking}. Give the purchases"
        in refusal.problem
    )
    assert refusal.arguments == ()


FACTS = {
    "sums of shoppers": (
        "CustomerID,Recency,Frequency,Monetary",
        "one row per CustomerID with Recency, Frequency",
    ),
    "scores of shoppers": (
        "customer_id,recency,frequency,monetary,r_score,f_score,m_score,rfm_score",
        "one row per customer_id with recency, frequency",
    ),
    "orders of shoppers": (
        "Customer ID,First Order Date,Last Order Date,Total Orders,Total Spent,Avg Order Value",
        "one row per Customer ID with Total Orders, Total Spent",
    ),
    "segments of shoppers": (
        "customer_id,last_purchase,orders,revenue,segment",
        "one row per customer_id with orders, revenue",
    ),
    "visits by week": (
        "Week,Users,New users,Sessions,Transactions,Revenue,Conversion rate",
        "one row per Week with Users, New users",
    ),
    "measures of products": (
        "product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty,"
        "product_weight_g,product_length_cm,product_height_cm,product_width_cm",
        "this lists products, not purchases",
    ),
    "facts of products": (
        "product_id,name,calories,protein,fat,sodium,fiber,carbo,sugars",
        "this lists products, not purchases",
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_of_shoppers_and_products_are_no_purchases(tmp_path: Path, name: str) -> None:
    columns, said = FACTS[name]
    head = columns.split(",")
    lines = [
        [
            f"k{line}",
            *(
                f"word{line}" if place == 1 and "name" in head[1] else str(10 * line + place)
                for place in range(1, len(head))
            ),
        ]
        for line in range(1, 20)
    ]
    refusal = refusal_of(written(tmp_path / "a.csv", [head, *lines]))
    assert said in refusal.problem
    assert "a column per" not in refusal.problem
    assert refusal.arguments == ()


@pytest.mark.parametrize(
    "rows",
    [
        [["customer", "thing", "when"], ["u1", "mug", "2024-01-02"]],
        table([["customer"], *([user] for user in SHOPPERS)], GOODS)[1:],
    ],
    ids=["words", "numbers without a header"],
)
def test_option_without_columns_of_numbers_is_refused(tmp_path: Path, rows: list[list[str]]) -> None:
    path = written(tmp_path / "a.csv", rows)
    with pytest.raises(RefusedFile, match=r"--map product_id=\*: no file has columns of numbers to turn"):
        Read(path, mapping={"product_id": "*"})


def test_columns_of_other_numbers_are_not_taken_for_products(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Who,What,When,Weight,Height\nann,mug,2024-01-02,3,1\nbob,cup,2024-01-03,3,1\n")
    refusal = refusal_of(path)
    assert "no column is known to be purchased_at or product_id or user_id" in refusal.problem
    assert dict(value.split("=") for _, value in refusal.arguments)["purchased_at"] == "When"


def test_table_beside_purchases_is_skipped_for_its_own_reason(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(
        "customer_id,order_id,product_id,date\nann,1,mug,2024-01-02\nbob,2,cup,2024-01-03\n"
    )
    (tmp_path / "campaigns.csv").write_text("DESCRIPTION,customer_id,CAMPAIGN\nTypeA,ann,3\nTypeB,bob,4\n")
    own = [["product_id"], *([product] for product in ("mug", "cup", "can", "pot"))]
    written(tmp_path / "matrix.csv", table(own, [f"Customer {number}" for number in range(1, 9)]))
    found = Read(tmp_path)
    assert sorted(text.rpartition("/")[2] for text in found.preview.skipped) == [
        "campaigns.csv has neither times nor orders, so it lists no purchases",
        "matrix.csv has a column per shopper, not a row per purchase",
    ]
    assert [row["user_id"] for row in found.purchases] == ["ann", "bob"]


def test_facts_of_shoppers_beside_sums_are_no_products(tmp_path: Path) -> None:
    own = [["Channel", "Region"], *([str(line % 2 + 1), str(line % 3 + 1)] for line in range(12))]
    found, _ = turned(written(tmp_path / "a.csv", table(own, GOODS, "{}.5")))
    assert set(found.products) == set(GOODS)


def test_first_column_of_counts_is_named_as_that_of_shoppers(tmp_path: Path) -> None:
    own = [["Row Labels"], *([user] for user in SHOPPERS)]
    path = written(tmp_path / "a.csv", table(own, GOODS))
    assert "Row Labels may tell shoppers apart: --map 'user_id=Row Labels'" in Read(path).preview.hints
    found = Read(path, mapping={"user_id": "Row Labels"})
    assert pairs(found, "user_id", "product_id", "quantity") == bought(own, GOODS)
