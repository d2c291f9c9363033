"""Batches in the deployed application: each entry is judged alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

BATCH = "/v1/recommendations/batch"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def results_of(served: ServedShop, entries: list[Any]) -> list[dict[str, Any]]:
    response = served.post(BATCH, {"entries": entries})
    assert response.status_code == 207, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def viewed(*products: str) -> list[dict[str, str]]:
    return [{"product_id": product} for product in products]


def test_batch_answers_each_entry_alone(served: ServedShop) -> None:
    own = served.token(sub="u0", scope="recommendations:read")
    entries = [
        {"id": "own", "user_id": "u0", "limit": 3},
        {"id": "other", "user_id": "u1"},
        {"id": "session", "interactions": viewed("p1"), "limit": 2},
        {"id": "nothing"},
        {"id": "forged", "basket": ["p1"], "cursor": "x"},
        {"id": "bad", "interactions": viewed("a/b")},
    ]
    response = served.post(BATCH, {"entries": entries}, own)
    assert response.status_code == 207
    results = response.json()["results"]
    assert [(result["id"], result["status"]) for result in results] == [
        ("own", 200),
        ("other", 403),
        ("session", 200),
        ("nothing", 422),
        ("forged", 422),
        ("bad", 422),
    ]
    assert results[0]["answer"]["items"] == served.for_you("u0", limit=3).json()["items"]
    assert [("answer" in result, "problem" in result) for result in results] == [
        (result["status"] == 200, result["status"] != 200) for result in results
    ]
    assert results[1]["problem"]["instance"] == BATCH
    assert results[4]["problem"]["errors"][0]["pointer"] == "/entries/4/cursor"
    assert results[5]["problem"]["errors"][0]["pointer"] == "/entries/5/interactions/0/product_id"


def test_batch_holds_at_most_a_hundred_distinct_entries(served: ServedShop) -> None:
    entries = [{"id": str(number), "user_id": f"u{number % 40}", "limit": 4} for number in range(100)]
    results = results_of(served, entries)
    assert [result["id"] for result in results] == [entry["id"] for entry in entries]
    assert {result["status"] for result in results} == {200}
    answers = [result["answer"] for result in results]
    # On a busy machine the database may be too slow for some of a hundred shoppers.
    assert {len(answer["items"]) for answer in answers if not answer["degraded"]} <= {4}
    rejected = served.post(BATCH, {"entries": [*entries, {"id": "x"}]})
    assert rejected.status_code == 422
    assert [error["pointer"] for error in rejected.json()["errors"]] == ["/entries"]


INVALID_ENTRIES: list[tuple[object, str | None, str]] = [
    ({"id": "a", "limit": 0}, "a", "/entries/1/limit"),
    ({"id": "a", "user_id": "u0", "limit": "5"}, "a", "/entries/1/limit"),
    ({"id": "a", "user_id": "u0", "lim": 5}, "a", "/entries/1"),
    (
        {"id": "a", "interactions": [{"product_id": "p1", "kind": "hug"}]},
        "a",
        "/entries/1/interactions/0/kind",
    ),
    ({"id": "first", "user_id": "u1"}, "first", "/entries/1/id"),
    ({"id": "x" * 201, "user_id": "u1"}, None, "/entries/1/id"),
    ({"id": 7, "user_id": "u1"}, None, "/entries/1/id"),
    ({"user_id": "u1"}, None, "/entries/1"),
    (None, None, "/entries/1"),
    ([], None, "/entries/1"),
]


@pytest.mark.parametrize(("entry", "id_", "pointer"), INVALID_ENTRIES)
def test_invalid_batch_entry_is_rejected_alone(
    served: ServedShop, entry: object, id_: str | None, pointer: str
) -> None:
    entries = [{"id": "first", "user_id": "u0"}, entry, {"id": "last", "user_id": "u2"}]
    first, rejected, last = results_of(served, entries)
    assert [(each["id"], each["status"]) for each in (first, last)] == [("first", 200), ("last", 200)]
    assert (rejected["id"], rejected["status"], rejected["problem"]["status"]) == (id_, 422, 422)
    assert [error["pointer"] for error in rejected["problem"]["errors"]] == [pointer]
