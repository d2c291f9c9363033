"""Events, statuses and marks that tell which rows are purchases."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

SETTLEMENT = (
    "settlement-id total-amount currency transaction-type order-id posted-date sku quantity-purchased "
)
SETTLEMENT += "price-type price-amount item-related-fee-type item-related-fee-amount"


def settlement_rows(order: int) -> list[str]:
    """Lines of an item: one per price and fee."""
    start = f"1,,,Order,111-{order},2014-03-01T10:00:00+00:00,M{order % 7},"
    return [start + "2,Principal,19.80,,", start + ",Shipping,3.00,,", start + ",,,Commission,-3.80"]


def test_old_settlement_reports_have_one_purchase_per_item(tmp_path: Path) -> None:
    refund = "1,,,Refund,111-1,2014-03-05T10:00:00+00:00,M1,,Principal,-9.90,,"
    rows = [row for order in range(40) for row in settlement_rows(order)]
    lines = [SETTLEMENT.replace(" ", ","), "1,100.00,EUR,,,,,,,,,", *rows, refund]
    (tmp_path / "p.csv").write_text("\n".join(lines).replace(",", "\t") + "\n")
    found = Read(tmp_path / "p.csv")
    assert (found.preview.purchases, found.preview.orders) == (40, 40)
    assert found.left_out == {
        "event shipping": 40,
        "no kind of event": 40,
        "line of totals": 1,
        "return of a purchase": 1,
    }
    assert sorted({(row["quantity"], row["price"]) for row in found.purchases}) == [(1, 9.9), (2, 9.9)]


@pytest.mark.parametrize(("marked", "kept"), [("purchase", "B"), ("refund", "A"), ("view", "A")])
def test_blank_event_is_a_purchase_unless_purchases_are_marked(
    tmp_path: Path, marked: str, kept: str
) -> None:
    head = "user_id,product_id,purchased_at,order_id,event\n"
    (tmp_path / "p.csv").write_text(f"{head}1,A,2024-01-01,1,\n1,B,2024-01-01,1,{marked}\n")
    found = Read(tmp_path / "p.csv")
    assert [row["product_id"] for row in found.purchases] == [kept]


@pytest.mark.parametrize(("closed", "purchases"), [(9, 9), (2, 8)])
def test_closed_orders_are_purchases_if_most_are_closed(tmp_path: Path, closed: int, purchases: int) -> None:
    rows = "".join(
        f"{n},A,2024-01-01,{n},{'Closed' if n < closed else 'Complete' if closed < 5 else 'Cancelled'}\n"
        for n in range(10)
    )
    (tmp_path / "p.csv").write_text(f"user_id,product_id,purchased_at,order_id,Order Status\n{rows}")
    assert Read(tmp_path / "p.csv").preview.purchases == purchases


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("Void?", "false true"), ("is_returned", "0 1"), ("Cancelled", "No Yes"), ("CANCELED", "N Y"),
        ("Refunded?", "Partial Refunded"), ("Refund", "None Full"), ("Voided", "OK VOID"), ("Retour", "non Retourné"),
        ("是否退款", "否 是"),
    ],
)  # fmt: skip
def test_marked_rows_are_no_purchases(tmp_path: Path, column: str, values: str) -> None:
    kept, void = values.split(" ")
    head = f"user_id,product_id,purchased_at,order_id,{column}\n"
    (tmp_path / "p.csv").write_text(
        f"{head}1,A,2024-01-01,1,{kept}\n1,B,2024-01-01,1,{void}\n1,C,2024-01-01,1,\n"
    )
    found = Read(tmp_path / "p.csv")
    assert found.values("product_id") == ["A", "C"]
    assert found.left_out == {"cancelled": 1}


@pytest.mark.parametrize(
    ("column", "kinds", "left_out"),
    [
        ("Refund/Sale", "Sale Refund Void", {"event void": 1}),
        ("Transaction Type", "Purchase Return Exchange", {"event exchange": 1}),
        ("Type", "Invoice,Credit note,Quote", {"event quote": 1}),
        ("S/R", "S R V", {"event v": 1}),
        ("Trans Type", "s r v", {"event v": 1}),
        ("Type", "S R V", {"event v": 1}),
        ("Vorgang", "Verkauf Gutschrift Storno", {"event storno": 1}),
    ],
)
def test_words_of_a_column_tell_returns(
    tmp_path: Path, column: str, kinds: str, left_out: dict[str, int]
) -> None:
    sale, refund, other = kinds.split("," if "," in kinds else " ")
    rows = [f"1,A,2024-01-01,{sale}", f"1,B,2024-01-01,{sale}", f"1,B,2024-01-02,{refund}"]
    head = f"user_id,product_id,purchased_at,{column}"
    (tmp_path / "p.csv").write_text("\n".join([head, *rows, f"1,C,2024-01-01,{other}"]))
    found = Read(tmp_path / "p.csv")
    assert found.values("product_id") == ["A"]
    assert found.left_out == {"bought and returned": 1, "return of a purchase": 1, **left_out}


def test_unclear_marks_are_shown_and_leave_no_row_out(tmp_path: Path) -> None:
    rows = "".join(f"c{n},A,2024-01-01,{'SV'[n % 2]}\n" for n in range(5))
    (tmp_path / "p.csv").write_text("user_id,product_id,purchased_at,type\n" + rows)
    found = Read(tmp_path / "p.csv")
    assert found.left_out == {}
    assert {row["category"] for row in found.products.values()} == {None}
    [status] = found.preview.status_columns
    assert (status.column, dict(status.values)) == ("type", {"S": 3, "V": 2})


@pytest.mark.parametrize(
    ("column", "words"), [("channel", "sale refund web"), ("Transaction Type", "Cash Card"), ("Size", "S R")]
)
def test_other_words_leave_no_row_out(tmp_path: Path, column: str, words: str) -> None:
    rows = [f"{n},p{n},2024-01-0{n},{word}" for n, word in enumerate(words.split(), start=1)]
    (tmp_path / "p.csv").write_text("\n".join([f"user_id,product_id,purchased_at,{column}", *rows]))
    assert Read(tmp_path / "p.csv").left_out == {}


@pytest.mark.parametrize(
    ("column", "value", "arguments"),
    [
        ("event", "view", (("--where", "event=view"),)),
        ("status", "cancelled", (("--where", "status=cancelled"),)),
        ("Void?", "true", (("--map", "voided="),)),
        ("quantity", "0", (("--map", "quantity="),)),
        ("quantity", "-1", (("--map", "quantity="),)),
        ("price", "-1", (("--map", "price="),)),
        ("title", "", ()),
    ],
)
def test_file_without_a_purchase_is_named_with_the_next_step(
    tmp_path: Path, column: str, value: str, arguments: tuple[tuple[str, str], ...]
) -> None:
    path = tmp_path / "p.csv"
    product = "A" if arguments else ""
    path.write_text(f"user_id,product_id,purchased_at,{column}\n1,{product},2024-01-01,{value}\n")
    with pytest.raises(RefusedFile, match=r"p\.csv: no row is a purchase: 1 x ") as refused:
        Read(path)
    assert refused.value.arguments == (arguments or (("--map", "product_id=COLUMN"),))
