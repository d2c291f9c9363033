"""Statuses and kinds of actions that exports write as numbers."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

ORDERS = "id_order,reference,id_customer,id_cart,current_state,payment,date_add\n"
LINES = "id_order_detail,id_order,product_id,product_name,product_quantity,unit_price_tax_incl\n"
ACTIONS = "user_id,sku_id,time,model_id,type,cate,brand\n"


def test_canceled_and_refunded_states_of_prestashop_are_no_purchases(tmp_path: Path) -> None:
    states = (2, 5, 6, 7, 8, 4)
    orders = [
        f"{n},REF{n},{n + 10},{n},{state},card,2024-03-0{n + 1} 10:00:00\n" for n, state in enumerate(states)
    ]
    (tmp_path / "ps_orders.csv").write_text(ORDERS + "".join(orders))
    lines = [f"{n},{n},37,Red mug,1,9.90\n" for n in range(len(states))]
    (tmp_path / "ps_order_detail.csv").write_text(LINES + "".join(lines))
    found = Read(tmp_path)
    assert found.values("user_id") == ["10", "11", "15"]
    assert found.left_out == {"status canceled": 1, "status payment error": 1, "status refunded": 1}


def test_states_of_prestashop_mean_the_same_in_one_joined_file(tmp_path: Path) -> None:
    rows = [
        f"{n},REF{n},{n + 10},{n},{state},2024-03-0{n + 1} 10:00:00,37,1\n"
        for n, state in enumerate((5, 6, 5, 7))
    ]
    header = "id_order,reference,id_customer,id_cart,current_state,date_add,product_id,product_quantity\n"
    (tmp_path / "p.csv").write_text(header + "".join(rows))
    found = Read(tmp_path / "p.csv")
    assert found.values("user_id") == ["10", "12"]
    assert found.left_out == {"status canceled": 1, "status refunded": 1}


def actions(path: Path, column: str = "type", more: str = "") -> Path:
    """Writes actions of which every tenth is an order, of kind 4."""
    kinds = [4 if n % 10 == 0 else (6, 1, 2, 6, 6)[n % 5] for n in range(100)]
    rows = [
        f"{n % 9},{n % 7},2016-02-0{n % 9 + 1} 10:00:00,,{kind}{more},{n % 3 + 4},306\n"
        for n, kind in enumerate(kinds)
    ]
    path.write_text(ACTIONS.replace("type", column) + "".join(rows))
    return path


@pytest.mark.parametrize(("column", "more"), [("type", ""), ("actionid", ".0"), ("event_type_id", ".0")])
def test_kinds_of_actions_that_are_numbers_are_shown_with_the_likeliest_choice(
    tmp_path: Path, column: str, more: str
) -> None:
    path = actions(tmp_path / "actions.csv", column, more)
    found = Read(path)
    assert {column.column for column in found.preview.columns if column.field == "category"} == {"cate"}
    assert [status.column for status in found.preview.status_columns] == [column]
    [hint] = [text for text in found.preview.hints if "numbers for kinds" in text]
    assert hint.endswith(f"--where {column}=4")
    chosen = Read(path, where=[f"{column}=4"])
    assert len(chosen.purchases) == 10
    assert not any("numbers for kinds" in text for text in chosen.preview.hints)


def test_numbers_of_events_are_refused_with_the_likeliest_choice(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as refused:
        Read(actions(tmp_path / "actions.csv", "event_type", ".0"))
    assert refused.value.arguments == (("--where", "event_type=4"),)


def test_numbers_of_statuses_are_shown_with_the_option_that_leaves_some_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"{n},{n},mug,2024-01-0{n},{n % 2 + 3}\n" for n in range(1, 9)]
    path.write_text("order_id,customer_id,product_id,order_date,order_status\n" + "".join(rows))
    hints = Read(path).preview.hints
    assert [text.partition(": ")[2] for text in hints if "has numbers" in text] == [
        "--where 'order_status!=NUMBER'"
    ]


@pytest.mark.parametrize("kinds", ["Mug Cup Can", "101 102 103", "1 1 1"])
def test_other_types_are_categories(tmp_path: Path, kinds: str) -> None:
    path = tmp_path / "p.csv"
    rows = [f"{n},p{n},2024-01-02,{kinds.split()[n % 3]}\n" for n in range(9)]
    path.write_text("user_id,product_id,date,type\n" + "".join(rows))
    found = Read(path)
    assert {row["category"] for row in found.products.values()} == set(kinds.split())
    assert found.preview.status_columns == ()


@pytest.mark.parametrize(
    ("values", "refunded"), [("true false", 5), ("Yes No", 5), ("1.0 0.0", 0), ("4.5 0", 0)]
)
def test_marks_of_refunds_are_no_amounts(tmp_path: Path, values: str, refunded: int) -> None:
    path = tmp_path / "p.csv"
    rows = [f"{n},c{n},mug,2024-01-02,{values.split()[n % 2]}\n" for n in range(10)]
    path.write_text("order_id,customer_id,product_id,order_date,Refunded\n" + "".join(rows))
    assert Read(path).left_out == ({"cancelled": refunded} if refunded else {})


def test_list_of_returned_orders_leaves_them_out(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "Order ID,Customer ID,Product ID,Order Date\nA-1,c1,mug,2024-01-13\nA-2,c2,mug,2024-01-14\n"
    )
    (tmp_path / "returns.csv").write_text("Returned,Order ID,Market\nYes,A-2,US\n")
    found = Read(tmp_path)
    assert (found.values("user_id"), found.left_out) == (["c1"], {"cancelled": 1})
