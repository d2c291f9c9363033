"""Tables beside purchases, and files without names of columns."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read


def test_shoppers_of_campaigns_are_no_purchases(tmp_path: Path) -> None:
    (tmp_path / "campaign_table.csv").write_text(
        "DESCRIPTION,household_key,CAMPAIGN\nTypeA,17,26\nTypeA,18,26\n"
    )
    (tmp_path / "transaction_data.csv").write_text(
        "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE\n17,26984,1,842930,1,1.39\n"
    )
    found = Read(tmp_path)
    assert (found.values("product_id"), found.left_out) == (["842930"], {})
    assert [reason.rpartition("/")[2] for reason in found.preview.skipped] == [
        "campaign_table.csv has no times, which other files have"
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (",", ["170,1001,455,pv,1511544070", "170,1001,455,buy,1511544090", "180,1002,455,buy,1511544095"]),
        ("::", ["170::1001::5::1511544070", "171::1001::4::1511544090"]),
    ],
    ids=["events", "ratings"],
)
def test_first_ids_of_a_file_without_names_are_shoppers(tmp_path: Path, by: str, rows: list[str]) -> None:
    (tmp_path / "p.dat").write_text("\n".join([*rows, *rows]) + "\n")
    with pytest.raises(RefusedFile) as refusal:
        Read(tmp_path / "p.dat")
    mapping = dict(value.split("=") for _, value in refusal.value.arguments)
    expected = [row.split(by)[:2] for row in rows if by == "::" or "buy" in row] * 2
    found = Read(tmp_path / "p.dat", mapping=mapping)
    assert [[row["user_id"], row["product_id"]] for row in found.purchases] == expected
