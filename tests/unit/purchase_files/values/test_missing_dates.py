"""Purchases without dates that can be, taken in the order of the rows."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from purchase_files import ReadingOptions, RefusedFile
from tests.support.purchases_read import Read

ORDERS = "TransactionID,ItemDescription,Category,Price\n7,Milk,Dairy,2\n7,Tea,Drinks,3\n8,Milk,Dairy,2\n"
SHOPPERS = "klient_id;produkt;ilość\nk1;Chleb;1\nk2;Mleko;2\nk1;Mleko;1\n"


@pytest.mark.parametrize(("text", "orders", "shoppers"), [(ORDERS, 2, 0), (SHOPPERS, 0, 2)])
def test_option_of_the_refusal_is_enough(tmp_path: Path, text: str, orders: int, shoppers: int) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(text)
    with pytest.raises(RefusedFile, match="If none has dates, purchased_at= takes") as refusal:
        Read(path)
    assert refusal.value.arguments == (("--map", "purchased_at="),)
    read = Read(path, mapping=ReadingOptions().with_arguments(refusal.value.arguments).mapping)
    times = read.values("purchased_at")
    assert [after - before for before, after in pairwise(times)] == [timedelta(seconds=1)] * 2
    assert (read.preview.orders, read.preview.shoppers) == (orders, shoppers)
    assert any("made up" in hint for hint in read.preview.hints)


def test_words_are_not_offered_as_times(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("Receipt,Product_Name,Daytime\n1,Milk,morning\n1,Tea,noon\n")
    with pytest.raises(RefusedFile) as refusal:
        Read(path)
    assert refusal.value.arguments == (("--map", "purchased_at="),)


def test_known_columns_are_not_offered_for_other_fields(tmp_path: Path) -> None:
    path = tmp_path / "receipts.csv"
    path.write_text("id;Klient;Kwota;Czas\n1;509;3.37;2017-08-22 12:53\n2;585;2.81;2017-08-22 14:26\n")
    with pytest.raises(RefusedFile, match="give the lines of the orders, too") as refusal:
        Read(path)
    assert dict(argument[1].split("=") for argument in refusal.value.arguments) == {
        "purchased_at": "Czas",
        "product_id": "COLUMN",
    }


@pytest.mark.parametrize(
    ("ahead", "option"),
    [(1, None), (3, ("--bad-rows", "0.04")), (30, ("--bad-rows", "0.31")), (100, ("--map", "purchased_at="))],
)
def test_rows_with_dates_far_ahead_are_unreadable(
    tmp_path: Path, ahead: int, option: tuple[str, str] | None
) -> None:
    path = tmp_path / "sales.csv"
    rows = [f"u{n},A,{2204 if n < ahead else 2024}-01-02\n" for n in range(100)]
    path.write_text("user_id,product_id,purchased_at\n" + "".join(rows))
    if option is None:
        assert Read(path).left_out == {"time over 10 years ahead": ahead}
        return
    with pytest.raises(RefusedFile, match=f"{ahead} x time over 10 years ahead") as refusal:
        Read(path)
    assert refusal.value.arguments == (option,)
    name, value = option
    changed = {"mapping": {"purchased_at": ""}} if name == "--map" else {"bad_rows": float(value)}
    assert Read(path, **changed).preview.purchases == (100 if name == "--map" else 100 - ahead)
