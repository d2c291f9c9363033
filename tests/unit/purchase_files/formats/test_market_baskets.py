"""Market baskets with blank cells, with numbers as a header, and in JSON."""

import json
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

BASKETS = [["milk", "rye bread", "tea"], ["rye bread"], ["tea", "milk"], ["honey"]]


def filled(blank: str) -> list[list[str]]:
    return [[*basket, *[blank] * (4 - len(basket))] for basket in BASKETS]


def check(read: Read) -> None:
    bought: dict[str, list[str]] = {}
    for row in read.purchases:
        bought.setdefault(row["order_id"], []).append(row["product_id"])
    assert list(bought.values()) == BASKETS
    assert {row["user_id"] for row in read.purchases} == {None}
    assert read.preview.rows == len(read.purchases)
    assert any("dates are made up" in hint for hint in read.preview.hints)


@pytest.mark.parametrize("blank", ["", "nan", "None", " "])
def test_lines_that_are_filled_with_blanks_are_baskets(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "baskets.csv"
    path.write_text("".join(",".join(row) + "\n" for row in filled(blank)))
    check(Read(path))


def test_lines_of_as_many_words_are_baskets(tmp_path: Path) -> None:
    path = tmp_path / "baskets.csv"
    path.write_text("milk,bread,eggs\nbread,tea,milk\nmilk,jam,eggs\n")
    found = Read(path)
    assert found.values("order_id") == [*"111222333"]
    assert set(found.products) == {"milk", "bread", "eggs", "tea", "jam"}


@pytest.mark.parametrize("rows", [["ann,mug,red", "bob,cup,red", "ann,cup,red"], ["1,2", "2,1", "1,3"]])
def test_columns_with_values_of_their_own_are_no_baskets(tmp_path: Path, rows: list[str]) -> None:
    (tmp_path / "p.csv").write_text("\n".join(rows))
    with pytest.raises(RefusedFile, match="no column is known to be"):
        Read(tmp_path / "p.csv")


@pytest.mark.parametrize("first", [0, 1])
def test_numbers_above_baskets_are_no_products(tmp_path: Path, first: int) -> None:
    path = tmp_path / "baskets.csv"
    rows = [[str(first + place) for place in range(4)], *filled("")]
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    check(Read(path))


def test_rows_with_a_blank_last_cell_are_no_baskets(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("u1,milk,2024-03-01,x\nu2,tea,2024-03-02,\nu3,milk,2024-03-02,\n")
    with pytest.raises(Exception, match="no column is known to be"):
        Read(path)


def test_lists_of_json_are_baskets(tmp_path: Path) -> None:
    whole, lines = tmp_path / "a.json", tmp_path / "b.jsonl"
    whole.write_text(json.dumps(BASKETS))
    lines.write_text("".join(json.dumps(basket) + "\n" for basket in BASKETS))
    check(Read(whole))
    check(Read(lines))
