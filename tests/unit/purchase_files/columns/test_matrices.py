"""Tables with a column per product, shopper or day, and tables beside purchases."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from purchase_files import ReadingOptions, RefusedFile, open_purchases


def matrix(path: Path, own: str, names: list[str], rows: list[str], amount: str = "{}") -> Path:
    """Writes a table with numbers from 0 to 3 under each name."""
    lines = [
        ",".join([row, *(amount.format((line * place) % 4) for place in range(1, len(names) + 1))])
        for line, row in enumerate(rows)
    ]
    path.write_text("\n".join([",".join([own, *names]), *lines, ""]))
    return path


def refusal_of(path: Path) -> str:
    with pytest.raises(RefusedFile) as refused:
        open_purchases([path])
    return str(refused.value)


def turned(problem: str, folder: Path) -> Path:
    """Runs the command line that a refusal shows."""
    [line] = re.findall(r"^  (\.venv/bin/python .*)$", problem, re.MULTILINE)
    _, *arguments = shlex.split(line)
    subprocess.run([sys.executable, *arguments], check=True, cwd=folder, timeout=60)
    return folder / "turned.csv"


def test_column_per_shopper_is_refused_with_a_command(tmp_path: Path) -> None:
    shoppers = [f"Customer {number}" for number in range(1, 9)]
    path = matrix(tmp_path / "it's.csv", "Product", shoppers, [f"Mug {number}" for number in range(12)])
    problem = refusal_of(path)
    assert "a column per shopper (Customer 1, Customer 2 …)" in problem
    options = ReadingOptions(mapping={"purchased_at": ""})
    with open_purchases([turned(problem, tmp_path)], options) as found:
        assert (found.preview.shoppers, found.preview.products) == (6, 9)
        assert found.preview.purchases == 48


def test_column_per_product_with_sums_is_refused_with_a_command(tmp_path: Path) -> None:
    products = [f"SKU{number:03}" for number in range(1, 9)]
    days = [f"2024-03-{day:02}" for day in range(1, 21)]
    problem = refusal_of(matrix(tmp_path / "sums.csv", "date", products, days, "{}.25"))
    assert "a column per product (SKU001, SKU002 …)" in problem
    with open_purchases([turned(problem, tmp_path)]) as found:
        assert (found.preview.orders, found.preview.products) == (20, 8)


def test_numbered_products_with_counts_are_products(tmp_path: Path) -> None:
    names = [f"SKU{number:03}" for number in range(1, 9)]
    path = matrix(tmp_path / "counts.csv", "customer_id", names, [f"u{number}" for number in range(12)])
    with open_purchases([path]) as found:
        assert {row["product_id"] for batch in found.products() for row in batch.to_pylist()} <= set(names)


@pytest.mark.parametrize("names", [[f"d_{day}" for day in range(1, 9)], [f"W{week}" for week in range(8)]])
def test_sums_by_day_or_week_are_refused_for_their_missing_shoppers(tmp_path: Path, names: list[str]) -> None:
    problem = refusal_of(matrix(tmp_path / "m.csv", "item_id", names, [f"A{row}" for row in range(12)]))
    assert "a column per day or month" in problem
    assert "without shoppers or orders" in problem


def test_columns_of_other_numbers_are_not_taken_for_products(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Who,What,When,Weight,Height\nann,mug,2024-01-02,3,1\nbob,cup,2024-01-03,3,1\n")
    assert "a column per" not in refusal_of(path)


def test_table_beside_purchases_is_skipped_for_its_own_reason(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(
        "customer_id,order_id,product_id,date\nann,1,mug,2024-01-02\nbob,2,cup,2024-01-03\n"
    )
    (tmp_path / "campaigns.csv").write_text("DESCRIPTION,customer_id,CAMPAIGN\nTypeA,ann,3\nTypeB,bob,4\n")
    shoppers = [f"Customer {number}" for number in range(1, 9)]
    matrix(tmp_path / "matrix.csv", "product_id", shoppers, ["mug", "cup", "can", "pot"])
    with open_purchases([tmp_path]) as found:
        assert sorted(text.rpartition("/")[2] for text in found.preview.skipped) == [
            "campaigns.csv has no times, which other files have",
            "matrix.csv has a column per shopper, not a row per purchase",
        ]
