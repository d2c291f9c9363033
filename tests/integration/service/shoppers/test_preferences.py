"""Preferences that are read, changed and written back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.servers.ports import unused_port

PATH = "/v1/users/u0/preferences"
FULL = {
    "liked_categories": ["Bakery > Shelf 1", "Nothing > Here"],
    "disliked_categories": ["Garden"],
    "liked_brands": ["日本"],
    "disliked_brands": ["Nobody"],
    "price_min": 0.1,
    "price_max": 1e9,
    "hidden_products": ["p3", "not in the catalog", "a,b"],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def put(served: ServedShop, body: object) -> httpx.Response:
    return served.client.put(PATH, json=body, headers={"authorization": f"Bearer {served.token()}"})


@pytest.mark.parametrize("given", [FULL, {}, {"hidden_products": ["p1"]}, {"price_max": 3}])
def test_document_can_be_written_back_as_read(served: ServedShop, given: dict[str, Any]) -> None:
    assert put(served, given).status_code == 200
    read = served.get(PATH)
    written = served.client.put(
        PATH, content=read.content, headers={"authorization": f"Bearer {served.token()}"}
    )
    assert written.status_code == 200, written.text
    assert written.json()["preferences"] == read.json()["preferences"]
    assert served.get(PATH).json()["preferences"] == read.json()["preferences"]


def test_preferences_of_a_new_shopper_can_be_written_back(served: ServedShop) -> None:
    path = "/v1/users/somebody/preferences"
    read = served.get(path).json()
    assert read["updated_at"] is None
    headers = {"authorization": f"Bearer {served.token()}"}
    assert served.client.put(path, json=read, headers=headers).json()["preferences"] == read["preferences"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"preferences": {}, "user_id": "u1"}, "/user_id"),
        ({"preferences": {}, "liked_brands": ["a"]}, "/liked_brands"),
        ({"user_id": "u0", "liked_brands": ["a"]}, "/user_id"),
        ({"updated_at": None}, "/updated_at"),
        ({"preferences": None}, "/preferences"),
        ({"preferences": {"price_min": -1}}, "/preferences/price_min"),
        ({"preferences": {"hidden_products": ["a/b"]}}, "/preferences/hidden_products/0"),
        (
            {"preferences": {"liked_brands": ["a"], "disliked_brands": ["A"]}},
            "/preferences/disliked_brands/0",
        ),
        ({"preferences": {"unknown": 1}}, "/preferences"),
        ({"preferences": {"preferences": {}}}, "/preferences"),
    ],
)
def test_unclear_document_is_rejected(served: ServedShop, body: object, pointer: str) -> None:
    put(served, {"liked_brands": ["kept"]})
    answer = put(served, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert served.get(PATH).json()["preferences"]["liked_brands"] == ["kept"]


def test_failed_reads_and_writes_have_their_own_texts(tmp_path: Path) -> None:
    nowhere = f"postgresql://u:p@127.0.0.1:{unused_port()}/none"
    with served_shop(shop(), tmp_path, settings={"database_url": nowhere}) as served:
        for path in (PATH, "/v1/users/u0/profile"):
            read = served.get(path)
            assert (read.status_code, read.headers["retry-after"]) == (503, "5")
            assert read.json()["detail"] == "The database is unavailable. Retry shortly."
        event = {
            "id": "e",
            "user_id": "u0",
            "product_id": "p1",
            "kind": "view",
            "occurred_at": "2026-01-01T00:00:00Z",
        }
        for written in (put(served, {}), served.post("/v1/events", {"events": [event]})):
            assert (written.status_code, written.headers["retry-after"]) == (503, "5")
            assert "may or may not be stored. Repeat the request." in written.json()["detail"]
        assert served.count("recommender.database.errors") == 4
