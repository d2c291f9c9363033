"""Verification of calls for an ingress, compared with the service's own answers."""

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.normalization import normalize
from service.routes.access import ACCESS, Subject
from tests.integration.service.routes.test_access import OTHER, OWN, PLAIN, TOKENS, Token
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

SHOPPER = Token("a shopper's", OWN, frozenset(PLAIN))
SERVICE = Token("a service's", "shop", frozenset(f"{scope}.any" for scope in PLAIN))
POPULAR = "/v1/popular?limit=5"
OF_ANOTHER = f"/v1/users/{OTHER}/recommendations"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def nginx(method: str, address: str) -> list[tuple[str, str]]:
    return [("X-Original-Method", method), ("X-Original-URI", address)]


def ingress_nginx(method: str, address: str) -> list[tuple[str, str]]:
    return [("X-Original-Method", method), ("X-Original-URL", f"https://api.shop.example:8443{address}")]


def traefik(method: str, address: str) -> list[tuple[str, str]]:
    return [
        ("X-Forwarded-Method", method),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "api.shop.example"),
        ("X-Forwarded-Uri", address),
        ("X-Forwarded-For", "192.0.2.7"),
    ]


def verify(served: ServedShop, token: Token | None, headers: list[tuple[str, str]]) -> httpx.Response:
    signed = token and served.forge.token(sub=token.subject, scope=" ".join(sorted(token.scopes)))
    bearer = [("Authorization", f"Bearer {signed}")] if signed else []
    return served.client.get("/auth/verify", headers=[*bearer, *headers])


def passes(answer: httpx.Response) -> bool:
    """True if the ingress passes the request on.

    Any status but 200 and 403 fails, because nginx would answer it with a 500.
    """
    assert answer.headers["cache-control"] == "no-store"
    if answer.status_code == 200:
        assert answer.content == b""
        return True
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith('Bearer realm="recommender"')
    return False


@pytest.mark.parametrize(
    ("token", "proxy"),
    [
        *((token, nginx) for token in TOKENS),
        # Other proxies name the call in other headers, and the same token decides on it.
        *((token, proxy) for token in (SHOPPER, SERVICE) for proxy in (ingress_nginx, traefik)),
    ],
    ids=lambda case: case.name if isinstance(case, Token) else case.__name__,
)
def test_verification_follows_the_access_table(served: ServedShop, token: Token, proxy: type[object]) -> None:
    for (method, path), access in ACCESS.items():
        in_path = access.subject is Subject.IN_PATH
        for user_id in (OWN, OTHER) if in_path else (None,):
            address = path.replace("{user_id}", str(user_id)).replace("{product_id}", "p1")
            assert passes(verify(served, token, proxy(method, address))) == token.may(access, user_id)


@pytest.mark.parametrize("user_id", [OWN, OTHER])
def test_shopper_in_the_query_is_checked(served: ServedShop, user_id: str) -> None:
    address = f"/v1/new-arrivals?limit=5&user_id={user_id}"
    assert passes(verify(served, SHOPPER, nginx("GET", address))) == (user_id == OWN)
    assert passes(verify(served, SERVICE, nginx("GET", address)))


def test_rejection_equals_that_of_the_service(served: ServedShop) -> None:
    verified = verify(served, SHOPPER, nginx("GET", OF_ANOTHER))
    token = served.forge.token(sub=SHOPPER.subject, scope=" ".join(SHOPPER.scopes))
    direct = served.get(OF_ANOTHER, token=token)
    assert verified.status_code == direct.status_code == 403
    assert verified.headers["www-authenticate"] == direct.headers["www-authenticate"]
    assert verified.json() | {"instance": ""} == direct.json() | {"instance": ""}


@pytest.mark.parametrize("address", [POPULAR, OF_ANOTHER, "/v1/nothing", "/", "/health/ready"])
@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic eDp5"])
def test_answers_without_a_token_are_all_alike(
    served: ServedShop, address: str, authorization: str | None
) -> None:
    headers = nginx("GET", address) + ([("Authorization", authorization)] if authorization else [])
    answer = verify(served, None, headers)
    plain = verify(served, None, headers[2:])
    assert answer.status_code == plain.status_code == 401
    assert answer.content == plain.content
    assert answer.headers["www-authenticate"] == plain.headers["www-authenticate"]
    assert answer.headers["cache-control"] == "no-store"


def test_token_alone_is_checked_without_a_call(served: ServedShop) -> None:
    assert passes(verify(served, Token("nothing at all", OWN, frozenset()), []))
    others = [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https")]
    assert passes(verify(served, SHOPPER, others))
    expired = served.client.get("/auth/verify", headers={"Authorization": f"Bearer {served.token(exp=1)}"})
    assert expired.status_code == 401


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/"),
        ("GET", "/v1"),
        ("GET", "/admin"),
        ("DELETE", "/v1/popular"),
        ("HEAD", "/v1/rankings"),
        ("BREW", "/v1/popular"),
        ("websocket", "/v1/popular"),
        ("asgi", "/schema/assets/x.js"),
        ("get", "/v1/popular"),
        ("", "/v1/popular"),
        ("GET", ""),
        ("GET", "v1/popular"),
        ("GET", "*"),
        ("GET", "//v1.example/v1/popular"),
        ("GET", "ftp://shop.example/v1/popular"),
        ("GET", "https:///v1/popular"),
        ("GET", "https://shop?/v1/popular"),
        ("GET", "https://shop#/v1/popular"),
        ("GET", "/v1/popular#/v1/users/u2"),
        ("GET", "/v1/popular /v1/users/u2"),
        ("GET", "/v1/health/../popular"),
        ("GET", f"/v1/users/{OWN}%2Frecommendations/x"),
        ("DELETE", f"/v1/users//{OWN}"),
    ],
)
def test_invalid_calls_are_rejected(served: ServedShop, method: str, address: str) -> None:
    answer = verify(served, SERVICE, nginx(method, address))
    assert not passes(answer)
    assert answer.json()["type"] == "urn:problem:recommender:no-such-call"
    assert answer.headers["www-authenticate"] == 'Bearer realm="recommender"'


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/users/{OTHER}/recommendations?user_id={OWN}",
        f"/v1//users/{OTHER}/recommendations",
        f"/v1/users/{OTHER}/recommendations/",
        f"/v1/users/{OWN}/../{OTHER}/recommendations",
        f"/v1/users/{OWN}%2F..%2F{OTHER}/recommendations",
        f"/v1/users/{OWN};{OTHER}/recommendations",
        f"/v1/users/{OWN}%00/recommendations",
        f"/v1/users/{OWN}%20/recommendations",
        "/v1/users/U1/recommendations",
        "/v1/users/%75%32/recommendations",
        "/v1/users/*/recommendations",
        f"/v1/new-arrivals?user_id={OWN}&user_id={OTHER}",
        f"/v1/new-arrivals?user_id={OTHER}&user_id={OWN}",
        f"/v1/new-arrivals?user%5Fid={OTHER}",
    ],
)
def test_no_spelling_reaches_another_shopper(served: ServedShop, path: str) -> None:
    assert not passes(verify(served, SHOPPER, nginx("GET", path)))


@pytest.mark.parametrize(
    "headers",
    [
        nginx("GET", POPULAR) + traefik("GET", OF_ANOTHER),
        traefik("GET", POPULAR) + nginx("GET", OF_ANOTHER),
        nginx("GET", POPULAR) + ingress_nginx("GET", OF_ANOTHER),
        nginx("GET", OF_ANOTHER) + nginx("GET", POPULAR),
        nginx("GET", POPULAR) + nginx("GET", OF_ANOTHER),
        nginx("GET", f"/v1/users/{OWN}") + nginx("DELETE", POPULAR),
        [*nginx("GET", POPULAR), ("X-Original-URI", OF_ANOTHER)],
        [("X-Original-URI", OF_ANOTHER), *nginx("GET", POPULAR)],
        [*nginx("GET", POPULAR), ("X-Original-Method", "DELETE")],
    ],
    ids=str,
)
def test_headers_added_by_a_client_allow_nothing(served: ServedShop, headers: list[tuple[str, str]]) -> None:
    assert not passes(verify(served, SHOPPER, headers))


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Original-Method", "GET")],
        [("X-Original-URI", POPULAR)],
        [("X-Forwarded-Uri", POPULAR)],
        [*nginx("GET", POPULAR), ("X-Forwarded-Uri", POPULAR)],
    ],
    ids=str,
)
def test_incomplete_call_is_rejected(served: ServedShop, headers: list[tuple[str, str]]) -> None:
    answer = verify(served, SERVICE, headers)
    assert not passes(answer)
    assert "are needed together" in answer.json()["detail"]


def test_equal_headers_of_both_proxy_families_are_accepted(served: ServedShop) -> None:
    assert passes(verify(served, SHOPPER, nginx("GET", POPULAR) + traefik("GET", POPULAR)))


SEGMENTS = (
    f"v1 users {OWN} {OTHER} u1%2Fu2 %75%32 products p1 recommendations buy-again profile similar popular snapshot "
    "health live auth . .. %2e%2e %2F %5C %25 ;"
).split(" ")


@given(
    path=st.lists(st.sampled_from([*SEGMENTS, ""]), min_size=1, max_size=6).map(
        lambda parts: "/" + "/".join(parts)
    ),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
)
def test_verification_agrees_with_the_service_about_any_path(
    served: ServedShop, path: str, method: str
) -> None:
    if path.startswith("//"):
        return  # The first segment of such a URL is its host.
    verified = passes(verify(served, SHOPPER, nginx(method, path)))
    token = served.forge.token(sub=SHOPPER.subject, scope=" ".join(SHOPPER.scopes))
    url = httpx.URL("http://testserver.local").copy_with(raw_path=path.encode())
    headers = {"Authorization": f"Bearer {token}"}
    direct = served.client.request(method, url, headers=headers, follow_redirects=False)
    if direct.request.url.raw_path != path.encode():
        return  # The client resolved dots.
    assert verified == (direct.status_code not in (403, 404, 405)), direct.text


@given(st.text(min_size=1, max_size=200).filter(lambda text: not {"/"} & set(text)))
def test_ids_of_any_script_are_compared_decoded(served: ServedShop, user_id: str) -> None:
    try:
        encoded = quote(user_id, safe="")
    except UnicodeEncodeError:  # Half of a surrogate pair has no encoding.
        return
    reader = Token("of this shopper", user_id, frozenset(PLAIN))
    address = f"/v1/users/{encoded}/profile"
    assert passes(verify(served, reader, nginx("GET", address))) == (normalize(user_id) == user_id)
    assert not passes(verify(served, SHOPPER, nginx("GET", address))) or user_id == OWN
