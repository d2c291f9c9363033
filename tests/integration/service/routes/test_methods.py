"""HEAD, OPTIONS and unsupported methods on every address."""

from collections.abc import Iterator

import httpx
import pytest

from service.routes.access import ACCESS, VERIFICATION
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

OPEN = [
    "/",
    "/health/live",
    "/health/ready",
    "/schema",
    "/schema/openapi.json",
    "/schema/assets/swagger-ui.css",
]
READ = [path for method, path in ACCESS if method == "GET"] + [VERIFICATION, *OPEN]
VARYING = {
    "/v1/console/shoppers",
    "/v1/console/snapshots/compare",
    "/v1/console/products/{product_id}/shoppers",
}
"""Answers about shoppers who are drawn at random, or of as many as the time allows."""
OF_ONE_ANSWER = ("x-request-id", "ratelimit")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def send(served: ServedShop, method: str, template: str, **headers: str) -> httpx.Response:
    path = template.format(user_id="u0", shopper_id="u5", product_id="p1", version="none")
    good = {"authorization": f"Bearer {served.token()}"} | headers
    required = {"words": "thing"} if template == "/v1/console/products" else {}
    return served.client.request(method, path, params=required, headers=good, follow_redirects=False)


def comparable(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_is_answered_as_get_without_a_body(served: ServedShop, path: str, encoding: str) -> None:
    head, get = (send(served, method, path, **{"accept-encoding": encoding}) for method in ("HEAD", "GET"))
    assert head.status_code == get.status_code < 400
    assert head.content == b""
    # Two answers for a shopper differ in their ids.
    if path not in VARYING and ("users" not in path or "recommendations" not in path):
        assert comparable(head) == comparable(get)


def test_head_needs_a_token_and_its_scope(served: ServedShop) -> None:
    assert served.client.head("/v1/popular").status_code == 401
    other = served.token(scope="events:write")
    assert send(served, "HEAD", "/v1/popular", authorization=f"Bearer {other}").status_code == 403
    own = served.token(sub="u1", scope="recommendations:read")
    forbidden = send(served, "HEAD", "/v1/users/{user_id}/recommendations", authorization=f"Bearer {own}")
    assert forbidden.status_code == 403


def test_head_revalidates(served: ServedShop) -> None:
    etag = send(served, "GET", "/v1/popular").headers["etag"]
    assert send(served, "HEAD", "/v1/popular", **{"if-none-match": etag}).status_code == 304


def test_ingress_may_verify_head(served: ServedShop) -> None:
    for uri, status in (("/v1/popular", 200), ("/v1/rankings", 403)):
        described = {"x-original-method": "HEAD", "x-original-uri": uri}
        assert send(served, "GET", VERIFICATION, **described).status_code == status


@pytest.mark.parametrize("path", sorted({path for _, path in ACCESS} | {VERIFICATION, *OPEN}))
def test_allow_lists_exactly_the_supported_methods(served: ServedShop, path: str) -> None:
    supported = {method for method, template in ACCESS if template == path} or {"GET"}
    supported |= {"OPTIONS"} | ({"HEAD"} if "GET" in supported else set())
    for method in ("PATCH", "TRACE", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        if method in supported and method != "OPTIONS":
            continue
        answer = send(served, method, path)
        assert answer.status_code == (204 if method == "OPTIONS" else 405), (method, answer.text)
        allowed = answer.headers["allow"].split(", ")
        assert sorted(allowed) == sorted(supported), method


def test_root_leads_to_the_documentation(served: ServedShop) -> None:
    answer = served.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/schema")
    assert served.client.get("/", follow_redirects=True).headers["content-type"].startswith("text/html")
