import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogContractViolation, CatalogUnavailable, ReadReport
from adapters.catalog.contract import UserRecord
from tests.support.servers.raw_http import RawServer, http, json_answer

pytestmark = pytest.mark.anyio

NOT_FOUND = http(
    404, '{"type": "about:blank", "title": "Not Found", "status": 404}', "application/problem+json"
)


def bought(user: str) -> dict[str, object]:
    return {"user_id": user, "product_id": "p", "purchased_at": "2024-05-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("user_id", "target"),
    [
        ("50%25 off", "/shop/v1/users/50%2525%20off"),
        ("a+b:c,d", "/shop/v1/users/a%2Bb%3Ac%2Cd"),
        ("茶", "/shop/v1/users/%E8%8C%B6"),
        ("a&b=c;d", "/shop/v1/users/a%26b%3Dc%3Bd"),
    ],
)
async def test_user_id_is_percent_encoded_once(user_id: str, target: str) -> None:
    with RawServer(lambda _: json_answer({"id": user_id})) as server:
        client = CatalogClient(f"{server.url}/shop/")
        record = await client.user(user_id)
        await client.close()
    assert [request.target for request in server.requests] == [target]
    assert record is not None
    assert record.id == user_id


async def test_user_has_preferences() -> None:
    body = {
        "id": "u",
        "locale": "de-AT",
        "created_at": "2024-05-01T12:00:00Z",
        "preferences": {"liked_categories": ["Pantry > Pasta"], "disliked_brands": ["X"], "price_max": 9},
    }
    with RawServer(lambda _: json_answer(body)) as server:
        client = CatalogClient(server.url)
        record = await client.user("u")
        await client.close()
    assert record is not None
    assert record.preferences.liked_categories == ("Pantry > Pasta",)
    assert record.preferences.disliked_brands == ("X",)
    assert (record.preferences.price_min, record.preferences.price_max) == (None, 9.0)


async def test_user_without_preferences_is_read_as_php_and_net_write_it() -> None:
    with RawServer(lambda _: http(200, b'\xef\xbb\xbf{"id": "u", "preferences": []}')) as server:
        client = CatalogClient(server.url)
        record = await client.user("u")
        await client.close()
    assert record == UserRecord(id="u")


async def test_404_of_the_catalog_is_an_unknown_user() -> None:
    with RawServer(lambda _: NOT_FOUND) as server:
        client = CatalogClient(server.url)
        assert await client.user("u") is None
        assert await client.user_purchases("u") is None
        await client.close()
    assert [request.target for request in server.requests] == [
        "/v1/users/u",
        "/v1/users/u/purchases?limit=500",
    ]


async def test_cookie_of_an_answer_is_not_sent_with_calls_about_others() -> None:
    with RawServer(
        lambda request: http(200, f'{{"id": "{request.target[-1]}"}}', set_cookie="s=1")
    ) as server:
        client = CatalogClient(server.url)
        await client.user("a")
        await client.user("b")
        await client.close()
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


async def test_404_of_a_proxy_is_a_contract_violation() -> None:
    with RawServer(lambda _: http(404, "<html>nothing here", "text/html")) as server:
        client = CatalogClient(server.url)
        with pytest.raises(
            CatalogContractViolation,
            match=r"answered 404 as text/html: 18 bytes about users.*Only application/problem",
        ):
            await client.user("u")
        await client.close()


@pytest.mark.parametrize("user_id", ["", ".", "..", "../products", "a/b", "a?b", "a#b", "a\r\nb", "\ud800"])
async def test_invalid_user_id_is_unknown_and_never_sent(user_id: str) -> None:
    with RawServer(lambda _: json_answer({"id": user_id})) as server:
        client = CatalogClient(server.url)
        assert await client.user(user_id) is None
        assert await client.user_purchases(user_id) is None
        await client.close()
    assert server.requests == []


async def test_user_purchases_are_fetched_with_the_limit() -> None:
    with RawServer(lambda _: json_answer({"items": [bought("u")] * 30, "next_cursor": None})) as server:
        client = CatalogClient(server.url)
        purchases = await client.user_purchases("u", limit=20)
        await client.close()
    assert purchases is not None
    assert [purchase.product_id for purchase in purchases] == ["p"] * 20
    assert server.requests[0].target == "/v1/users/u/purchases?limit=20"


async def test_data_of_another_user_is_never_read() -> None:
    reports: list[ReadReport] = []
    with RawServer(lambda _: json_answer({"items": [bought("u"), bought("v")], "id": "v"})) as server:
        client = CatalogClient(server.url, report=reports.append)
        purchases = await client.user_purchases("u")
        with pytest.raises(CatalogContractViolation, match="the answer is about another user"):
            await client.user("u")
        await client.close()
    assert [purchase.user_id for purchase in purchases or []] == ["u"]
    assert [str(one) for one in reports[0].rejected] == ["purchase 'p': it is of another user"]


async def test_invalid_preferences_do_not_hide_the_valid_ones() -> None:
    preferences = {
        "liked_categories": ["Pantry", 7, "x" * 2000, *(f"c{number}" for number in range(200))],
        "liked_brands": None,
        "disliked_brands": "Acme",
        "price_min": -1,
        "price_max": 9,
    }
    reports: list[ReadReport] = []
    with RawServer(lambda _: json_answer({"id": 7, "preferences": preferences})) as server:
        client = CatalogClient(server.url, report=reports.append)
        record = await client.user("7")
        await client.close()
    assert record is not None
    assert record.preferences.liked_categories[:2] == ("Pantry", "c0")
    assert len(record.preferences.liked_categories) == 98
    assert (record.preferences.price_min, record.preferences.price_max) == (None, 9.0)
    faults = [one.fault for one in reports[0].rejected]
    assert [fault.split(" - at ")[-1] for fault in faults] == [
        "105 of liked_categories are no names, too long, or beyond 100",
        "`$.disliked_brands`",
        "`$.price_min`",
    ]


async def test_refused_connection_is_unavailable(free_port: int) -> None:
    client = CatalogClient(f"http://127.0.0.1:{free_port}", bounds=Bounds(attempts=1))
    with pytest.raises(CatalogUnavailable, match=f"127.0.0.1:{free_port}/v1/users/{{user_id}}: no answer"):
        await client.user("u")
    await client.close()


@pytest.mark.parametrize(
    "url", ["shop.example", "ftp://shop", "http://", "http://shop/?a=b", "http://shop/#f"]
)
def test_invalid_base_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="must look like https://host/path"):
        CatalogClient(url)
