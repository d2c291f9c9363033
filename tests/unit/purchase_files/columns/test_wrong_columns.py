"""Columns that are wrong as a whole."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,order_id,title,{}\n"


def read(path: Path, column: str, *values: str, **options: object) -> Read:
    rows = "".join(f"u{n},P{n},2024-01-13,{n // 2},Mug {n},{value}\n" for n, value in enumerate(values))
    (path / "p.csv").write_text(HEAD.format(column) + rows)
    return Read(path / "p.csv", **options)


@pytest.mark.parametrize(
    ("column", "values", "field"),
    [
        ("price", ["on request"] * 3, "price"),
        ("quantity", ["box", "bag", "2"], "quantity"),
        ("quantity", ["4006381333931"] * 3, "quantity"),
    ],
)
def test_refusal_offers_to_leave_the_column_out(
    tmp_path: Path, column: str, values: list[str], field: str
) -> None:
    with pytest.raises(RefusedFile) as refusal:
        read(tmp_path, column, *values)
    assert refusal.value.arguments == (("--map", f"{field}="),)
    found = read(tmp_path, column, *values, mapping={field: ""})
    assert found.preview.purchases == 3
    assert column in found.preview.unused_columns


def test_no_share_is_offered_that_leaves_nothing(tmp_path: Path) -> None:
    text = "user_id,product_id,purchased_at\n" + "".join(
        f"u{n},{'P' * 300}{n},2024-01-13\n" for n in range(3)
    )
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(RefusedFile, match="Name another column") as refusal:
        Read(tmp_path / "p.csv")
    assert refusal.value.arguments == ()


def test_few_unreadable_prices_are_a_share(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as refusal:
        read(tmp_path, "price", "on request", "2", "3", "4")
    assert refusal.value.arguments == (("--bad-rows", "0.26"),)


@pytest.mark.parametrize("field", ["user_id", "order_id", "title", "price"])
def test_field_may_have_no_column(tmp_path: Path, field: str) -> None:
    found = read(tmp_path, "price", "1", "2", "3", mapping={field: ""})
    assert field not in {taken.field for taken in found.preview.columns}


def test_products_need_a_column(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="no column"):
        read(tmp_path, "price", "1", mapping={"product_id": "", "title": ""})
