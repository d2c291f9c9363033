"""Ids of orders that tills give out again."""

from pathlib import Path

import pytest

from tests.support.purchases_read import Read


@pytest.mark.parametrize(
    ("days", "stores", "shopper", "orders"),
    [(5, 1, "0", 100), (5, 2, "0", 200), (5, 2, "u{}", 200), (1, 1, "0", 20)],
    ids=["each day", "each day in two stores", "known shoppers", "never"],
)
def test_order_has_the_lines_of_one_time(
    tmp_path: Path, days: int, stores: int, shopper: str, orders: int
) -> None:
    visits = [(day, store, number) for day in range(days) for store in range(stores) for number in range(20)]
    rows = [
        f"{shopper.format(store * 20 + number)},P{line},2024-01-{day + 1:02} {9 + number // 2}:{store * 30:02},{number}"
        for day, store, number in visits
        for line in range(6)
    ]
    (tmp_path / "p.csv").write_text("\n".join(["user_id,product_id,purchased_at,order_id", *rows]))
    found = Read(tmp_path / "p.csv")
    times = {(row["order_id"], row["user_id"], row["purchased_at"]) for row in found.purchases}
    assert len({row["order_id"] for row in found.purchases}) == len(times) == orders
    assert any("come again" in hint for hint in found.preview.hints) == (days > 1)


@pytest.mark.parametrize("part", [1, 3], ids=["of each order", "of a third of the orders"])
def test_line_that_was_sold_later_stays_in_its_order(tmp_path: Path, part: int) -> None:
    rows = [
        f"u{n},P{line},2024-01-{1 + line * (n % part == 0):02},{n}" for n in range(40) for line in range(3)
    ]
    (tmp_path / "p.csv").write_text("\n".join(["user_id,product_id,purchased_at,order_id", *rows]))
    assert set(Read(tmp_path / "p.csv").values("order_id")) == {str(n) for n in range(40)}
