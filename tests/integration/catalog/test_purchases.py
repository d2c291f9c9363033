"""Requests about purchases and users with both databases."""

import json
from urllib.parse import quote

import httpx


def purchase(number: int = 1, **fields: object) -> dict[str, object]:
    return {
        "user_id": "u",
        "product_id": "p",
        "purchased_at": f"2026-05-17T09:30:{number:02}Z",
        **fields,
    }


def record(catalog: httpx.Client, *purchases: dict[str, object]) -> tuple[int, int]:
    answer = catalog.post("/v1/purchases", json={"purchases": list(purchases)})
    assert answer.status_code == 201, answer.text
    return answer.json()["recorded"], answer.json()["known"]


def feed(catalog: httpx.Client, **parameters: object) -> list[dict]:
    items, cursor = [], None
    while True:
        page = catalog.get("/v1/purchases", params=parameters | ({"cursor": cursor} if cursor else {})).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def test_recording_a_purchase_adds_its_user_and_product(catalog: httpx.Client) -> None:
    answer = catalog.post("/v1/purchases", json=purchase(quantity=2.5, unit_price=3, order_id="o/1", id="x"))
    assert (answer.status_code, answer.json()) == (201, {"recorded": 1, "known": 0})
    [found] = feed(catalog)
    assert found | {"recorded_at": ""} == {
        "id": "x",
        "user_id": "u",
        "product_id": "p",
        "purchased_at": "2026-05-17T09:30:01Z",
        "quantity": 2.5,
        "unit_price": 3,
        "order_id": "o/1",
        "recorded_at": "",
    }
    assert catalog.get("/v1/users/u").json() == {
        "id": "u",
        "preferences": {
            "liked_categories": [],
            "disliked_categories": [],
            "liked_brands": [],
            "disliked_brands": [],
            "price_min": None,
            "price_max": None,
        },
        "created_at": None,
        "locale": None,
    }
    [product] = catalog.get("/v1/products").json()["items"]
    assert (product["id"], product["title"], product["in_stock"]) == ("p", "p", True)


PAIRS = [
    (purchase(1, id="x"), purchase(2, id="x", product_id="q"), True),
    (purchase(1, id="x"), purchase(1, id="y"), False),
    (purchase(1, order_id="o"), purchase(2, order_id="o"), True),
    (purchase(1, order_id="o"), purchase(1, order_id="o2"), False),
    (purchase(1, order_id="o"), purchase(1, order_id="o", product_id="q"), False),
    (purchase(1), purchase(1), True),
    (purchase(1), purchase(2), False),
    (purchase(1), purchase(1) | {"purchased_at": "2026-05-17T11:30:01+02:00"}, True),
]


def test_duplicate_purchases_are_known_across_and_within_calls(catalog: httpx.Client) -> None:
    def of(user: str, bought: dict[str, object]) -> dict[str, object]:
        own = {"id": f"{user}-{bought['id']}"} if "id" in bought else {}
        return bought | own | {"user_id": user}

    for number, (first, second, same) in enumerate(PAIRS):
        one, other = f"across-{number}", f"within-{number}"
        assert record(catalog, of(one, first)) == (1, 0)
        assert record(catalog, of(one, second)) == ((0, 1) if same else (1, 0))
        assert record(catalog, of(one, first), of(one, second)) == (0, 2)
        assert record(catalog, of(other, first), of(other, second)) == ((1, 1) if same else (2, 0))


def test_purchase_sent_back_is_known(catalog: httpx.Client) -> None:
    record(catalog, purchase(1), purchase(2, order_id="o"))
    assert record(catalog, *feed(catalog)) == (0, 2)


def test_purchases_feed_follows_the_order_of_recording(catalog: httpx.Client) -> None:
    record(catalog, *(purchase(30 - number) for number in range(5)))
    record(catalog, *(purchase(50 - number) for number in range(2)))
    expected = [f"2026-05-17T09:30:{second}Z" for second in (30, 29, 28, 27, 26, 50, 49)]
    assert [p["purchased_at"] for p in feed(catalog, limit=2)] == expected
    stamps = [p["recorded_at"] for p in feed(catalog)]
    assert stamps == sorted(stamps)
    assert [p["purchased_at"] for p in feed(catalog, since=stamps[-1], limit=1)] == expected[5:]
    assert len(feed(catalog, since=stamps[0])) == 7
    assert feed(catalog, since="2999-01-01T00:00:00Z") == []


def test_ndjson_returns_the_rest_of_the_feed(catalog: httpx.Client) -> None:
    record(catalog, *(purchase(number) for number in range(10)))
    accept = {"Accept": "application/x-ndjson"}
    answer = catalog.get("/v1/purchases", headers=accept)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in answer.text.splitlines()] == feed(catalog)
    cursor = catalog.get("/v1/purchases?limit=4").json()["next_cursor"]
    rest = catalog.get("/v1/purchases", params={"cursor": cursor}, headers=accept)
    assert [json.loads(line) for line in rest.text.splitlines()] == feed(catalog)[4:]


def test_ndjson_continues_over_many_chunks(catalog: httpx.Client) -> None:
    record(catalog, *(purchase(1, order_id=f"o{number}") for number in range(9000)))
    record(catalog, *(purchase(1, order_id=f"p{number}") for number in range(2000)))
    lines = catalog.get("/v1/purchases", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    expected = [f"o{number}" for number in range(9000)] + [f"p{number}" for number in range(2000)]
    assert [json.loads(line)["order_id"] for line in lines] == expected
    assert [p["order_id"] for p in feed(catalog, limit=10_000)] == expected


def test_empty_feed_has_no_items(catalog: httpx.Client) -> None:
    assert catalog.get("/v1/purchases").json() == {"items": [], "next_cursor": None}
    assert catalog.get("/v1/purchases", headers={"Accept": "application/x-ndjson"}).content == b""


def test_user_purchases_are_newest_first(catalog: httpx.Client) -> None:
    user = "50%25 ü"
    record(catalog, *(purchase(number, user_id=user) for number in (5, 9, 7)), purchase(8))
    path = f"/v1/users/{quote(user, safe='')}/purchases"
    seconds = [int(p["purchased_at"][-3:-1]) for p in catalog.get(path).json()["items"]]
    assert seconds == [9, 7, 5]
    assert len(catalog.get(path, params={"limit": 2}).json()["items"]) == 2
    since = catalog.get(path, params={"since": "2026-05-17T09:30:07Z"}).json()["items"]
    assert [p["purchased_at"][-3:-1] for p in since] == ["09", "07"]


def test_unknown_user_is_404(catalog: httpx.Client) -> None:
    for path in ("/v1/users/nobody", "/v1/users/nobody/purchases", "/v1/users/%00"):
        answer = catalog.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


BAD_CHANGES = [
    ({"user_id": "a/b"}, "'a/b' is not a valid id"),
    ({"product_id": ".."}, "'..' is not a valid id"),
    ({"id": ""}, "is not a valid id"),
    ({"order_id": "a\x1fb"}, "order id"),
    ({"quantity": 0}, "quantity"),
    ({"unit_price": -0.5}, "unit_price"),
    ({"purchased_at": "yesterday"}, "purchased_at"),
    ({"purchased_at": "2026-05-17T09:30:00"}, "time zone"),
    ({"amount": 1}, "amount"),
]


def test_invalid_purchase_rejects_the_whole_call(catalog: httpx.Client) -> None:
    for change, says in BAD_CHANGES:
        answer = catalog.post("/v1/purchases", json={"purchases": [purchase(1), purchase(2) | change]})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert says in answer.json()["detail"]
        assert "purchases[1]" in answer.json()["detail"]
    assert feed(catalog) == []
    assert catalog.get("/v1/users/u").status_code == 404


def test_empty_and_overlong_lists_are_rejected(catalog: httpx.Client) -> None:
    for purchases in ([], [purchase()] * 10_001):
        assert catalog.post("/v1/purchases", json={"purchases": purchases}).status_code == 400


def test_guests_purchases_are_kept_apart_by_order_and_add_no_user(catalog: httpx.Client) -> None:
    one, other = (purchase(1, user_id=None, order_id=order) for order in ("1", "2"))
    assert record(catalog, one, other, purchase(2, user_id=None, order_id="1", quantity=-1)) == (3, 0)
    assert record(catalog, one) == (0, 1)
    assert [(line["user_id"], line["order_id"]) for line in feed(catalog)] == [
        (None, "1"),
        (None, "2"),
        (None, "1"),
    ]
    for nobody in ("", quote("\x1f")):
        assert catalog.get(f"/v1/users/{nobody}/purchases").status_code == 404


def test_purchase_that_names_neither_user_nor_order_is_refused(catalog: httpx.Client) -> None:
    nameless = {name: value for name, value in purchase(order_id="1").items() if name != "user_id"}
    for body, problem in (
        (purchase(user_id=None), "needs an order_id"),
        (nameless, "missing required field `user_id`"),
    ):
        answer = catalog.post("/v1/purchases", json=body)
        assert (answer.status_code, problem in answer.json()["detail"]) == (400, True), answer.text
    assert feed(catalog) == []
