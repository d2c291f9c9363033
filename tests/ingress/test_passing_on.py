"""Requests and answers pass the ingress unchanged."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from tests.ingress.conftest import Stack
from tests.ingress.odd_ids import ODD_IDS
from tests.ingress.reverse_proxy import Ingress, ingress
from tests.support.servers.raw_http import RawServer, Request, Script, http


def in_path(text: str) -> str:
    return quote(text, safe="")


def readable(text: str) -> str:
    return text if len(text) < 30 else f"{text[0]} x {len(text)}"


@dataclass
class Recorder:
    """An upstream that accepts every call and records it."""

    server: RawServer
    proxy: Ingress

    def arrived(self) -> list[Request]:
        return [request for request in self.server.requests if request.target != "/auth/verify"]


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    def answer(request: Request) -> Script:
        if request.target == "/auth/verify":
            return http(200, "")
        return http(
            429, '{"status":429}', "application/problem+json", retry_after="7", ratelimit='"x";r=0;t=7'
        )

    with RawServer(answer) as server, ingress([int(server.url.rpartition(":")[2])]) as proxy:
        yield Recorder(server, proxy)


@pytest.mark.parametrize("odd", ODD_IDS, ids=readable)
def test_odd_product_ids_pass_the_ingress(stack: Stack, service_token: str, odd: str) -> None:
    for path in ("similar", "bought-together"):
        answer = stack.ingress.ask("GET", f"/v1/products/{in_path(odd)}/{path}?limit=3", service_token)
        assert answer.status_code == 200, answer.text
    unknown = stack.ingress.ask("GET", f"/v1/products/{in_path(odd[:190] + ' no')}/similar", service_token)
    assert unknown.status_code == 404
    assert repr(odd[:190] + " no") in unknown.json()["detail"]


@pytest.mark.parametrize("odd", ODD_IDS, ids=readable)
def test_odd_shopper_ids_pass_the_ingress(stack: Stack, service_token: str, odd: str) -> None:
    path = f"/v1/users/{in_path(odd)}"
    wanted = {"hidden_products": [odd], "liked_brands": [odd[:100] + "!"]}
    put = stack.ingress.ask("PUT", f"{path}/preferences", service_token, json=wanted)
    assert put.status_code == 200, put.text
    read = stack.direct("GET", f"{path}/preferences", service_token).json()
    assert read["user_id"] == odd
    assert read["preferences"] == read["preferences"] | wanted
    listed = stack.ingress.ask("GET", f"{path}/recommendations", service_token).json()
    assert listed["user_id"] == odd
    assert odd not in {item["product_id"] for item in listed["items"]}


def test_odd_ids_in_the_query_pass_the_ingress(stack: Stack, service_token: str) -> None:
    def shown(exclude: str) -> set[str]:
        answer = stack.ingress.ask("GET", f"/v1/popular?limit=100{exclude}", service_token)
        assert answer.status_code == 200, answer.text
        return {item["product_id"] for item in answer.json()["items"]}

    everything = shown("")
    short = [odd for odd in ODD_IDS if len(odd) < 100]
    assert set(short) <= everything
    escaped = (odd.replace("\\", "\\\\").replace(",", "\\,") for odd in short)
    assert shown("&exclude=" + ",".join(map(in_path, escaped))) == everything - set(short)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/users/%E6%97%A5/x?a=%20+%2B&b=%252F&&c",
        "/v1//users///u1//",
        "/v1/users/a%2Fb",
        "/v1/users/a%2fb%5Cc%5c",
        "/v1/users/a+b:c,d;e@f!$&'()*=~",
        "/v1/users/%2e%2E/x",
        "/v1/./users/../popular",
        "/v1/users/%25zz",
        '/v1/users/"{}|^`<>',
        "/v1/?",
        f"/v1/users/{'%E6%97%A5' * 200}?cursor={'c' * 8192}",
    ],
    ids=readable,
)
def test_address_arrives_unchanged(recorder: Recorder, target: str) -> None:
    message = f"GET {target} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
    answer = recorder.proxy.exchange(message.encode())
    assert answer.startswith(b"HTTP/1.1 429 "), answer
    assert recorder.arrived()[-1].target == target
    asked = next(each for each in reversed(recorder.server.requests) if each.target == "/auth/verify")
    assert asked.headers["x-original-uri"] == target


def test_verification_request_is_minimal(recorder: Recorder) -> None:
    headers = {
        "Cookie": "a=b",
        "X-Original-URL": "https://shop.example/v1/popular",
        "X-Forwarded-Uri": "/v1/popular",
        "X-Forwarded-Method": "GET",
        "X-Request-Id": "r-1",
    }
    recorder.proxy.ask("PUT", "/v1/users/u1/preferences", "t", json={"a": 1}, headers=headers)
    asked, passed = recorder.server.requests[-2:]
    assert (asked.method, asked.target, asked.body) == ("GET", "/auth/verify", b"")
    assert asked.headers == {
        "host": "127.0.0.1",
        "authorization": "Bearer t",
        "x-original-method": "PUT",
        "x-original-uri": "/v1/users/u1/preferences",
        "x-request-id": "r-1",
    }
    assert (passed.method, passed.body) == ("PUT", b'{"a":1}')
    assert passed.headers["x-request-id"] == "r-1"


def test_429_of_the_service_passes_unchanged(recorder: Recorder) -> None:
    answer = recorder.proxy.ask("GET", "/v1/popular", "t")
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.headers["ratelimit"]) == ("7", '"x";r=0;t=7')
    assert answer.json() == {"status": 429}


def test_pages_are_read_through_the_ingress(stack: Stack, service_token: str) -> None:
    shown: list[str] = []
    cursor = ""
    while True:
        target = f"/v1/users/u1/recommendations?limit=10{cursor}"
        answer = stack.ingress.ask("GET", target, service_token).raise_for_status().json()
        shown += [item["product_id"] for item in answer["items"]]
        if "next_cursor" not in answer:
            break
        cursor = f"&cursor={in_path(answer['next_cursor'])}"
    assert len(shown) == len(set(shown)) > 40


def test_unchanged_list_is_answered_with_304(stack: Stack, service_token: str) -> None:
    first = stack.ingress.ask("GET", "/v1/popular", service_token)
    again = stack.ingress.ask(
        "GET", "/v1/popular", service_token, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_and_compression_pass(stack: Stack, service_token: str, encoding: str) -> None:
    target, headers = "/v1/popular?limit=50&expand=product", {"accept-encoding": encoding}
    get, head = (
        stack.ingress.ask(method, target, service_token, headers=headers) for method in ("GET", "HEAD")
    )
    assert (head.status_code, head.content) == (200, b"")
    assert get.json()["items"]
    for name in ("etag", "content-length", "content-encoding", "vary"):
        assert head.headers.get(name) == get.headers.get(name)
    assert ("content-encoding" in get.headers) is (encoding == "gzip")
    known = stack.ingress.ask(
        "HEAD", target, service_token, headers=headers | {"If-None-Match": get.headers["etag"]}
    )
    assert known.status_code == 304


def events(count: int) -> list[dict[str, str]]:
    happened = datetime.now(UTC).isoformat()
    return [
        {
            "id": f"e{number}-{happened}",
            "user_id": "日" * 199 + str(number % 10),
            "product_id": ODD_IDS[number % len(ODD_IDS)],
            "kind": "view",
            "occurred_at": happened,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("chunked", [False, True])
def test_largest_batch_of_events_passes(stack: Stack, service_token: str, chunked: bool) -> None:
    content = json.dumps({"events": events(500)}).encode()
    body = (
        (content[start : start + 50_000] for start in range(0, len(content), 50_000)) if chunked else content
    )
    headers = {"content-type": "application/json"}
    answer = stack.ingress.ask("POST", "/v1/events", service_token, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 500, "duplicates": 0}


def test_problems_of_the_service_pass_unchanged(stack: Stack, service_token: str) -> None:
    for method, target, body in (
        ("GET", "/v1/popular?limit=0", None),
        ("POST", "/v1/rankings", {"product_ids": "p1"}),
        ("GET", "/v1/products/none/similar", None),
    ):
        passed = stack.ingress.ask(method, target, service_token, json=body)
        direct = stack.direct(method, target, service_token, json=body)
        assert passed.status_code == direct.status_code in (404, 422)
        assert passed.json() == direct.json()


def test_event_sent_to_one_process_reaches_both(stack: Stack, service_token: str) -> None:
    shopper = f"new {time.time()}"
    path = f"/v1/users/{in_path(shopper)}/recommendations"
    first = stack.ingress.ask("GET", path, service_token).json()["items"][0]["product_id"]
    hide = events(1)[0] | {"user_id": shopper, "product_id": first, "kind": "hide"}
    assert stack.ingress.ask("POST", "/v1/events", service_token, json={"events": [hide]}).status_code == 202
    deadline = time.monotonic() + 5
    # Six requests in a row reach both processes.
    while any(first in stack.ingress.ask("GET", path, service_token).text for _ in range(6)):
        assert time.monotonic() < deadline
