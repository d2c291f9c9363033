import gzip
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogContractViolation, CatalogError, ReadReport
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer

pytestmark = pytest.mark.anyio

QUICK = Bounds(
    attempts=2,
    min_wait_seconds=0.01,
    max_wait_seconds=0.05,
    connect_seconds=20,
    read_seconds=20,
    total_seconds=60,
)


def product(value: str, **fields: object) -> dict[str, object]:
    return {"id": value, "title": value, "updated_at": "2024-05-01T12:00:00Z", **fields}


def purchase(user: str, value: str, **fields: object) -> dict[str, object]:
    return {"user_id": user, "product_id": value, "purchased_at": "2024-05-01T12:00:00Z", **fields}


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


@asynccontextmanager
async def catalog(
    answer: Callable[[Request], Script],
    bounds: Bounds = QUICK,
    report: Callable[[ReadReport], None] = lambda _: None,
) -> AsyncIterator[tuple[CatalogClient, RawServer]]:
    with RawServer(answer) as server:
        client = CatalogClient(server.url, bounds=bounds, report=report)
        try:
            yield client, server
        finally:
            await client.close()


async def test_products_feed_follows_the_cursor() -> None:
    pages = {None: (["a", "b"], "one"), "one": ([], "t+w/o &"), "t+w/o &": (["c"], None)}

    def answer(request: Request) -> Script:
        ids, cursor = pages[query(request).get("cursor")]
        return json_answer({"items": [product(value) for value in ids], "next_cursor": cursor})

    async with catalog(answer) as (client, server):
        since = datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))
        seen = [[item.id for item in page] async for page in client.products(since)]
    assert seen == [["a", "b"], ["c"]]
    assert all(query(request)["limit"] == "1000" for request in server.requests)
    assert all(
        query(request)["updated_since"] == "2024-05-01T12:00:00.000000Z" for request in server.requests
    )


async def test_purchases_feed_has_large_pages_and_all_fields() -> None:
    full = {
        "id": "7",
        "quantity": 2.5,
        "unit_price": 1.25,
        "order_id": "o",
        "recorded_at": "2024-05-02T00:00:00Z",
    }
    body = {"items": [purchase("u", "p", **full), purchase("v", "q")], "next_cursor": None}
    async with catalog(lambda _: json_answer(body)) as (client, server):
        (page,) = [page async for page in client.purchases(datetime(2024, 1, 1, tzinfo=UTC))]
    assert query(server.requests[0]) == {"limit": "10000", "since": "2024-01-01T00:00:00.000000Z"}
    assert (page[0].id, page[0].quantity, page[0].order_id) == ("7", 2.5, "o")
    assert page[0].recorded_at == datetime(2024, 5, 2, tzinfo=UTC)
    assert (page[1].id, page[1].quantity, page[1].recorded_at) == (None, 1.0, None)


async def test_naive_datetime_is_rejected() -> None:
    async with catalog(lambda _: []) as (client, server):
        with pytest.raises(ValueError, match="updated_since must be an aware datetime"):
            client.products(datetime(2024, 1, 1))
    assert server.requests == []


async def test_repeated_cursor_is_an_error() -> None:
    cursors = {None: "a", "a": "b", "b": "a"}

    def answer(request: Request) -> Script:
        return json_answer({"items": [product("p")], "next_cursor": cursors[query(request).get("cursor")]})

    async with catalog(answer) as (client, server):
        with pytest.raises(CatalogContractViolation, match=r"cursor=b: the feed never ends: its next_cursor"):
            _ = [page async for page in client.products()]
    assert len(server.requests) == 3


async def test_endless_empty_pages_are_an_error() -> None:
    numbers = iter(range(1000))
    bounds = Bounds(max_empty_pages=5)
    async with catalog(lambda _: json_answer({"items": [], "next_cursor": str(next(numbers))}), bounds) as (
        client,
        server,
    ):
        with pytest.raises(CatalogContractViolation, match="6 pages in a row hold nothing new"):
            _ = [page async for page in client.purchases()]
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("path", "item", "rejection"),
    [
        ("products", product("bad/id"), "product 'bad/id': the product id contains '/'"),
        ("purchases", purchase("u\n", "p"), "purchase 'p': the user id contains '\\n'"),
    ],
)
async def test_invalid_record_of_a_feed_is_skipped_and_reported(
    path: str, item: dict[str, object], rejection: str
) -> None:
    good = product("ok") if path == "products" else purchase("u", "ok")

    def answer(request: Request) -> Script:
        if "cursor" in query(request):
            return json_answer({"items": [item, good], "next_cursor": None})
        return json_answer({"items": [good, good], "next_cursor": "second"})

    reports: list[ReadReport] = []
    async with catalog(answer, report=reports.append) as (client, _):
        pages = [page async for page in (client.products() if path == "products" else client.purchases())]
    assert [len(page) for page in pages] == [2, 1]
    assert [(report.accepted, [str(one) for one in report.rejected]) for report in reports] == [
        (2, []),
        (1, [rejection]),
    ]


async def test_page_that_is_too_large_is_read_in_smaller_pages() -> None:
    products = [product(f"p{number}", description="x" * 20_000) for number in range(10)]

    def answer(request: Request) -> Script:
        start, limit = int(query(request).get("cursor", "0")), int(query(request)["limit"])
        end = start + limit
        return json_answer({"items": products[start:end], "next_cursor": str(end) if end < 10 else None})

    bounds = Bounds(max_page_bytes=100_000, products_per_page=16)
    async with catalog(answer, bounds) as (client, server):
        pages = [[item.id for item in page] async for page in client.products()]
    assert [name for page in pages for name in page] == [f"p{number}" for number in range(10)]
    assert [query(request)["limit"] for request in server.requests] == ["16", "8", "4", "4", "4"]


async def test_product_that_is_larger_than_a_page_is_read_alone_and_skipped() -> None:
    products = [product(f"p{number}", description="x" * (300_000 * (number == 5))) for number in range(12)]

    def answer(request: Request) -> Script:
        start, limit = int(query(request).get("cursor", "0")), int(query(request)["limit"])
        end = start + limit
        return json_answer({"items": products[start:end], "next_cursor": str(end) if end < 12 else None})

    bounds = Bounds(max_page_bytes=100_000, max_record_bytes=400_000, products_per_page=4)
    reports: list[ReadReport] = []
    async with catalog(answer, bounds, report=reports.append) as (client, server):
        read = [item.id async for page in client.products() for item in page]
    assert read == [f"p{number}" for number in range(12) if number != 5]
    assert [one.record for report in reports for one in report.rejected] == ["product 'p5'"]
    assert [query(request)["limit"] for request in server.requests] == list("44212124")


@pytest.mark.parametrize(
    ("bounds", "page", "requests", "error"),
    [
        (Bounds(max_empty_pages=5), lambda _: [product("p")], 7, "6 pages in a row hold nothing new"),
        (Bounds(max_pages=5), lambda number: [product(str(number))], 5, "after 5 pages and 5 records"),
        (Bounds(max_products=8), lambda number: [product(str(number))] * 2, 4, "after 4 pages and 8 records"),
    ],
)
async def test_feed_with_ever_new_cursors_ends(
    bounds: Bounds, page: Callable[[int], list[dict[str, object]]], requests: int, error: str
) -> None:
    numbers = iter(range(1000))

    def answer(_: Request) -> Script:
        number = next(numbers)
        return json_answer({"items": page(number), "next_cursor": str(number)})

    async with catalog(answer, bounds) as (client, server):
        with pytest.raises(CatalogContractViolation, match=error):
            _ = [page async for page in client.products()]
    assert len(server.requests) == requests


async def test_oversize_page_is_rejected_while_it_arrives() -> None:
    sent = []

    def endless() -> Script:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
        for _ in range(10_000):
            sent.append(1)
            yield b" " * 10_000

    bounds = Bounds(max_record_bytes=100_000, products_per_page=1)
    async with catalog(lambda _: endless(), bounds) as (client, server):
        with pytest.raises(CatalogContractViolation, match="more than 100,000 bytes") as error:
            _ = [page async for page in client.products()]
    assert f"{server.url}/v1/products" in str(error.value)
    assert len(sent) < 5_000


@pytest.mark.parametrize(
    ("status", "codings", "said"),
    [
        (200, ["gzip"], "more than 100,000 bytes"),
        (503, ["gzip"], "answered 503"),
        (200, ["gzip", "gzip"], "is encoded as 'gzip, gzip', but the request accepts gzip"),
        (503, ["gzip", "gzip"], "answered 503"),
    ],
)
async def test_compressed_answer_is_unpacked_up_to_its_limit(
    status: int, codings: list[str], said: str
) -> None:
    body = bytes(30_000_000)
    for _ in codings:
        body = gzip.compress(body)
    bounds = replace(QUICK, max_record_bytes=100_000, products_per_page=1)
    async with catalog(lambda _: http(status, body, content_encoding=", ".join(codings)), bounds) as (
        client,
        _,
    ):
        tracemalloc.start()
        with pytest.raises(CatalogError, match=said):
            _ = [page async for page in client.products()]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10_000_000
