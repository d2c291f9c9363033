"""Hints about columns that hold something else than their names say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.purchases_read import Read

HEAD = "order_id,customer_id,product_id,product_name,date\n"


def user(n: int) -> str:
    return f"u{n // 3 * 7 % 60}"


def product(n: int) -> str:
    return f"P{(n // 3 * 11 + n % 3 * 5) % 40}"


def day(n: int) -> str:
    return f"2024-{n // 3 % 12 + 1:02}-{n // 36 % 28 + 1:02}"


Row = Callable[[int], tuple[str, str, str, str, str]]


def read(path: Path, row: Row, head: str = HEAD) -> list[str]:
    lines = [",".join(value for value in row(n) if value != "-") for n in range(600)]
    (path / "p.csv").write_text(head + "\n".join(lines) + "\n")
    return [hint for hint in Read(path / "p.csv").preview.hints if "--map" in hint]


def right(n: int) -> tuple[str, str, str, str, str]:
    return f"o{n // 3}", user(n), product(n), f"Mug {product(n)}", day(n)


def test_columns_that_fit_give_no_hint(tmp_path: Path) -> None:
    assert read(tmp_path, right) == []


def test_swapped_ids_are_noticed_by_titles(tmp_path: Path) -> None:
    [hint] = read(tmp_path, lambda n: (f"o{n // 3}", product(n), user(n), f"Mug {product(n)}", day(n)))
    assert "look swapped. --map user_id=product_id --map product_id=customer_id swaps them" in hint


def test_swapped_ids_are_noticed_by_orders(tmp_path: Path) -> None:
    head = HEAD.replace(",product_name", "")
    [hint] = read(tmp_path, lambda n: (f"o{n // 3}", product(n), user(n), "-", day(n)), head)
    assert "An order has 3.0 shoppers on average, and 1.0 products" in hint
    assert read(tmp_path, lambda n: (f"o{n // 3}", user(n), product(n), "-", day(n)), head) == []


def test_numbers_of_lines_are_no_products(tmp_path: Path) -> None:
    [hint] = read(tmp_path, lambda n: (f"o{n // 3}", user(n), f"L{n}", f"Mug {product(n)}", day(n)))
    assert "so product_id may number lines. --map product_id=product_name takes titles for ids" in hint


def test_column_of_products_is_named_in_place_of_numbers_of_lines(tmp_path: Path) -> None:
    head = HEAD.replace("product_id,product_name", "item_id,sku")
    [hint] = read(tmp_path, lambda n: (f"o{n // 3}", user(n), f"L{n}", product(n), day(n)), head)
    assert "so item_id may number lines. --map product_id=sku takes sku for products" in hint


@pytest.mark.parametrize(
    ("owner", "says"),
    [
        (
            lambda n: f"o{n // 3}",
            "If customer_id holds orders, add --map order_id=customer_id --map user_id=",
        ),
        (lambda n: f"x{n}", "100% of the shoppers bought once"),
    ],
    ids=["orders", "rows"],
)
def test_orders_are_no_shoppers(tmp_path: Path, owner: Callable[[int], str], says: str) -> None:
    head = HEAD.replace("order_id,", "")
    [hint] = read(tmp_path, lambda n: ("-", owner(n), product(n), f"Mug {product(n)}", day(n)), head)
    assert says in hint
    assert read(tmp_path, lambda n: ("-", *right(n)[1:]), head) == []


@pytest.mark.parametrize(
    ("ids", "twice"),
    [
        (("00{0}", "{0}"), "At least 59 shoppers look like two each, as '001001' and '1001' do"),
        (("{0}", "{0:,}"), "At least 59 shoppers look like two each, as '1,001' and '1001' do"),
        (("{0}", "{0}.00"), "At least 59 shoppers look like two each, as '1001' and '1001.00' do"),
        (("{0}", "{0},0"), "At least 59 shoppers look like two each, as '1001' and '1001,0' do"),
        (("{0}", "#{0}"), "At least 59 shoppers look like two each, as '1001' and '#1001' do"),
        (("ab{0}", "AB{0}"), "At least 59 shoppers look like two each, as 'AB1001' and 'ab1001' do"),
        (("{0}", "{0}0"), None),
        (("a{0}", "b{0}"), None),
    ],
)
def test_ids_in_two_forms_are_noticed(tmp_path: Path, ids: tuple[str, str], twice: str | None) -> None:
    rows = (
        f'{n},"{ids[n % 2].format(1001 + n % 59)}",P{n % 9},Mug {n % 9},2024-01-{n % 28 + 1:02}\n'
        for n in range(600)
    )
    (tmp_path / "p.csv").write_text(HEAD + "".join(rows))
    found = [hint for hint in Read(tmp_path / "p.csv").preview.hints if "two each" in hint]
    assert [hint.partition(". ")[0] for hint in found] == ([twice] if twice else [])


def test_damaged_letters_are_noticed(tmp_path: Path) -> None:
    titles = ["CafÃ© crÃ¨me", "Café crème"]
    for title, hints in zip(titles, (1, 0), strict=True):
        rows = HEAD + f"1,u1,P1,{title},2024-01-13\n"
        (tmp_path / "p.csv").write_text(rows, encoding="utf-8")
        found = Read(tmp_path / "p.csv").preview.hints
        assert sum("UTF-8 was read as another encoding" in hint for hint in found) == hints
