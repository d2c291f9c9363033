"""Documents of JSON that are cut, or of which records are damaged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

ORDERS = [
    {
        "order_id": n,
        "user_id": f"u{n % 9}",
        "purchased_at": "2024-01-02",
        "items": [{"product_id": f"P{n % 7}"}, {"product_id": "Q"}],
    }
    for n in range(40)
]
CUT = "the file is cut here, and what follows is missing. Export it again for the rest"
DAMAGED = "the line is not a JSON object"
WHOLE = {
    "list": json.dumps(ORDERS),
    "indented": json.dumps(ORDERS, indent=1),
    "page": json.dumps({"data": {"orders": ORDERS}}),
    "documents": "\n".join(json.dumps(order, indent=1) for order in ORDERS),
    "lists": "\n".join(json.dumps(ORDERS[n : n + 20], indent=1) for n in (0, 20)),
}
KEYED = {
    str(order["order_id"]): {name: order[name] for name in order if name != "order_id"} for order in ORDERS
}
WHOLE_BY_ID = {"by id": json.dumps(KEYED), "page by id": json.dumps({"orders": KEYED}, indent=1)}


def cut(share: float) -> Callable[[str], str]:
    return lambda text: text[: int(len(text) * share)]


def without(damaged: str, by: str, count: int = 1) -> Callable[[str], str]:
    return lambda text: text.replace(damaged, by, count)


DAMAGES: list[tuple[str, Callable[[str], str], int, str]] = [
    *((name, cut(0.54), 21, CUT) for name in WHOLE),
    *((name, without('"user_id": "u3"', '"user_id" "u3"'), 39, DAMAGED) for name in WHOLE),
    *((name, cut(0.54), 21, CUT) for name in WHOLE_BY_ID),
    ("list", lambda text: text[:-1], 40, CUT),
    ("list", lambda text: text.replace("u3", "u\0003", 1), 39, DAMAGED),
    ("indented", without('"u3"', '"u3'), 39, DAMAGED),
]


@pytest.mark.parametrize(("name", "damage", "orders", "reason"), DAMAGES)
def test_readable_records_are_read_and_the_others_counted(
    tmp_path: Path, name: str, damage: Callable[[str], str], orders: int, reason: str
) -> None:
    (tmp_path / "p.json").write_text(damage({**WHOLE, **WHOLE_BY_ID}[name]))
    found = Read(tmp_path / "p.json", bad_rows=0.05)
    assert (found.preview.orders, found.left_out) == (orders, {reason: 1})


@pytest.mark.parametrize(
    ("name", "damage", "line"),
    [
        ("list", without('"u3"', '"u3'), 1),
        ("indented", without("  }", "  "), 10),
        ("documents", without("\n}", "\n"), 14),
        ("lists", without("  }", "  "), 10),
    ],
    ids=["quote", "brace", "brace of a document", "brace in a list"],
)
def test_document_that_may_hide_records_is_refused_with_a_line(
    tmp_path: Path, name: str, damage: Callable[[str], str], line: int
) -> None:
    (tmp_path / "p.json").write_text(damage(WHOLE[name]))
    with pytest.raises(RefusedFile, match=f"damaged JSON in line {line}: .*Export it again"):
        Read(tmp_path / "p.json", bad_rows=1)
