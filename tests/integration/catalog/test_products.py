"""Requests about products with both databases."""

from datetime import datetime, timedelta
from urllib.parse import quote

import httpx


def put(catalog: httpx.Client, product_id: str, **fields: object) -> httpx.Response:
    return catalog.put(f"/v1/products/{quote(product_id, safe='')}", json={"title": "t"} | fields)


def feed(catalog: httpx.Client, **parameters: object) -> list[dict]:
    items, cursor = [], None
    while True:
        page = catalog.get("/v1/products", params=parameters | ({"cursor": cursor} if cursor else {})).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def test_product_is_created_replaced_and_read(catalog: httpx.Client) -> None:
    fields = {
        "title": "Penne",
        "description": "500 g",
        "category": "Pantry > Pasta",
        "brand": "Rustica",
        "price": 1.29,
        "currency": "EUR",
        "in_stock": False,
        "image_url": "http://x/y.png",
        "created_at": "2026-01-02T10:00:00+02:00",
        "attributes": {"organic": True, "size": {"g": 500}},
    }
    made = put(catalog, "p", **fields)
    assert made.status_code == 201
    expected = fields | {"id": "p", "created_at": "2026-01-02T08:00:00Z", "deleted_at": None}
    assert {key: value for key, value in made.json().items() if key != "updated_at"} == expected
    assert feed(catalog) == [made.json()]

    replaced = put(catalog, "p", title="Fusilli")
    assert replaced.status_code == 200
    assert replaced.json()["brand"] is None
    assert replaced.json()["created_at"] == "2026-01-02T08:00:00Z"
    assert replaced.json()["updated_at"] > made.json()["updated_at"]


def test_product_can_be_sent_back_unchanged(catalog: httpx.Client) -> None:
    read = put(catalog, "p", price=2).json()
    again = catalog.put("/v1/products/p", json=read)
    assert again.status_code == 200
    assert again.json() | {"updated_at": ""} == read | {"updated_at": ""}


IDS = [
    "50%25 off",
    "a:b,c+d",
    "茶 green",
    "back\\slash",
    "true",
    "null",
    "1",
    "...",
    "a&b=c",
    "'; --",
    "ж%2Fж",
]


def test_ids_are_exact_in_paths_and_lists(catalog: httpx.Client) -> None:
    for product_id in IDS:
        assert put(catalog, product_id).json()["id"] == product_id
    for product_id in IDS:
        escaped = product_id.replace("\\", "\\\\").replace(",", "\\,")
        found = catalog.get("/v1/products", params={"ids": f"unknown,{escaped}"}).json()
        assert [item["id"] for item in found["items"]] == [product_id]
        assert found["next_cursor"] is None
        assert catalog.delete(f"/v1/products/{quote(product_id, safe='')}").status_code == 204


def test_deleted_product_stays_in_the_feed_until_it_is_put_again(catalog: httpx.Client) -> None:
    before = put(catalog, "p").json()
    assert catalog.delete("/v1/products/p").status_code == 204
    [deleted] = feed(catalog, updated_since=before["updated_at"])
    assert deleted["deleted_at"] == deleted["updated_at"] > before["updated_at"]
    assert catalog.delete("/v1/products/p").status_code == 204
    assert feed(catalog) == [deleted]
    assert put(catalog, "p").json()["deleted_at"] is None
    assert catalog.delete("/v1/products/q").status_code == 404


def test_products_feed_has_no_gaps_and_follows_the_order_of_change(catalog: httpx.Client) -> None:
    for number in range(7):
        put(catalog, f"p{number}")
    put(catalog, "p2")
    assert [item["id"] for item in feed(catalog, limit=3)] == ["p0", "p1", "p3", "p4", "p5", "p6", "p2"]
    stamps = [datetime.fromisoformat(item["updated_at"]) for item in feed(catalog)]
    assert stamps == sorted(set(stamps))
    since = stamps[5]
    assert [p["id"] for p in feed(catalog, limit=1, updated_since=since.isoformat())] == ["p6", "p2"]
    later = stamps[-1] + timedelta(microseconds=1)
    assert feed(catalog, updated_since=later.isoformat()) == []


def test_change_during_paging_appears_on_a_later_page(catalog: httpx.Client) -> None:
    for number in range(4):
        put(catalog, f"p{number}")
    first = catalog.get("/v1/products", params={"limit": 2}).json()
    put(catalog, "p0", title="changed")
    rest = catalog.get("/v1/products", params={"limit": 10, "cursor": first["next_cursor"]}).json()
    assert [(p["id"], p["title"]) for p in rest["items"]] == [("p2", "t"), ("p3", "t"), ("p0", "changed")]


BAD_BODIES = [
    (b"{", "not valid JSON"),
    (b"\xff", "not valid JSON"),
    (b'{"title": "\\ud800"}', "not valid JSON"),
    (b"[]", "the body"),
    (b"{}", "title"),
    (b'{"title": 1}', "$.title"),
    (b'{"title": "a\\u0000"}', "$.title"),
    (b'{"title": "t", "price": -1}', "$.price"),
    (b'{"title": "t", "price": 1e999}', "$.price"),
    (b'{"title": "t", "prize": 1}', "prize"),
    (b'{"title": "t", "id": "q"}', "'q'"),
    (b'{"title": "t", "created_at": "2026-01-01T00:00:00"}', "time zone"),
    (b'{"title": "t", "created_at": "0001-01-01T00:00:00Z"}', "1900"),
]


def test_bad_body_is_rejected_with_the_field(catalog: httpx.Client) -> None:
    for body, says in BAD_BODIES:
        answer = catalog.put("/v1/products/p", content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert says in answer.json()["detail"]
    assert feed(catalog) == []


def test_invalid_id_in_a_path_is_rejected(catalog: httpx.Client) -> None:
    for path, status in (("a%2Fb", 404), ("a%3Fb", 400), ("a%0Ab", 400), ("x" * 201, 400), ("a%23b", 400)):
        assert catalog.put(f"/v1/products/{path}", json={"title": "t"}).status_code == status
    for path in ("/v1/products//p", "/v1/products/%2Fp", "/v1//products/p"):
        answer = catalog.put(path, json={"title": "t"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert feed(catalog) == []


BAD_QUERIES = [
    ("limit=0", "limit"),
    ("limit=10001", "limit"),
    ("limit=x", "limit"),
    ("cursor=xyz", "cursor"),
    ("cursor=WyJxIiw1XQ", "cursor"),
    ("updated_since=yesterday", "RFC 3339"),
    ("updated_since=2026-01-01T00:00:00", "time zone"),
    ("ids=", "ids"),
    ("ids=a,,b", "ids"),
    ("ids=a%5Cb", "backslash"),
    ("ids=" + ",".join(map(str, range(201))), "the limit is 200"),
]


def test_bad_query_is_a_problem_naming_the_parameter(catalog: httpx.Client) -> None:
    for query, says in BAD_QUERIES:
        answer = catalog.get(f"/v1/products?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert says in answer.json()["detail"]


def test_unknown_paths_and_methods_are_problems(catalog: httpx.Client) -> None:
    for answer, status in ((catalog.get("/v1/shops"), 404), (catalog.post("/v1/products"), 405)):
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
