"""JSON as APIs, databases and libraries write it."""

import json
from pathlib import Path
from typing import Any

import pytest

from purchase_files import RefusedFile
from purchase_files.formats.documents import DocumentFile
from tests.support.purchases_read import Read

Order = tuple[str, str, str, list[tuple[str, str, int]]]
ORDERS: list[Order] = [
    ("o1", "u1", "2024-01-13T10:00:00Z", [("P1", "Mug", 2), ("P2", "Cup", 1)]),
    ("o2", "u2", "2024-01-14T10:00:00Z", [("P1", "Mug", 3)]),
    ("o3", "u1", "2024-01-15T10:00:00Z", [("P3", "Pot", 1)]),
]
NAMES = ["order_id", "user_id", "created_at", "product_id", "title", "quantity"]
ROWS = [[o, user, at, *item] for o, user, at, items in ORDERS for item in items]


def listed(items: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    return [
        {"product_id": id_, "name": name, "quantity": count, "price": "1.50"} for id_, name, count in items
    ]


def order(entry: Order, **more: Any) -> dict[str, Any]:
    number, user, at, items = entry
    return {"id": number, "customer_id": user, "created_at": at, **more, "line_items": listed(items)}


def graphql() -> object:
    edges = [
        {
            "node": {
                "id": number,
                "createdAt": at,
                "customer": {"id": user},
                "lineItems": {
                    "edges": [
                        {"node": {"title": name, "quantity": count, "sku": id_}} for id_, name, count in items
                    ]
                },
            }
        }
        for number, user, at, items in ORDERS
    ]
    return {"data": {"orders": {"edges": edges}}}


def stripe() -> object:
    sessions = [
        {
            "id": number,
            "created": 1705140000,
            "customer": user,
            "customer_details": {"name": "Ann"},
            "line_items": {
                "object": "list",
                "data": [
                    {"description": name, "price": {"product": id_}, "quantity": count}
                    for id_, name, count in items
                ],
            },
        }
        for number, user, _, items in ORDERS
    ]
    return {"object": "list", "data": sessions, "has_more": False}


def by_shopper() -> object:
    return [
        {
            "user_id": user,
            "orders": [
                {"order_id": number, "date": at, "items": listed(items)}
                for number, owner, at, items in ORDERS
                if owner == user
            ],
        }
        for user in ("u1", "u2")
    ]


MONGO = [
    {
        "_id": {"$oid": number},
        "customerId": {"$oid": user},
        "createdAt": {"$date": at},
        "items": [
            {"productId": {"$oid": id_}, "name": name, "quantity": {"$numberInt": str(count)}}
            for id_, name, count in items
        ],
    }
    for number, user, at, items in ORDERS
]
DYNAMO = [
    {
        "Item": {
            name: {"N" if name == "quantity" else "S": str(value)}
            for name, value in zip(NAMES, row, strict=True)
        }
    }
    for row in ROWS
]
TRACKED = [
    {
        "event": "Order Completed",
        "userId": user,
        "timestamp": at,
        "properties": {"order_id": number, "products": listed(items)},
    }
    for number, user, at, items in ORDERS
]
BULK = [
    line
    for number, user, at, items in ORDERS
    for line in (
        {"id": number, "createdAt": at, "customer": {"id": user}},
        *(
            {"id": f"{number}{id_}", "title": name, "quantity": count, "sku": id_, "__parentId": number}
            for id_, name, count in items
        ),
    )
]
NOTED = [
    order(
        entry,
        note_attributes=[{"name": "gift", "value": "no"}],
        fulfillments=[{"name": "#1.1", "line_items": listed(entry[3])}],
        shipping_lines=[{"title": "Free", "price": "0"}],
        tax_lines=[{"title": "VAT", "price": "1"}],
    )
    for entry in ORDERS
]


def in_lines(objects: list[Any]) -> str:
    return "".join(json.dumps(found) + "\n" for found in objects)


TEXTS = {
    "orders with other lists": json.dumps(NOTED),
    "orders by their ids": json.dumps({entry[0]: order(entry) for entry in ORDERS}),
    "GraphQL": json.dumps(graphql()),
    "Stripe": json.dumps(stripe()),
    "orders of shoppers": json.dumps(by_shopper()),
    "MongoDB": in_lines(MONGO),
    "DynamoDB": in_lines(DYNAMO),
    "events": in_lines(TRACKED),
    "bulk export of Shopify": in_lines(BULK),
    "columns": json.dumps(
        {name: {str(n): row[at] for n, row in enumerate(ROWS)} for at, name in enumerate(NAMES)}
    ),
    "columns and data": json.dumps({"columns": NAMES, "index": [0, 1, 2, 3], "data": ROWS}),
    "lists": json.dumps([NAMES, *ROWS]),
    "lines of lists": in_lines([NAMES, *ROWS]),
    "lists of pages": "\n".join(json.dumps([order(entry)]) for entry in ORDERS),
    "list of lists of orders": json.dumps([[order(ORDERS[0])], list(map(order, ORDERS[1:]))]),
    "lists of lists of products": json.dumps(
        [{**order(entry), "line_items": [[item] for item in listed(entry[3])]} for entry in ORDERS]
    ),
    "commas behind last values": json.dumps(list(map(order, ORDERS)), indent=1)
    .replace("}\n ", "},\n ")
    .replace("]\n }", "],\n }")
    .replace(",,", ","),
    "mark of an encoding": "\ufeff" + json.dumps(list(map(order, ORDERS))),
    "objects without a separator": "".join(json.dumps(order(entry)) for entry in ORDERS),
    "encoded twice": json.dumps(json.dumps(list(map(order, ORDERS)))),
    "lines encoded twice": in_lines([json.dumps(order(entry)) for entry in ORDERS]),
    "entries encoded twice": json.dumps([json.dumps(order(entry)) for entry in ORDERS]),
    "written by Python": repr([order(entry, note="Ann's", paid=True, tags=None) for entry in ORDERS]),
    "lines written by Python": "".join(f"{order(entry, paid=True)}\n" for entry in ORDERS),
    "halves of characters": json.dumps(
        [order(entry, note="\ud83d, \\ud83d, \U0001f600") for entry in ORDERS]
    ),
    "objects in a row": "\n".join(json.dumps(order(entry), indent=2) for entry in ORDERS),
}


@pytest.mark.parametrize("name", TEXTS)
def test_products_of_orders_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "p.json").write_text(TEXTS[name])
    found = Read(tmp_path / "p.json")
    bought = [
        (row["order_id"], row["user_id"], row["product_id"], row["quantity"]) for row in found.purchases
    ]
    assert sorted(bought) == sorted((row[0], row[1], row[3], float(row[5])) for row in ROWS)
    assert found.titles() == {"P1": "Mug", "P2": "Cup", "P3": "Pot"}
    assert not found.left_out


def test_lines_of_a_bulk_export_are_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(in_lines(BULK) + "damaged\n")
    [file] = Read(tmp_path / "p.jsonl", bad_rows=0.5).preview.files
    assert (file.lines, file.rows, file.continued_lines, file.added_rows) == (8, 5, 4, 1)


@pytest.mark.parametrize(
    "bomb", ["[" * 500_000, '{"a":' * 500_000, '[{"a":' + "[" * 100_000 + "]" * 100_000 + "}]"]
)
def test_deep_nesting_is_refused(tmp_path: Path, bomb: str) -> None:
    (tmp_path / "p.json").write_text(bomb)
    with pytest.raises(RefusedFile):
        Read(tmp_path / "p.json")


@pytest.mark.parametrize(("end", "what"), [("", "a line"), ("\n", "one document")])
def test_document_that_would_fill_memory_is_refused(tmp_path: Path, end: str, what: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(
        f"[{end}" + f",{end}".join(json.dumps({"sku": "A" * 700_000, "order_id": n}) for n in range(2)) + "]"
    )
    with pytest.raises(RefusedFile, match=f"{what} of over 1 MiB"):
        DocumentFile.open(path, "p.json", tmp_path, max_bytes=1 << 20)
    assert DocumentFile.open(path, "p.json", tmp_path, max_bytes=2 << 20).columns == ("sku", "order_id")


@pytest.mark.parametrize("text", ["[{'sku': nan}]", "{'sku': 'A', }}\n{'sku': 'B', }}\n", '"[{\\"sku\\"'])
def test_damaged_quotes_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(RefusedFile, match="damaged JSON"):
        Read(tmp_path / "p.json")


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_orders_without_products_are_counted(tmp_path: Path, kind: str) -> None:
    left = [(f"e{n}", "u3", "2024-01-16T10:00:00Z", []) for n in range(3)]
    orders: list[Order] = [*ORDERS, *left]
    path = tmp_path / f"p.{kind}"
    path.write_text(json.dumps(list(map(order, orders))))
    if kind == "csv":
        lines = [
            f"{o},{user},{at},{'; '.join(f'{n} x {name}' for _, name, n in items)}"
            for o, user, at, items in orders
        ]
        path.write_text("\n".join(["order_id,customer_id,created_at,items", *lines]))
    assert Read(path).left_out == {"no product": 3}


@pytest.mark.parametrize("damaged", [0, 1, 3])
def test_damaged_line_costs_its_object(tmp_path: Path, damaged: int) -> None:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS]
    lines[damaged] = lines[damaged][:-5]
    (tmp_path / "p.jsonl").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.jsonl", bad_rows=0.5)
    assert (found.preview.purchases, found.left_out) == (3, {"the line is not a JSON object": 1})


def test_wrapped_value_without_an_object_is_shown_as_written(tmp_path: Path) -> None:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS]
    (tmp_path / "p.jsonl").write_text("\n".join([*lines, '{"$oid": "abc"}']) + "\n")
    found = Read(tmp_path / "p.jsonl", bad_rows=0.5)
    assert found.left_out == {"the line is not a JSON object": 1}
    assert '{"$oid": "abc"}' in str(found.preview)


def test_attributes_and_relations_of_a_resource_are_its_fields(tmp_path: Path) -> None:
    events = [
        {
            "type": "event",
            "id": f"e{n}",
            "attributes": {
                "datetime": f"2024-01-0{n + 1}T10:00:00+00:00",
                "event_properties": {"Items": ["Red mug", "Blue mug"]},
            },
            "relationships": {"profile": {"data": {"type": "profile", "id": f"P{n}"}}},
        }
        for n in range(3)
    ]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    found = Read(tmp_path / "events.jsonl")
    assert "category" not in {column.field for column in found.preview.columns}
    bought = [(row["user_id"], row["order_id"], row["product_id"]) for row in found.purchases]
    assert bought == [(f"P{n}", f"e{n}", name) for n in range(3) for name in ("Red mug", "Blue mug")]
