"""No answer shows a product to a shopper who hid it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop

HIDDEN = ["p1", "p2", "p3", "p31"]
EVERYTHING = [f"p{number}" for number in range(60)]
SESSION = {"interactions": [{"product_id": "p4"}], "limit": 100}
SHARED = ("popular", "trending", "new-arrivals", "products/p0/similar", "products/p0/bought-together")

Call = Callable[[ServedShop, str | None, dict[str, Any]], list[dict[str, Any]]]


def listed(path: str, **parameters: Any) -> Call:
    def call(served: ServedShop, token: str | None, shopper: dict[str, Any]) -> list[dict[str, Any]]:
        answers = [served.get(path, token, limit=15, **parameters, **shopper)]
        while cursor := answers[-1].json().get("next_cursor"):
            answers.append(served.get(path, token, limit=15, cursor=cursor, **parameters, **shopper))
        return [checked(answer) for answer in answers]

    return call


def posted(path: str, **body: Any) -> Call:
    def call(served: ServedShop, token: str | None, shopper: dict[str, Any]) -> list[dict[str, Any]]:
        return [checked(served.post(path, body | shopper, token))]

    return call


def in_batch(served: ServedShop, token: str | None, shopper: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = {"session": SESSION, "basket": {"basket": ["p4"], "limit": 100}}
    entries = [{"id": name, **body, **shopper} for name, body in bodies.items()]
    answer = checked(served.post("/v1/recommendations/batch", {"entries": entries}, token))
    return [result["answer"] for result in answer["results"]]


def checked(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in {200, 207}, answer.text
    document: dict[str, Any] = answer.json()
    return document


CALLS = {
    **{path: listed(f"/v1/{path}") for path in SHARED},
    **{f"wide {path}": listed(f"/v1/{path}", brand="none", strict_filtering="false") for path in SHARED},
    "session": posted("/v1/recommendations", **SESSION),
    "basket": posted("/v1/recommendations", basket=["p4"], limit=100),
    "wide session": posted("/v1/recommendations", **SESSION, brand=["none"], strict_filtering=False),
    "rankings": posted("/v1/rankings", product_ids=EVERYTHING),
    "batch": in_batch,
}
PERSONAL = {
    "for you": listed("/v1/users/u0/recommendations", include_purchased="true", explain="true"),
    "diverse": listed("/v1/users/u0/recommendations", diversity=0.9),
    "buy again": listed("/v1/users/u0/buy-again"),
    "scenario": posted("/v1/recommendations", scenario="for-you", user_id="u0", limit=100),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, created_at=START - timedelta(days=number))
        for number, product in enumerate(catalog.product_list)
    ]
    with served_shop(catalog, tmp_path_factory.mktemp("hidden")) as running:
        at = datetime.fromtimestamp(running.clock(), UTC)
        hide = {"user_id": "u0", "kind": "hide", "occurred_at": at.isoformat()}
        seen = {"user_id": "u0", "kind": "cart", "occurred_at": (at - timedelta(days=1)).isoformat()}
        events = [{"id": f"hide {one}", "product_id": one, **hide} for one in HIDDEN[:-1]]
        events += [{"id": f"cart {one}", "product_id": one, **seen} for one in HIDDEN]
        assert running.post("/v1/events", {"events": events}).status_code == 202
        headers = {"authorization": f"Bearer {running.token()}"}
        body = {"hidden_products": HIDDEN[-1:]}
        assert running.client.put("/v1/users/u0/preferences", json=body, headers=headers).status_code == 200
        yield running


@contextmanager
def without_database(served: ServedShop, folder: Path) -> Iterator[None]:
    """Makes the file of the database unreadable and removes the cached profile of u0."""
    file = Path(str(served.components.engine.url.database))
    with served.client.portal() as portal:
        portal.call(served.components.engine.dispose)
        kept = shutil.copy(file, folder)
        file.write_bytes(b"not a database" * 1000)
        portal.call(served.components.profile_cache.invalidate, ["u0"])
        try:
            yield
        finally:
            portal.call(served.components.engine.dispose)
            shutil.copy(kept, file)
            served.clock.now += 5  # The next read tries the database again.


def own_token(served: ServedShop) -> str:
    return served.token(sub="u0", scope="recommendations:read")


def items(answers: list[dict[str, Any]]) -> list[str]:
    return [item["product_id"] for answer in answers for item in answer["items"]]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("by", ["token", "user_id"])
def test_hidden_products_are_in_no_list(prepared: ServedShop, name: str, by: str) -> None:
    token, shopper = (own_token(prepared), {}) if by == "token" else (None, {"user_id": "u0"})
    answers = CALLS[name](prepared, token, shopper)
    shown = items(answers)
    assert shown
    assert not set(HIDDEN) & set(shown)
    # The list of everybody else holds them, so that the test can fail.
    others = items(CALLS[name](prepared, None, {}))
    assert set(HIDDEN) & set(others)
    if name == "rankings":
        assert answers[0]["hidden_ids"] == HIDDEN


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("own", [False, True])
def test_personal_answers_neither_show_nor_name_hidden_products(
    prepared: ServedShop, name: str, own: bool
) -> None:
    answers = PERSONAL[name](prepared, own_token(prepared) if own else None, {})
    named = {one for answer in answers for item in answer["items"] for one in item["reason"]["because"]}
    named |= {
        term.get("product_id") for a in answers for item in a["items"] for term in item.get("terms", [])
    }
    assert items(answers) or name == "buy again"
    assert not set(HIDDEN) & {*items(answers), *named}


@pytest.mark.parametrize("part", ["interactions", "basket"])
@pytest.mark.parametrize("by", ["token", "user_id"])
def test_hidden_products_of_a_session_are_not_named(prepared: ServedShop, part: str, by: str) -> None:
    acted_on = [*HIDDEN, "p4"]
    session = {
        "interactions": [{"product_id": one, "kind": "click"} for one in acted_on],
        "basket": acted_on,
    }
    body = {part: session[part], "limit": 100, "explain": True}
    token, shopper = (own_token(prepared), {}) if by == "token" else (None, {"user_id": "u0"})
    named = [term["product_id"] for term in terms_of(prepared, body | shopper, token)]
    assert named
    assert not set(HIDDEN) & set(named)
    others = [term["product_id"] for term in terms_of(prepared, body, None)]
    assert set(HIDDEN) & set(others)


def terms_of(served: ServedShop, body: dict[str, Any], token: str | None) -> list[dict[str, Any]]:
    """Terms and causes of all items, as far as they name a product."""
    answer = checked(served.post("/v1/recommendations", body, token))
    terms = [term for item in answer["items"] for term in item["terms"] if "product_id" in term]
    causes = {cause for item in answer["items"] for cause in item["reason"]["because"]}
    return terms + [{"product_id": cause} for cause in causes]


@pytest.mark.parametrize("path", SHARED)
def test_a_list_without_hidden_products_is_the_shared_one(prepared: ServedShop, path: str) -> None:
    other = prepared.token(sub="u1", scope="recommendations:read")
    everybody = prepared.get(f"/v1/{path}")
    assert prepared.get(f"/v1/{path}", other).headers["etag"] == everybody.headers["etag"]
    own = prepared.get(f"/v1/{path}", own_token(prepared), limit=100)
    assert own.headers["cache-control"] == "private, no-cache"
    stale = {"If-None-Match": prepared.get(f"/v1/{path}", limit=100).headers["etag"]}
    assert prepared.get(f"/v1/{path}", own_token(prepared), stale, limit=100).status_code == 200
    fresh = {"If-None-Match": own.headers["etag"]}
    assert prepared.get(f"/v1/{path}", own_token(prepared), fresh, limit=100).status_code == 304


@pytest.mark.parametrize("path", SHARED)
def test_another_shoppers_hides_are_out_of_reach(prepared: ServedShop, path: str) -> None:
    other = prepared.token(sub="u1", scope="recommendations:read")
    assert prepared.get(f"/v1/{path}", other, user_id="u0").status_code == 403
    assert prepared.get(f"/v1/{path}", user_id="a/b").status_code == 422


def test_hidden_products_stay_hidden_without_the_database(prepared: ServedShop, tmp_path: Path) -> None:
    with without_database(prepared, tmp_path):
        for name, call in (CALLS | PERSONAL).items():
            token, shopper = (None, {"user_id": "u0"}) if name in CALLS else (None, {})
            answers = call(prepared, token, shopper)
            assert not set(HIDDEN) & set(items(answers)), name
            assert items(answers) or name == "buy again"
            assert {"database"} == {one for answer in answers for one in answer["degraded"]}, name


@pytest.mark.parametrize("change", ["hide", "unhide", "preferences", "view"])
def test_a_change_just_before_an_outage_of_the_database_counts(
    prepared: ServedShop, tmp_path: Path, change: str
) -> None:
    shopper, at = f"new {change}", datetime.fromtimestamp(prepared.clock(), UTC).isoformat()
    path = f"/v1/users/{shopper}"
    token = prepared.token()

    def record(kind: str, product: str) -> None:
        event = {"id": kind, "user_id": shopper, "product_id": product, "kind": kind, "occurred_at": at}
        assert prepared.post("/v1/events", {"events": [event]}, token).status_code == 202

    record("hide", "p3")
    if change == "preferences":
        body = {"hidden_products": ["p5"]}
        headers = {"authorization": f"Bearer {token}"}
        assert prepared.client.put(f"{path}/preferences", json=body, headers=headers).status_code == 200
    elif change != "hide":
        record(change, "p3")
    with without_database(prepared, tmp_path):
        shown = prepared.ids(f"{path}/recommendations", limit=100)
    assert len(shown) > 50
    assert ("p3" in shown) == (change == "unhide")
    assert ("p5" in shown) == (change != "preferences")


def test_nothing_is_shown_if_hides_cannot_be_known(prepared: ServedShop, tmp_path: Path) -> None:
    token = prepared.token(sub="never seen", scope="recommendations:read")
    with without_database(prepared, tmp_path):
        for name, call in CALLS.items():
            answers = call(prepared, token, {})
            assert items(answers) == [], name
            assert {(answer["strategy"], *answer["degraded"]) for answer in answers} == {("none", "database")}
        for name, call in CALLS.items():
            assert items(call(prepared, None, {})), name
