"""Files with several tables below one another."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

SALES = [
    "index,DATE,CUSTOMER,SKU,PCS",
    *(f"{n},05-{n % 28 + 1:02}-24,Ann {n % 5},M{n % 4},1" for n in range(40)),
]
OTHER_ORDER = [
    "40,CUSTOMER,DATE,SKU,PCS",
    *(f"{41 + n},Bob {n % 3},05-{n % 28 + 1:02}-24,M{n % 4},2" for n in range(20)),
]
CUSTOMERS = ["Customer ID,Email", *(f"Ann {n},a{n}@x.com" for n in range(5))]
PRODUCTS = ["Product ID,Product Name,Category", *(f"M{n},Mug of kind {n},Mugs" for n in range(4))]


def stacked(path: Path, *tables: list[str], between: str = "") -> Path:
    path.write_text(f"\n{between}".join("\n".join(table) for table in tables) + "\n")
    return path


def test_purchases_with_columns_in_another_order_are_read(tmp_path: Path) -> None:
    read = Read(stacked(tmp_path / "sales.csv", SALES, OTHER_ORDER))
    assert {user: read.values("user_id").count(user) for user in ("Ann 0", "Bob 0")} == {
        "Ann 0": 8,
        "Bob 0": 7,
    }
    assert sum(read.values("quantity")) == 40 + 2 * 20
    assert [facts.path for facts in read.preview.files] == [
        str(tmp_path / "sales.csv"),
        f"{tmp_path / 'sales.csv'} from line 42",
    ]
    assert sum(facts.lines for facts in read.preview.files) == len(SALES) + len(OTHER_ORDER)


@pytest.mark.parametrize("between", ["", "\n", "\n\n"])
def test_tables_of_other_kinds_are_joined(tmp_path: Path, between: str) -> None:
    read = Read(stacked(tmp_path / "sales.csv", SALES, PRODUCTS, CUSTOMERS, between=between))
    assert (len(read.purchases), read.preview.shoppers) == (40, 5)
    assert read.titles()["M3"] == "Mug of kind 3"
    assert len(read.users) == 5
    assert sum(facts.lines for facts in read.preview.files) == len(
        (tmp_path / "sales.csv").read_text().splitlines()
    )


def test_unreadable_rows_without_a_header_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="rows cannot be read"):
        Read(stacked(tmp_path / "sales.csv", SALES, ["x,yesterday,Ann,M1,1"] * 9))
