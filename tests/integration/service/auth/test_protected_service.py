"""Authentication, authorization and problems of the deployed application, over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.catalog import Purchase
from adapters.snapshots import open_snapshot
from service.wiring import build_service
from tests.integration.service.auth.jwks_server import JwksServer
from tests.support.builders.published_snapshots import KEY, ListedCatalog, publish, shop
from tests.support.builders.served_shop import settings_in
from tests.support.servers.ports import unused_port
from tests.support.servers.threaded_server import threaded_server
from tests.support.tokens import ISSUER, Clock, Forge

OWN = "/v1/users/ana/recommendations"


class FailingCatalog(ListedCatalog):
    """Catalog with a defect in the purchases of the shopper `broken`."""

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        if user_id == "broken":
            raise RuntimeError("the database password is hunter2")
        return await super().user_purchases(user_id, limit)


@contextmanager
def served(folder: Path, forge: Forge, jwks_url: str, **options: Any) -> Iterator[httpx.Client]:
    """Serves a small shop with uvicorn. It trusts the keys at `jwks_url`."""
    listed = shop()
    catalog = FailingCatalog(listed.product_list, listed.purchase_list)
    settings = settings_in(folder, forge, issuers=[{"issuer": ISSUER, "jwks_url": jwks_url}], **options)
    service = build_service(
        settings, clock=Clock(), profile_catalog=catalog, feed_catalog=catalog, background=()
    )
    version = publish(catalog, folder).version
    directory = service.components.snapshot_storage.local(version, []).directory
    service.components.live.swap(*open_snapshot(directory, [KEY]))
    with threaded_server(service.app) as (server, _):
        url = f"http://127.0.0.1:{server.config.port}"
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, forge: Forge) -> Iterator[httpx.Client]:
    keys = JwksServer()
    keys.publish(forge.rsa)
    keys.start()
    try:
        with served(tmp_path_factory.mktemp("shop"), forge, keys.url) as client:
            yield client
    finally:
        keys.stop()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["type"] == f"urn:problem:recommender:{kind}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


def test_shopper_gets_own_recommendations(service: httpx.Client, forge: Forge) -> None:
    response = service.get(OWN, headers=bearer(forge.token()))
    assert response.status_code == 200
    assert len(response.json()["items"]) == 10


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_scheme_ignores_letter_case(service: httpx.Client, forge: Forge, scheme: str) -> None:
    response = service.get(OWN, headers={"Authorization": f"{scheme} {forge.token()}"})
    assert response.status_code == 200


def test_shopper_does_not_get_another_shoppers(service: httpx.Client, forge: Forge) -> None:
    response = service.get("/v1/users/ben/recommendations", headers=bearer(forge.token()))
    problem(response, 403, "forbidden")
    assert response.headers["www-authenticate"] == (
        'Bearer realm="recommender", error="insufficient_scope", scope="recommendations:read.any"'
    )


def test_token_without_the_scope_is_forbidden(service: httpx.Client, forge: Forge) -> None:
    response = service.get(OWN, headers=bearer(forge.token(scope="profiles:read")))
    problem(response, 403, "forbidden")
    assert 'scope="recommendations:read"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}])
def test_missing_token_is_rejected(service: httpx.Client, headers: dict[str, str]) -> None:
    response = service.get(OWN, headers=headers)
    problem(response, 401, "missing-token")
    assert response.headers["www-authenticate"] == 'Bearer realm="recommender"'


def test_token_in_the_query_is_ignored(service: httpx.Client, forge: Forge) -> None:
    response = service.get(OWN, params={"access_token": forge.token(), "token": forge.token()})
    problem(response, 401, "missing-token")


def test_two_authorization_headers_are_rejected(service: httpx.Client, forge: Forge) -> None:
    good = ("Authorization", f"Bearer {forge.token()}")
    for headers in (
        [good, good],
        [good, ("Authorization", "Bearer x")],
        [("Authorization", "Basic x"), good],
    ):
        response = service.get(OWN, headers=headers)
        problem(response, 400, "several-tokens")
        assert 'error="invalid_request"' in response.headers["www-authenticate"]


def test_header_and_token_in_the_query_are_rejected(service: httpx.Client, forge: Forge) -> None:
    for query in ({"access_token": forge.token()}, {"access_token": ""}):
        response = service.get(OWN, params=query, headers=bearer(forge.token()))
        problem(response, 400, "several-tokens")
        assert 'error="invalid_request"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a b", "ä", '"', "x" * 9000])
def test_invalid_token_is_rejected(service: httpx.Client, token: str) -> None:
    headers = [(b"Authorization", (b"Bearer " + token.encode()).strip())]
    response = service.get(OWN, headers=headers)
    problem(response, 401, "invalid-token")
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="recommender", error="invalid_token", error_description="it ')
    assert challenge.count('"') == 6


def test_unavailable_issuer_is_a_503(tmp_path: Path, forge: Forge, free_port: int) -> None:
    with served(tmp_path, forge, f"http://127.0.0.1:{free_port}/jwks") as service:
        response = service.get(OWN, headers=bearer(forge.token()))
    problem(response, 503, "issuer-unavailable")
    assert response.headers["retry-after"] == "10"


def test_request_that_fails_before_routing_is_counted_as_alerts_expect(tmp_path: Path, forge: Forge) -> None:
    jwks, metrics = unused_port(), unused_port()
    with served(tmp_path, forge, f"http://127.0.0.1:{jwks}/jwks", management_port=metrics) as service:
        service.get(OWN, headers=bearer(forge.token()))
        scrape = service.get(f"http://127.0.0.1:{metrics}/metrics").text
    assert 'http_response_status_code="503",http_route="unmatched"} 1' in scrape


@pytest.mark.parametrize(
    "path",
    [
        OWN,
        "//v1/users/ana/recommendations",
        "/v1//users/ana/recommendations",
        OWN + "/",
        "/health/../v1/users/ana/recommendations",
        "/health/..%2fv1/users/ana/recommendations",
        "/%76%31/users/ana/recommendations",
        "/V1/users/ana/recommendations",
        "/health/live/../../v1/popular",
        "/schema/../v1/popular",
    ],
)
def test_no_spelling_of_a_path_bypasses_the_token(service: httpx.Client, path: str) -> None:
    port = service.base_url.port
    request = httpx.Request("GET", str(service.base_url))
    request.url = httpx.URL(scheme="http", host="127.0.0.1", port=port, raw_path=path.encode())
    assert service.send(request).status_code in (401, 404)


@pytest.mark.parametrize("path", ["/health/live", "/schema/openapi.json"])
def test_health_and_openapi_document_need_no_token(service: httpx.Client, path: str) -> None:
    assert service.get(path).status_code == 200


def test_options_of_a_protected_route_needs_a_token(service: httpx.Client) -> None:
    problem(service.options(OWN), 401, "missing-token")


def test_invalid_parameters_are_named(service: httpx.Client, forge: Forge) -> None:
    response = service.get(OWN, params={"limit": "many"}, headers=bearer(forge.token()))
    document = problem(response, 422, "invalid-request")
    assert document["errors"] == [{"detail": "Write a whole number, such as 10.", "parameter": "limit"}]
    assert document["instance"] == OWN


def test_unknown_addresses_and_methods_are_problems(service: httpx.Client, forge: Forge) -> None:
    unknown = service.get("/v2/ünknown place", headers=bearer(forge.token()))
    document = problem(unknown, 404, "not-found")
    assert document["instance"] == "/v2/%C3%BCnknown%20place"
    response = service.delete(OWN, headers=bearer(forge.token()))
    problem(response, 405, "method-not-allowed")
    assert "GET" in response.headers["allow"]


def test_domain_error_is_a_problem(service: httpx.Client, forge: Forge) -> None:
    response = service.get("/v1/products/x/similar", headers=bearer(forge.token()))
    document = problem(response, 404, "unknown-product")
    assert "'x'" in document["detail"]


def test_unexpected_error_reveals_nothing(service: httpx.Client, forge: Forge) -> None:
    response = service.get("/v1/users/broken/recommendations", headers=bearer(forge.token(sub="broken")))
    problem(response, 500, "internal-error")
    assert "hunter2" not in response.text
    assert "RuntimeError" not in response.text
