"""Each attempt of a call to the catalog is timed."""

import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogUnavailable
from tests.support.servers.ports import unused_port
from tests.support.servers.raw_http import RawServer, http, json_answer

pytestmark = pytest.mark.anyio

QUICK = Bounds(connect_seconds=20, total_seconds=60, attempts=3, min_wait_seconds=0.01, max_wait_seconds=0.05)
EMPTY = json_answer({"items": [], "next_cursor": None})


async def test_every_attempt_is_timed_by_its_operation() -> None:
    calls: list[tuple[str, float]] = []
    answers = [http(503, ""), EMPTY, json_answer({"id": "u1"}), EMPTY, EMPTY, EMPTY]
    with RawServer(lambda _: answers.pop(0)) as server:
        client = CatalogClient(server.url, bounds=QUICK, on_call=lambda *call: calls.append(call))
        try:
            assert [page async for page in client.products()] == []
            await client.user("u1")
            await client.user_purchases("u1")
            assert [page async for page in client.purchases()] == []
            await client.loads(5)
        finally:
            await client.close()
    assert [operation for operation, _ in calls] == [
        *("products", "products", "user", "user_purchases", "purchases", "loads")
    ]
    assert all(0 < seconds < QUICK.total_seconds for _, seconds in calls)


async def test_attempt_without_an_answer_is_timed() -> None:
    calls: list[str] = []
    client = CatalogClient(
        f"http://127.0.0.1:{unused_port()}",
        bounds=QUICK,
        on_call=lambda operation, _: calls.append(operation),
    )
    try:
        with pytest.raises(CatalogUnavailable):
            await client.user("u1")
    finally:
        await client.close()
    assert calls == ["user"] * QUICK.attempts
