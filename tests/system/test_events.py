"""Events over HTTP: durable, idempotent, validated one by one, with immediate effect."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.conftest import Stack
from tests.system.stack import odd_shop
from tests.system.stack.processes import run_here
from tests.system.stack.shoppers import Caller, event, user_path
from tests.system.test_outages import service_with


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Caller:
    return Caller(stack, stack.service_url)


@pytest.fixture
def stranger() -> str:
    """An unknown shopper."""
    return f"new {uuid.uuid4().hex}"


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:problem:recommender:{kind}"
    return document


def test_each_event_is_accepted_once(shop: Caller, stranger: str) -> None:
    kinds = ("purchase", "view", "cart", "impression", "click", "hide")
    more = {"quantity": 2, "price": 1.5, "recommendation_id": "abc.def"}
    events = [event(stranger, odd_shop.product_id(n), kind, **more) for n, kind in enumerate(kinds)]
    answer = shop.record(*events)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 6, "duplicates": 0, "unattributed": 3}
    assert shop.record(*events, events[0]).json() == {"accepted": 0, "duplicates": 7}
    assert shop.record(event(stranger, "unknown to the shop")).json() == {"accepted": 1, "duplicates": 0}


def test_batch_is_limited_to_500_events(shop: Caller, stranger: str) -> None:
    events = [event(stranger, f"p{number}") for number in range(501)]
    assert problem(shop.record(*events), 422, "invalid-request")["errors"][0]["pointer"] == "/events"
    assert shop.record(*events[1:]).json() == {"accepted": 500, "duplicates": 0}
    assert problem(shop.record(), 422, "invalid-request")["errors"][0]["pointer"] == "/events"


def test_accepted_events_survive_a_killed_pod(stack: Stack, stranger: str, tmp_path: Path) -> None:
    changes = {"SERVICE_DATABASE_URL": f"sqlite:///{tmp_path}/own.db"}
    assert run_here(["service", "migrate"], changes).returncode == 0
    server, url = service_with(stack, changes, tmp_path)
    sent = [event(stranger, f"p{number}") for number in range(40)]
    with server:
        server.wait_until_ready()
        pod = Caller(stack, url)
        assert [pod.record(*sent[at : at + 10]).status_code for at in range(0, 40, 10)] == [202] * 4
        assert server.process is not None
        server.process.kill()
    again, url = service_with(stack, changes, tmp_path)
    with again:
        again.wait_until_ready()
        document = Caller(stack, url).call("GET", f"{user_path(stranger)}/profile").json()
    assert {found["id"] for found in document["events"]} == {one["id"] for one in sent}


def test_next_answer_reflects_new_events(shop: Caller, stranger: str) -> None:
    assert shop.recommendations(stranger)["strategy"] == "popular"
    shop.accept(event(stranger, odd_shop.product_id(3)))
    viewed = shop.recommendations(stranger)
    assert viewed["strategy"] == "personalised"
    assert viewed["items"][0]["reason"]["code"] == "because_you_looked_at"
    first = viewed["items"][0]["product_id"]
    shop.accept(event(stranger, first, "hide"))
    assert first not in shop.shown(stranger, limit=100)
    bought = shop.shown(stranger)[0]
    shop.accept(event(stranger, bought, "purchase"))
    assert bought not in shop.shown(stranger, limit=100)
    assert bought in shop.shown_on_all_pages(stranger, limit=100, include_purchased=True)


def test_item_sinks_after_five_impressions(shop: Caller, stranger: str) -> None:
    shop.accept(event(stranger, odd_shop.product_id(3)))
    first = shop.shown(stranger, limit=20)[0]
    shop.accept(*(event(stranger, first, "impression") for _ in range(4)))
    assert first in shop.shown(stranger, limit=20)
    shop.accept(event(stranger, first, "impression"))
    assert first not in shop.shown(stranger, limit=20)
    shop.accept(event(stranger, first, "click", occurred_at=datetime.now(UTC).isoformat()))
    assert first in shop.shown(stranger, limit=20)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": ...}, ""),
    ({"id": "a/b"}, "/id"),
    ({"user_id": ""}, "/user_id"),
    ({"product_id": "."}, "/product_id"),
    ({"product_id": 7}, "/product_id"),
    ({"kind": "look"}, "/kind"),
    ({"occurred_at": "2026-05-17T09:30:00"}, "/occurred_at"),
    ({"occurred_at": "yesterday"}, "/occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at"),
    ({"occurred_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, "/occurred_at"),
    ({"quantity": 0}, "/quantity"),
    ({"quantity": 1.5}, "/quantity"),
    ({"quantity": 2**40}, "/quantity"),
    ({"price": -1}, "/price"),
    ({"price": "1"}, "/price"),
    ({"recommendation_id": "no, spaces"}, "/recommendation_id"),
    ({"order_id": ""}, "/order_id"),
    ({"order_id": "a\x00"}, "/order_id"),
    ({"color": "red"}, ""),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG)
def test_invalid_event_is_rejected_with_its_pointer(
    shop: Caller, stranger: str, changes: dict[str, Any], pointer: str
) -> None:
    made = event(stranger, "p") | changes
    wrong = {name: value for name, value in made.items() if value is not ...}
    errors = problem(shop.record(wrong), 422, "invalid-request")["errors"]
    assert [error["pointer"] for error in errors] == [f"/events/0{pointer}"]
    answer = shop.record(event(stranger, "p"), wrong, event(stranger, "p"))
    assert answer.status_code == 207
    document = answer.json()
    assert (document["accepted"], document["duplicates"]) == (2, 0)
    assert [result["status"] for result in document["results"]] == [202, 422, 202]
    assert [error["pointer"] for error in document["results"][1]["errors"]] == [f"/events/1{pointer}"]


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"events": ["\xff"]}', b'{"events": ' + b"[" * 100_000, b"nan"]
)
def test_malformed_json_is_rejected(shop: Caller, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    problem(shop.call("POST", "/v1/events", content=body, headers=headers), 400, "bad-request")


def test_empty_body_is_rejected(shop: Caller) -> None:
    answer = shop.call("POST", "/v1/events", content=b"", headers={"content-type": "application/json"})
    problem(answer, 422, "invalid-request")
    assert answer.json()["errors"] == [{"detail": "A body is required.", "pointer": ""}]


@pytest.mark.parametrize("body", [[], {}, None, 7, {"events": {}}, {"events": [1]}, {"events": [], "x": 1}])
def test_invalid_batch_is_rejected(shop: Caller, body: Any) -> None:
    problem(shop.call("POST", "/v1/events", content=json.dumps(body)), 422, "invalid-request")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", rb'"\ud800"'),
        ("id", rb'"\x"'),
        ("price", b"1e999"),
        ("quantity", b"9" * 400),
        ("kind", b"nope"),
    ],
)
def test_values_outside_json_are_rejected(shop: Caller, stranger: str, field: str, value: bytes) -> None:
    good = event(stranger, "p")
    wrong = json.dumps(event(stranger, "p", **{field: "VALUE"})).encode().replace(b'"VALUE"', value)
    body = b'{"events": [' + json.dumps(good).encode() + b"," + wrong + b"]}"
    answer = shop.call("POST", "/v1/events", content=body)
    assert answer.status_code in {207, 400}
    if answer.status_code == 207:
        assert [result["status"] for result in answer.json()["results"]] == [202, 422]


def test_shoppers_token_writes_for_its_own_subject_only(stack: Stack, stranger: str) -> None:
    own = Caller(stack, stack.service_url, subject=stranger, scope="events:write recommendations:read")
    assert own.record(event(stranger, "p")).json() == {"accepted": 1, "duplicates": 0}
    refused = own.record(event("another", "p"))
    problem(refused, 403, "forbidden")
    assert 'scope="events:write.any"' in refused.headers["www-authenticate"]
    mixed = own.record(event(stranger, "p"), event("another", "p"))
    assert mixed.status_code == 207
    assert [result["status"] for result in mixed.json()["results"]] == [202, 403]
    reader = Caller(stack, stack.service_url, subject=stranger, scope="recommendations:read")
    problem(reader.record(event(stranger, "p")), 403, "forbidden")
    assert httpx.post(f"{stack.service_url}/v1/events", json={}, timeout=60).status_code == 401


def test_unknown_parameters_are_rejected(shop: Caller) -> None:
    problem(shop.call("POST", "/v1/events?dry_run=true", json={"events": []}), 422, "invalid-request")
