"""CPU time of the event loop while hostile requests are answered."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.listening_service import ListeningService, listening_service
from tests.support.builders.services.service_processes import valid_token

MAX_SECONDS = 0.2
"""CPU time that one request may use in one iteration of the event loop, on the machine of `UNIT_SECONDS`."""

UNIT_SECONDS = 0.025
"""CPU time of `unit_of_work` on a current machine."""

PRODUCTS = 600
MEGABYTES = 1_990_000
BODIES = {
    "/v1/events": "POST",
    "/v1/recommendations": "POST",
    "/v1/recommendations/batch": "POST",
    "/v1/rankings": "POST",
    "/v1/users/ana/preferences": "PUT",
}


def unit_of_work() -> float:
    """The CPU time of a fixed amount of work."""
    began = time.thread_time()
    sum(number * number for number in range(500_000))
    return time.thread_time() - began


def is_short(seconds: float) -> bool:
    """True if a stop is within the limit on a machine this slow."""
    if seconds < MAX_SECONDS:
        return True
    return seconds < MAX_SECONDS * (min(unit_of_work() for _ in range(3)) / UNIT_SECONDS)


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[ListeningService]:
    console = {
        "console_enabled": True,
        "console_client_id": "console",
        "console_public_url": "https://recs.test",
    }
    console |= {f"console_{name}_url": "https://issuer.test/" for name in ("authorization", "token")}
    with listening_service(shop(PRODUCTS, 300), folder, console) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: ListeningService) -> Iterator[httpx.Client]:
    scopes = "recommendations:read.any events:write.any profiles:read.any profiles:write.any"
    headers = {"authorization": f"Bearer {valid_token(service.forge, sub='shop', scope=scopes)}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=60) as opened:
        opened.get("/v1/popular")
        yield opened


@dataclass(frozen=True)
class Hostile:
    """A hostile request.

    Attributes:
        statuses: acceptable statuses.
        max_answer: bytes of the answer.
    """

    path: str
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (400, 413, 422)
    max_answer: int = 50_000


def filled(start: bytes, item: bytes, end: bytes, size: int = MEGABYTES) -> bytes:
    """JSON with as many items as fit."""
    return start + b",".join([item] * ((size - len(start) - len(end)) // (len(item) + 1))) + end


def encoded(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def shopper(number: int, **changes: Any) -> dict[str, Any]:
    """A request with much work."""
    products = [f"p{(number * 7 + each % 300) % PRODUCTS}" for each in range(600)]
    return {
        "id": str(number),
        "limit": 100,
        "explain": True,
        "expand": "product",
        "diversity": 0.5,
        "strict_filtering": False,
        "interactions": [{"product_id": product} for product in products[:500]],
        "basket": products[500:600],
        "exclude": products[:100] + [f"x{each}" for each in range(900)],
        "brand": [f"brand {each}" for each in range(100)],
    } | changes


def event(number: int, **changes: Any) -> dict[str, Any]:
    times = {"occurred_at": "2026-01-02T00:00:00Z", "kind": "view"}
    return {"id": f"e{number}", "user_id": f"u{number}", "product_id": "p1"} | times | changes


def any_route(content: bytes, **more: Any) -> list[Hostile]:
    return [Hostile(path, content, **more) for path in BODIES]


EVENTS, PREFERENCES = "/v1/events", "/v1/users/ana/preferences"
RECOMMENDATIONS, BATCH, RANKINGS = "/v1/recommendations", "/v1/recommendations/batch", "/v1/rankings"
LONG = "x" * MEGABYTES
DEEP = ">".join(["a"] * 250)
LISTS: list[tuple[str, bytes]] = [
    (EVENTS, b"events"),
    (RECOMMENDATIONS, b"interactions"),
    (RECOMMENDATIONS, b"exclude"),
    (RANKINGS, b"product_ids"),
    (BATCH, b"entries"),
    *((PREFERENCES, name) for name in (b"liked_categories", b"disliked_brands", b"hidden_products")),
]

HOSTILE: dict[str, Callable[[], list[Hostile]]] = {
    "long unknown field": lambda: any_route(b'{"%s": 1}' % LONG.encode()[:-20]),
    "many unknown fields": lambda: any_route(filled(b"{", b'"basckett": [{}]', b"}")),
    "duplicate fields": lambda: any_route(filled(b"{", b'"limit": 10', b"}")),
    "deep nesting": lambda: any_route(b"[" * MEGABYTES),
    "deep nesting of a value": lambda: any_route(b'{"entries": [' + b'{"a":' * 300_000),
    "digits": lambda: any_route(b'{"limit": %s}' % (b"9" * 1_900_000)),
    "exponent": lambda: any_route(b'{"price_min": 1e999999}'),
    "not UTF-8": lambda: any_route(b'{"user_id": "' + b"\xff" * MEGABYTES),
    "blanks": lambda: any_route(b" " * MEGABYTES),
    "too long": lambda: any_route(b" " * 20_000_000),
    "tiny items": lambda: [
        Hostile(path, filled(b'{"%s": [' % name, item, b"]}"))
        for path, name in LISTS
        for item in (b"0", b"{}", b'""', b'"a"', b'{"product_id":"p"}')
    ],
    "contradictions": lambda: [
        Hostile(
            PREFERENCES,
            encoded({f"{side}_{kind}": [DEEP] * 100 for side in ("liked", "disliked") for kind in KINDS}),
        )
        for KINDS in [("categories", "brands")]
    ],
    "invalid events": lambda: [
        Hostile(
            EVENTS, encoded({"events": [event(each, **change) for each in range(500)]}), max_answer=400_000
        )
        for change in ({"product_id": "a/b", "user_id": "", "id": "/"}, {"y" * 3000: 1}, {"kind": "z" * 3000})
    ],
    "large parts of an event": lambda: [
        Hostile(EVENTS, encoded({"events": [event(1), event(2, **change)]}), statuses=(207,))
        for change in ({"id": LONG[:-1000]}, {"id": [0] * 900_000}, {"price": [[]] * 600_000})
    ],
    "invalid entries": lambda: [
        Hostile(BATCH, encoded({"entries": [change] * 100}), statuses=(207,), max_answer=200_000)
        for change in ({"y" * 49_000: 1}, {"id": "x", "limit": [0] * 20_000}, {"id": "x" * 49_000})
    ],
    "expensive entries": lambda: [
        Hostile(
            BATCH,
            encoded({"entries": [shopper(number, category=[DEEP] * 20) for number in range(32)]}),
            statuses=(207,),
            max_answer=20_000_000,
        )
    ],
    "expensive session": lambda: [
        Hostile(RECOMMENDATIONS, encoded(without_id), statuses=(200,), max_answer=500_000)
        for number in range(3)
        for without_id in [{key: value for key, value in shopper(number).items() if key != "id"}]
    ],
    "expensive ranking": lambda: [
        Hostile(
            RANKINGS,
            encoded({"product_ids": [f"{'y' * 190}{each}" for each in range(500)], "user_id": "u1"}),
            statuses=(200,),
            max_answer=200_000,
        )
    ],
    "query": lambda: [
        Hostile(f"/v1/popular?{query}", headers={}, max_answer=100_000)
        for query in (
            "x" * 16_000 + "=1",
            "limi" + "t" * 15_000,
            "&".join(f"limit{each}=1" for each in range(199)),
            "cursor=" + "a" * 15_000,
            "cursor=" + "a." * 4_000,
            "limit=" + "9" * 15_000,
            "price_min=1e999999",
            "exclude=" + "a" * 15_000,
            "user_id=" + "%F0%9F%92%A9" * 1_000,
        )
    ],
    "accepted query": lambda: [
        Hostile(f"/v1/popular?{query}", headers={}, statuses=(200, 422), max_answer=100_000)
        for query in (
            "exclude=" + "%5C,a" * 3_000,
            "exclude=" + "," * 15_000,
            "&".join(["exclude=" + "a," * 30] * 199),
            "category=" + "a%3E" * 3_500,
            "&".join(["category=a%3Eb", "brand=c"] * 99),
        )
    ],
    "headers": lambda: [
        Hostile("/v1/popular", headers={name: value.strip()}, statuses=(200, 400, 401), max_answer=100_000)
        for name, value in (
            ("cookie", "a=b; " * 5_000),
            ("accept", "a/b;q=0.1, " * 2_500),
            ("if-none-match", 'W/"x", ' * 3_000),
            ("traceparent", "0" * 25_000),
            ("tracestate", "a=b," * 6_000),
            ("x-request-id", "a" * 25_000),
            ("authorization", "Bearer " + "a" * 25_000),
            ("authorization", "Bearer " + "a." * 4_000),
            ("authorization", "Bearer " + " " * 25_000),
            ("content-type", "a/b;" * 6_000),
        )
    ],
    "quoted cookies": lambda: [
        Hostile(page, headers={"cookie": f'a="{quoted}"'}, statuses=(200, 303))
        for page in ("/console", "/console/signed-out")
        for quoted in ("\\" * 31_000, "\\1" * 15_500)
    ],
}


def seconds_of(hostile: Hostile, service: ListeningService, client: httpx.Client) -> float:
    """The longest stop of the event loop by one request.

    Its cookies are those of no earlier request, because a framework may keep what it parsed.
    """
    service.watch.reset()
    method = "GET" if hostile.content is None else BODIES[hostile.path]
    headers = dict(hostile.headers)
    if "cookie" in headers:
        headers["cookie"] += f"; n={time.monotonic_ns()}"
    answer = client.request(method, hostile.path, content=hostile.content, headers=headers)
    assert answer.status_code in hostile.statuses, answer.text[:300]
    assert len(answer.content) <= hostile.max_answer, answer.text[:300]
    assert client.get("/health/live").status_code == 200
    return service.watch.worst_seconds


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_request_does_not_stop_the_event_loop(
    service: ListeningService, client: httpx.Client, kind: str
) -> None:
    """The shortest of five stops counts. Other programs can only lengthen them."""
    for hostile in HOSTILE[kind]():
        attempts = (seconds_of(hostile, service, client) for _ in range(5))
        assert any(map(is_short, attempts)), (
            hostile.path[:50],
            (hostile.content or b"")[:50],
        )
