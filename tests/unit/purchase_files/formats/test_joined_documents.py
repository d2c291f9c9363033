"""Several documents of JSON in one file, with other texts between them."""

import json
from pathlib import Path

import pytest

from tests.support.purchases_read import Read

ORDERS = [
    {
        "id": f"o{n}",
        "email": f"u{n % 7}",
        "created_at": f"2024-01-{n + 1:02}",
        "items": [{"sku": "A"}, {"sku": "B"}],
    }
    for n in range(20)
]
LINES = [
    {"user_id": f"u{n % 7}", "product_id": "A", "purchased_at": f"2024-01-{n + 1:02}"} for n in range(20)
]
WHOLE = json.dumps(LINES)
HALVES = [json.dumps(LINES[:10]), json.dumps(LINES[10:], indent=1)]


def pages(indent: int | None, first: int = 12, last: int = 20) -> str:
    """Pages of orders as an API answers them, one after another."""
    parts = [ORDERS[:first], ORDERS[first:last], []]
    return "\n".join(
        json.dumps({"data": {"orders": part}, "page": 1, "total": 20}, indent=indent) for part in parts
    )


@pytest.mark.parametrize(
    ("content", "purchases", "unreadable"),
    [
        (WHOLE + "]\n", 20, 0),
        (WHOLE + "\0\0\n", 20, 0),
        ("\n".join(HALVES), 20, 0),
        ("\ufeff" + "\ufeff".join(HALVES), 20, 0),
        (WHOLE + "\nExported by Shop\nPage 1 of 1\n", 20, 1),
        ("\nHTTP 200 OK\n".join(HALVES), 20, 1),
        (json.dumps({"orders": LINES}) + "\nDone.\n", 20, 1),
        (
            "\n".join(json.dumps({"items": LINES[n : n + 5], "total_count": 20}) for n in (0, 5, 10, 15)),
            20,
            0,
        ),
        (pages(None), 40, 0),
        (pages(2), 40, 0),
        (pages(2) + "\n-- end --", 40, 1),
        (WHOLE[:-30], 19, 1),
        ("\n".join([HALVES[0], HALVES[1][:-30]]), 19, 1),
        (f"{WHOLE}\n{{3}}", 20, 1),
        (pages(2)[: -len(pages(2)) // 4], 30, 1),
    ],
)
def test_each_whole_document_is_read(tmp_path: Path, content: str, purchases: int, unreadable: int) -> None:
    (tmp_path / "p.json").write_text(content)
    found = Read(tmp_path / "p.json", bad_rows=0.05)
    assert (found.preview.purchases, found.preview.rows_left_out) == (purchases, unreadable)
    assert {reason.unreadable for reason in found.preview.left_out} == ({True} if unreadable else set())


def test_order_with_a_history_is_no_page(tmp_path: Path) -> None:
    history = [{"id": 1, "created_at": "2024-02-01"}]
    lines = [{"who": order["email"], **order, "history": history} for order in ORDERS]
    (tmp_path / "p.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    found = Read(tmp_path / "p.jsonl")
    assert (found.preview.purchases, len(set(found.values("order_id")))) == (40, 20)


def test_pages_without_orders_are_blank(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(pages(None, 1, 1))
    [file] = Read(tmp_path / "p.json").preview.files
    assert (file.rows, file.added_rows, file.blank_lines) == (2, 1, 2)
