import pytest

from adapters.catalog import CatalogClient, CatalogContractViolation, CatalogUnavailable, Load
from tests.support.servers.raw_http import RawServer, Script, http, json_answer

pytestmark = pytest.mark.anyio


async def read(answer: Script) -> tuple[list[Load], list[str]]:
    with RawServer(lambda _: answer) as server:
        client = CatalogClient(server.url)
        try:
            return await client.loads(2), [request.target for request in server.requests]
        finally:
            await client.close()


async def test_loads_are_read_with_their_limit() -> None:
    load = {"loaded_at": "2026-05-17T09:30:00Z", "rows": 3, "purchases": 2, "of a later release": 1}
    left = {"reason": "status canceled", "rows": 1, "examples": ["orders.csv, line 7"]}
    found, targets = await read(json_answer({"items": [load | {"left_out": [left]}, load, load]}))
    assert targets == ["/v1/loads?limit=2"]
    assert [(each.rows, each.purchases) for each in found] == [(3, 2)] * 2
    assert (found[0].left_out[0].examples, found[0].left_out[0].unreadable) == (["orders.csv, line 7"], False)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_catalog_without_the_call_has_no_loads(status: int) -> None:
    found, targets = await read(http(status, "<html>no such page", "text/html"))
    assert (found, len(targets)) == ([], 1)


async def test_other_answers_are_errors() -> None:
    with pytest.raises(CatalogContractViolation, match="a list of loads was expected"):
        await read(json_answer({"items": [{"rows": "many"}]}))
    with pytest.raises(CatalogUnavailable):
        await read(http(503, "", retry_after="9999"))
