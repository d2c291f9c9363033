"""Answers that are sent again, and everything after which they are computed again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.cache import InProcessQuotas, LeaseRequest, Leases
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

FOR_YOU = "/v1/users/{}/recommendations?limit=5"
SHARED = [
    "/v1/popular?limit=5",
    "/v1/trending",
    "/v1/new-arrivals?category=Bakery",
    "/v1/products/p1/similar?expand=product",
    "/v1/products/p1/bought-together?explain=true",
]
NUMBERS = count()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("repeated")) as running:
        yield running


def repeated(served: ServedShop) -> float:
    scenarios = ("for-you", "popular", "trending", "new", "similar", "bought-together", "buy-again")
    return sum(served.count("recommender.repeated", scenario=scenario) for scenario in scenarios)


def get(served: ServedShop, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {token or served.token()}"}
    return served.client.get(
        path, headers=given | {name.replace("_", "-"): headers[name] for name in headers}
    )


def answer(served: ServedShop, path: str, *, again: bool, token: str | None = None) -> Any:
    """The answer's document. It is one that was sent before, or a new one."""
    before = repeated(served)
    answered = get(served, path, token)
    assert answered.status_code == 200, answered.text
    assert repeated(served) - before == again
    return answered.json()


@pytest.mark.parametrize("path", [*SHARED, FOR_YOU.format("u1"), "/v1/new-arrivals?user_id=u1"])
def test_repeated_answer_is_that_of_the_first_time(served: ServedShop, path: str) -> None:
    first, second = (get(served, path) for _ in range(2))
    answer(served, path, again=True)
    changing = (
        {"x-request-id", "ratelimit", "content-length"} if "u1" in path else {"x-request-id", "ratelimit"}
    )
    kept = [
        {name: value for name, value in each.headers.items() if name not in changing}
        for each in (first, second)
    ]
    assert kept[0] == kept[1]
    assert first.headers.keys() == second.headers.keys()
    documents = [first.json(), second.json()]
    ids = {document.pop("recommendation_id") for document in documents}
    assert documents[0] == documents[1]
    assert len(ids) == (2 if "u1" in path else 1)


def test_repeated_answer_is_counted_and_attributed(served: ServedShop) -> None:
    path, labels = FOR_YOU.format("u2"), {"scenario": "for-you", "strategy": "personalised"}
    answer(served, path, again=False)
    before = served.count("recommender.answers", **labels)
    document = answer(served, path, again=True)
    assert served.count("recommender.answers", **labels) == before + 1
    of_answer = {"recommendation_id": document["recommendation_id"]}
    click = event(served, "u2", "click", document["items"][0]["product_id"]) | of_answer
    assert served.post("/v1/events", {"events": [click]}).status_code == 202
    assert served.count("recommender.clicks", scenario="for-you") == 1


def event(served: ServedShop, user_id: str, kind: str, product_id: str) -> dict[str, Any]:
    at = datetime.fromtimestamp(served.clock(), UTC).isoformat()
    made = {"id": f"r{next(NUMBERS)}", "user_id": user_id, "kind": kind, "product_id": product_id}
    return made | {"occurred_at": at}


def record(served: ServedShop, user_id: str, kind: str, product_id: str) -> None:
    assert (
        served.post("/v1/events", {"events": [event(served, user_id, kind, product_id)]}).status_code == 202
    )


def prefer(served: ServedShop, user_id: str, product_id: str) -> None:
    path, body = f"/v1/users/{user_id}/preferences", {"hidden_products": [product_id]}
    assert served.client.put(
        path, json=body, headers={"authorization": f"Bearer {served.token()}"}
    ).is_success


def erase(served: ServedShop, user_id: str, product_id: str) -> None:
    del product_id
    headers = {"authorization": f"Bearer {served.token()}"}
    assert served.client.delete(f"/v1/users/{user_id}", headers=headers).is_success


def delete(served: ServedShop, user_id: str, product_id: str) -> None:
    del user_id
    served.components.live.apply_overlay(Overlay({product_id: ProductChange(True, True, None)}))


def publish(served: ServedShop, user_id: str, product_id: str) -> None:
    del user_id, product_id
    served.publish()


CHANGES: dict[str, Callable[[ServedShop, str, str], None]] = {
    "view": lambda served, *of: record(served, of[0], "view", of[1]),
    "hide": lambda served, *of: record(served, of[0], "hide", of[1]),
    "preferences": prefer,
    "erasure": erase,
    "deleted product": delete,
    "snapshot": publish,
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_felt_at_once(served: ServedShop, change: str) -> None:
    user_id = f"u{3 + list(CHANGES).index(change)}"
    path = FOR_YOU.format(user_id)
    answer(served, path, again=False)
    shown = answer(served, path, again=True)["items"][0]["product_id"]
    CHANGES[change](served, user_id, shown)
    items = [item["product_id"] for item in answer(served, path, again=False)["items"]]
    if change in ("hide", "preferences", "deleted product"):
        assert shown not in items


@pytest.mark.parametrize("change", ["deleted product", "snapshot"])
def test_changed_products_are_felt_in_shared_lists(served: ServedShop, change: str) -> None:
    path = f"/v1/popular?limit={30 + list(CHANGES).index(change)}"
    answer(served, path, again=False)
    shown = answer(served, path, again=True)["items"][0]["product_id"]
    CHANGES[change](served, "", shown)
    items = [item["product_id"] for item in answer(served, path, again=False)["items"]]
    assert (shown in items) == (change == "snapshot")


def test_nothing_is_repeated_while_the_catalog_is_down(served: ServedShop) -> None:
    path = "/v1/popular?limit=40"
    answer(served, path, again=False)
    served.components.live.feed_is_down = True
    for _ in range(2):
        assert answer(served, path, again=False)["degraded"] == ["catalog"]
    served.components.live.feed_is_down = False
    assert answer(served, path, again=True)["degraded"] == []


def test_only_callers_of_the_shopper_get_the_repeated_answer(served: ServedShop) -> None:
    path = FOR_YOU.format("u20")
    own, other = (served.token(sub=name, scope="recommendations:read") for name in ("u20", "u21"))
    unscoped = served.token(sub="u20", scope="profiles:read")
    answer(served, path, again=False)
    answer(served, path, again=True)
    answer(served, path, again=False, token=own)
    answer(served, path, again=True, token=own)
    assert get(served, path, other).status_code == get(served, path, unscoped).status_code == 403
    assert served.client.get(path).status_code == 401
    named = "/v1/popular?user_id=u20"
    answer(served, named, again=False, token=own)
    answer(served, named, again=True, token=own)
    assert get(served, named, other).status_code == 403


def test_shared_list_lacks_the_products_that_its_viewer_hid(served: ServedShop) -> None:
    path, own = "/v1/popular?limit=45", served.token(sub="u22", scope="recommendations:read")
    shown = answer(served, path, again=False)["items"][0]["product_id"]
    answer(served, path, again=False, token=own)
    record(served, "u22", "hide", shown)
    for again in (False, True):
        assert shown not in [
            item["product_id"] for item in answer(served, path, again=again, token=own)["items"]
        ]
    assert shown in [item["product_id"] for item in answer(served, path, again=True)["items"]]


def test_repeated_list_is_not_sent_to_a_caller_with_its_version(served: ServedShop) -> None:
    path = "/v1/popular?limit=46"
    etag = get(served, path).headers["etag"]
    before = repeated(served)
    unchanged = get(served, path, if_none_match=f'"other", {etag}')
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", etag)
    assert "content-type" not in unchanged.headers
    head = served.client.head(path, headers={"authorization": f"Bearer {served.token()}"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get(served, path).headers["content-length"]
    assert repeated(served) - before == 3


def test_invalid_host_is_rejected_before_and_after(served: ServedShop) -> None:
    path = "/v1/popular?limit=47"
    answer(served, path, again=False)
    assert get(served, path, host="no host").status_code == 400


class Renewed(InProcessQuotas):
    """Calls back at each renewal of a lease."""

    def __init__(self) -> None:
        super().__init__(max_entries=100)
        self.renewals: list[Callable[[], None]] = []

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        for renewal in self.renewals:
            renewal()
        return await super().take(requests, read_ahead)


def test_quotas_hold_and_answers_that_are_outdated_meanwhile_are_not_sent(tmp_path: Path) -> None:
    quotas = Renewed()
    settings = {"client_requests_per_minute": 20, "shopper_requests_per_minute": 0}
    with served_shop(shop(), tmp_path, settings=settings, overrides={"quotas": quotas}) as served:
        path = "/v1/popular?limit=5"
        answer(served, path, again=False)
        shown = answer(served, path, again=True)["items"][0]["product_id"]
        quotas.renewals.append(lambda: delete(served, "", shown))
        assert shown not in [item["product_id"] for item in answer(served, path, again=False)["items"]]
        quotas.renewals.clear()
        answers = [get(served, path) for _ in range(20)]
        left = [each.headers["ratelimit"] for each in answers if each.status_code == 200]
        assert len(left) == len(set(left)) == 17
        rejected = answers[-1]
        assert (rejected.status_code, rejected.json()["instance"]) == (429, "/v1/popular")
        assert {"retry-after", "ratelimit", "x-content-type-options"} <= set(rejected.headers)
        assert served.count("recommender.limited", limit="client") == 3


def test_repeated_answer_needs_the_exact_subject_in_the_path(served: ServedShop) -> None:
    path = FOR_YOU.format("u30%20")  # The id in normal form is `u30`.
    client = served.token(sub="u30", client_id="u30", scope="recommendations:read")
    answer(served, path, again=False)
    answer(served, path, again=True)
    assert get(served, path, client).status_code == 403
    assert get(served, FOR_YOU.format("u30"), client).status_code == 200
