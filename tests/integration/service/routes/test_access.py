"""Access of every kind of token to every route, as the access table defines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import get
from litestar.routes import HTTPRoute

from adapters.telemetry import Telemetry, TelemetryConfig
from service.http.middleware.authentication import OPEN_PATHS
from service.routes.access import ACCESS, Access, Subject, check_listed
from service.wiring import build_service
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop, settings_in
from tests.support.tokens import Forge

PLAIN = ("recommendations:read", "events:write", "profiles:read", "profiles:write", "users:erase")
STAFF = ("console:read", "console:write")
SCOPES = tuple(scope + suffix for scope in (*PLAIN, *STAFF) for suffix in ("", ".any"))
OWN, OTHER = "u1", "u2"
BODIES: dict[str, dict[str, Any]] = {
    "/v1/recommendations": {"basket": ["p1"]},
    "/v1/rankings": {"product_ids": ["p1", "p2"]},
    "/v1/users/{user_id}/preferences": {"liked_categories": ["Bakery"]},
}

PARAMETERS = {"/v1/console/products": {"words": "thing"}}


@dataclass(frozen=True)
class Token:
    """Subject and scopes of a caller's token."""

    name: str
    subject: str
    scopes: frozenset[str]

    def may(self, access: Access, user_id: str | None) -> bool:
        """True if the token may access data of `user_id`, or shared data for None."""
        if f"{access.scope}.any" in self.scopes:
            return True
        return access.scope in self.scopes and user_id in (None, self.subject)


TOKENS = [
    Token("nothing at all", OWN, frozenset()),
    *(Token(f"only {scope}", OWN, frozenset({scope})) for scope in SCOPES),
    *(
        Token(f"all but {scope}", OWN, frozenset(SCOPES) - {scope, f"{scope}.any"})
        for scope in (*PLAIN, *STAFF)
    ),
    Token("a shopper's", OWN, frozenset(PLAIN)),
    Token("a service's", "shop", frozenset(f"{scope}.any" for scope in PLAIN)),
    Token("a service's without the suffix", "shop", frozenset(PLAIN)),
    Token("suffixes of others", OWN, frozenset({"recommendations:read.anyone", "events", ".any", "*"})),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def call(served: ServedShop, method: str, path: str, token: Token | None, **request: Any) -> httpx.Response:
    signed = token and served.forge.token(sub=token.subject, scope=" ".join(sorted(token.scopes)))
    headers = {"authorization": f"Bearer {signed}"} if signed else {}
    return served.client.request(
        method, path.replace("{product_id}", "p1"), headers=headers, follow_redirects=False, **request
    )


def entries(path: str, users: Sequence[str | None]) -> dict[str, Any]:
    """A body with one entry per user."""
    if path == "/v1/events":
        event = {"product_id": "p1", "kind": "view", "occurred_at": "2026-01-02T00:00:00Z"}
        return {"events": [{"id": f"e-{user}", "user_id": user, **event} for user in users]}
    return {"entries": [{"id": f"b-{user}", "user_id": user, "basket": ["p1"]} for user in users]}


def named(path: str, subject: Subject, user_id: str | None) -> tuple[str, dict[str, Any]]:
    """Path and arguments of a valid request for this user."""
    body = BODIES.get(path)
    arguments: dict[str, Any] = {"json": body} if body is not None else {}
    if subject is Subject.IN_PATH:
        return path.replace("{user_id}", str(user_id)), arguments
    if subject is Subject.IN_BODY:
        return path, {"json": {**(body or {}), "user_id": user_id}}
    if subject is Subject.IN_QUERY and user_id is not None:
        return path, {"params": {"user_id": user_id}}
    return path.replace("{shopper_id}", "u5"), {"params": PARAMETERS.get(path)}


def users_of(access: Access) -> list[str | None]:
    """Shoppers that requests to a route name. None: the request names nobody."""
    users: list[str | None] = [None] if access.subject is Subject.NONE else [OWN, OTHER]
    return [*users, None] if access.subject in (Subject.IN_BODY, Subject.IN_QUERY) else users


def name_of(case: object) -> str:
    return case.name if isinstance(case, Token) else str(case)


@pytest.mark.parametrize(
    "route", [route for route, access in ACCESS.items() if access.subject is not Subject.IN_ENTRIES], ids=str
)
def test_each_route_allows_exactly_the_tokens_of_the_table(
    served: ServedShop, route: tuple[str, str]
) -> None:
    access = ACCESS[route]
    for token, user_id in product(TOKENS, users_of(access)):
        path, arguments = named(route[1], access.subject, user_id)
        path = path.replace("{version}", served.versions[-1])
        answer = call(served, route[0], path, token, **arguments)
        if token.may(access, user_id):
            assert answer.is_success, (token.name, user_id, answer.text)
        else:
            assert_forbidden(answer, access, token)


def assert_forbidden(answer: httpx.Response, access: Access, token: Token) -> None:
    assert answer.status_code == 403, (token.name, answer.text)
    assert answer.json()["type"] == "urn:problem:recommender:forbidden"
    wanted = f"{access.scope}.any" if access.scope in token.scopes else access.scope
    challenge = f'Bearer realm="recommender", error="insufficient_scope", scope="{wanted}"'
    assert answer.headers["www-authenticate"] == challenge
    assert "items" not in answer.json()


@pytest.mark.parametrize("token", TOKENS, ids=name_of)
def test_each_batch_entry_is_authorized_alone(served: ServedShop, token: Token) -> None:
    route = ("POST", "/v1/recommendations/batch")
    users = [OWN, None, OTHER]
    answer = call(served, *route, token, json=entries(route[1], users))
    if not token.may(ACCESS[route], None):
        assert_forbidden(answer, ACCESS[route], token)
        return
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [
        200 if token.may(ACCESS[route], user_id) else 403 for user_id in users
    ]
    assert all(("answer" in result) == (result["status"] == 200) for result in results)


@pytest.mark.parametrize("users", [[OWN], [OTHER], [OWN, OTHER], [OTHER, OTHER]], ids=str)
def test_each_event_is_authorized_alone(served: ServedShop, users: list[str]) -> None:
    access = ACCESS["POST", "/v1/events"]
    for token in TOKENS:
        answer = call(served, "POST", "/v1/events", token, json=entries("/v1/events", users))
        allowed = [token.may(access, user_id) for user_id in users]
        if not any(allowed):
            assert_forbidden(answer, access, token)
        elif all(allowed):
            assert answer.status_code == 202, token.name
        else:
            statuses = [result["status"] for result in answer.json()["results"]]
            wanted = (207, [202 if each else 403 for each in allowed])
            assert (answer.status_code, statuses) == wanted, token.name


def test_rejected_writes_leave_no_trace(served: ServedShop) -> None:
    service, shopper = TOKENS[-3], Token("a shopper's", "u3", frozenset(PLAIN))
    call(served, "POST", "/v1/events", shopper, json=entries("/v1/events", ["u3", "u4"]))
    call(served, "PUT", "/v1/users/u4/preferences", shopper, json={"liked_categories": ["Garden"]})
    exported = call(served, "GET", "/v1/users/u4/profile", service).json()
    assert exported["events"] == []
    assert "Garden" not in str(exported["preferences"])


@pytest.mark.parametrize("route", ACCESS, ids=str)
def test_every_route_rejects_calls_without_a_token(served: ServedShop, route: tuple[str, str]) -> None:
    path, arguments = named(route[1], ACCESS[route].subject, OWN)
    answer = call(served, route[0], path, None, **arguments)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="recommender"'


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/u2/recommendations?user_id=u1",
        "/v1//users/u2/recommendations",
        "/v1/users/u2/recommendations/",
        "/v1/users/u1/../u2/recommendations",
        "/v1/users/u1%2F..%2Fu2/recommendations",
        "/v1/users/u1;u2/recommendations",
        "/v1/users/u1%00/recommendations",
        "/v1/users/u1%20/recommendations",
        "/v1/users/U1/recommendations",
        "/v1/users/%75%32/recommendations",
        "/v1/users/*/recommendations",
        "/v1/new-arrivals?user_id=u1&user_id=u2",
        "/v1/new-arrivals?user_id=u2&user_id=u1",
    ],
)
def test_no_spelling_reaches_another_shopper(served: ServedShop, path: str) -> None:
    shopper = Token("a shopper's", OWN, frozenset(PLAIN))
    assert call(served, "GET", path, shopper).status_code in (403, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/u1%2Frecommendations",
        "/v1/users%2fu1/recommendations",
        "/v1/products/p1%2Fsimilar",
        "/v1%2Fpopular",
        "/health%2Flive",
    ],
)
def test_encoded_slash_separates_no_segments(served: ServedShop, path: str) -> None:
    service = Token("a service's", "shop", frozenset({"recommendations:read.any"}))
    answer = call(served, "GET", path, service)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:recommender:not-found")
    asked = {"X-Original-Method": "GET", "X-Original-URI": path}
    headers = {"authorization": f"Bearer {served.token()}", **asked}
    assert served.client.get("/auth/verify", headers=headers).status_code == 403


def test_access_table_lists_exactly_the_documented_routes(served: ServedShop) -> None:
    document = served.client.get("/schema/openapi.json").json()
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if not path.startswith(OPEN_PATHS)
    }
    assert described == ACCESS.keys()
    assert all(access.scope in (*PLAIN, *STAFF) for access in ACCESS.values())
    for (_, path), access in ACCESS.items():
        assert ("{user_id}" in path) == (access.subject is Subject.IN_PATH)
        assert (access.scope in STAFF) == path.startswith("/v1/console/")


def test_scopes_cover_the_designed_routes() -> None:
    scopes: dict[str, set[str]] = {}
    for (method, path), access in ACCESS.items():
        scopes.setdefault(access.scope, set()).add(f"{method} {path.rpartition('/')[2]}")
    assert scopes["console:read"] >= {"GET shoppers", "GET {shopper_id}", "GET products", "GET {product_id}"}
    assert scopes.pop("events:write") == {"POST events"}
    assert scopes.pop("profiles:read") == {"GET preferences", "GET profile"}
    assert scopes.pop("profiles:write") == {"PUT preferences"}
    assert scopes.pop("users:erase") == {"DELETE {user_id}"}
    assert scopes.pop("console:write") == {"POST rollback"}
    assert scopes.keys() == {"recommendations:read", "console:read"}


def test_service_with_an_unlisted_route_is_not_built(tmp_path: Path) -> None:
    @get("/v1/forgotten")
    async def forgotten() -> None: ...

    settings = settings_in(tmp_path, Forge(tmp_path / "jwks.json"))
    with pytest.raises(ValueError, match="who may call GET /v1/forgotten"):
        build_service(settings, telemetry=Telemetry(TelemetryConfig("tests", "1")), routes=[forgotten])


def test_table_entry_covers_one_method_only() -> None:
    @get("/v1/events")
    async def read_events() -> None: ...

    with pytest.raises(ValueError, match="GET /v1/events"):
        check_listed([HTTPRoute(path="/v1/events", route_handlers=[read_events])])
