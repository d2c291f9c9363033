"""`python -m indexer check-catalog` names what a catalog does against its contract."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from indexer.__main__ import main
from indexer.sources.catalog_check import LIMIT
from tests.integration.catalog.conftest import Serve
from tests.support.servers.ports import unused_port
from tests.support.servers.raw_http import RawServer, Request, Script, http, json_answer

RULES = 7
AT = "2026-01-01T00:00:{:02}Z"
PRODUCTS = [{"id": f"p{number}", "title": "Tea", "updated_at": AT.format(number)} for number in range(3)]
PURCHASES = [
    {
        "id": f"{n}",
        "user_id": "u",
        "product_id": "p1",
        "purchased_at": AT.format(n),
        "recorded_at": AT.format(n),
    }
    for n in range(3)
]
Answers = dict[str, Callable[[dict[str, str]], Script]]


def checked(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the output of the command."""
    monkeypatch.setenv("INDEXER_CATALOG_URL", url)
    capsys.readouterr()
    code = main(["check-catalog"])
    return code, capsys.readouterr().out


def test_reference_catalog_fulfills_its_contract(
    serve: Serve, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = serve(database_url=sqlite_url)
    lines = [
        {"user_id": f"u{n % 3}", "product_id": f"p{n}", "purchased_at": AT.format(0)} for n in range(250)
    ]
    assert client.post("/v1/purchases", json={"purchases": lines}).status_code == 201
    code, said = checked(str(client.base_url), monkeypatch, capsys)
    assert (code, said.count("\nok ") + said.startswith("ok ")) == (0, RULES), said


def page(items: list[dict[str, Any]]) -> Callable[[dict[str, str]], Script]:
    return lambda query: json_answer({"items": items[: int(query["limit"])], "next_cursor": None})


def changes(query: dict[str, str]) -> Script:
    since = query.get("updated_since", "")
    return json_answer(
        {"items": [one for one in PRODUCTS if one["updated_at"] >= since[:19]], "next_cursor": None}
    )


def missing(_: dict[str, str]) -> Script:
    return http(404, "{}", "application/problem+json")


RIGHT: Answers = {
    "/v1/products": changes,
    "/v1/purchases": page(PURCHASES),
    "/v1/users/u/purchases": page(PURCHASES[::-1]),
    "/v1/users/u": lambda _: json_answer({"id": "u"}),
}


def right(request: Request, **wrong: Callable[[dict[str, str]], Script]) -> Script:
    """The answer of a catalog, right but for some paths."""
    answers, parts = RIGHT | wrong, urlsplit(request.target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return answers.get(parts.path, answers.get("unknown", missing))(query)


MANY = [{"id": f"m{number}", "updated_at": AT.format(0)} for number in range(LIMIT + 1)]


@pytest.mark.parametrize(
    ("path", "answer", "fault"),
    [
        ("/v1/products", lambda query: changes({}), "there are changes since tomorrow"),
        ("/v1/products", page(PRODUCTS[::-1]), "updated_at of 'p1' is before that of 'p2'"),
        ("/v1/products", lambda _: json_answer({"items": MANY}), f"limit={LIMIT} has {LIMIT + 1} records"),
        ("/v1/products", page([{"id": "a/b", "updated_at": AT.format(0)}]), "skipped product 'a/b'"),
        ("/v1/products", page([{"id": "a", "updated_at": "2999-01-01T00:00:00Z"}]), "is in the future"),
        ("/v1/products", lambda _: http(401, ""), "check the client's credentials"),
        (
            "/v1/products",
            lambda query: json_answer({"items": PRODUCTS, "next_cursor": "c"}),
            "repeats 3 records",
        ),
        ("/v1/purchases", page(PURCHASES[::-1]), "recorded_at of '1' is before that of '2'"),
        ("/v1/purchases", page([PURCHASES[0] | {"quantity": 0}]), "the quantity of 1 purchases is 0"),
        ("/v1/purchases", page([]), "there are no purchases"),
        ("/v1/users/u/purchases", page(PURCHASES), "the newest purchase is not the first"),
        ("/v1/users/u/purchases", missing, "there are none of the user who bought product 'p1'"),
        (
            "/v1/users/u/purchases",
            lambda _: json_answer({"items": PURCHASES[::-1]}),
            "limit=1 has 3 purchases",
        ),
        ("/v1/users/u", lambda _: json_answer({"id": "v"}), "the answer is about another user"),
        ("unknown", lambda _: http(404, "{}"), "answered 404 as application/json"),
    ],
)
def test_fault_of_a_catalog_is_named(
    path: str,
    answer: Callable[[dict[str, str]], Script],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RawServer(partial(right, **{path: answer})) as server:
        code, said = checked(server.url, monkeypatch, capsys)
    assert code == 1
    assert fault in said


@pytest.mark.parametrize("unreachable", ["CATALOG_URL", "CATALOG_TOKEN_URL"])
def test_lack_of_a_connection_is_said_once(
    unreachable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with RawServer(lambda _: json_answer({"access_token": "t"})) as server:
        url = f"http://127.0.0.1:{unused_port()}"
        for name, value in {"TOKEN_URL": server.url, "CLIENT_ID": "c", "CLIENT_SECRET": "s"}.items():
            monkeypatch.setenv(f"INDEXER_CATALOG_{name}", value)
        monkeypatch.setenv(f"INDEXER_{unreachable}", url)
        monkeypatch.setenv("INDEXER_CATALOG_URL", url if unreachable == "CATALOG_URL" else server.url)
        code = main(["check-catalog"])
    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.count("no answer") == 1
    assert url in said.err


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (http(401, ""), "check the client's credentials"),
        (http(404, ""), "answered 404"),
        (json_answer({}), "access token was expected"),
    ],
)
def test_lack_of_a_token_is_said_once(
    answer: Script, fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with RawServer(lambda _: answer) as issuer, RawServer(right) as server:
        for name, value in {"TOKEN_URL": issuer.url, "CLIENT_ID": "c", "CLIENT_SECRET": "s"}.items():
            monkeypatch.setenv(f"INDEXER_CATALOG_{name}", value)
        monkeypatch.setenv("INDEXER_CATALOG_URL", server.url)
        code = main(["check-catalog"])
    said = capsys.readouterr()
    assert (code, said.out, server.requests) == (1, "", [])
    assert said.err.count(fault) == 1
    assert issuer.url in said.err


@pytest.mark.parametrize("is_open", [True, False])
def test_token_is_required(
    is_open: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answered(request: Request) -> Script:
        return right(request) if is_open or "authorization" in request.headers else http(401, "")

    with RawServer(lambda _: json_answer({"access_token": "t"})) as issuer, RawServer(answered) as server:
        for name, value in {"TOKEN_URL": issuer.url, "CLIENT_ID": "c", "CLIENT_SECRET": "s"}.items():
            monkeypatch.setenv(f"INDEXER_CATALOG_{name}", value)
        code, said = checked(server.url, monkeypatch, capsys)
    assert (code, "everyone can read the products" in said) == (int(is_open), is_open), said
