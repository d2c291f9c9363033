"""Methods, media types, ids and parameters that no handler accepts."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters.catalog import id_fault
from tests.integration.service.openapi.test_conventions import (
    GOOD_BODIES,
    assert_declared,
    call,
    operations,
    resolved_document,
)
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="module")
def document(served: ServedShop) -> dict[str, Any]:
    return resolved_document(served)


def filled(path: str) -> str:
    return path.format(user_id="u0", shopper_id="u5", product_id="p1", version="none")


def test_options_names_every_method_of_the_path(served: ServedShop, document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        if path.startswith("/v1/"):
            response = call(served, "OPTIONS", filled(path), json={})
            assert response.status_code == 204, path
            allowed = set(response.headers["allow"].split(", "))
            methods = {method.upper() for method in item}
            assert allowed == methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


def test_other_methods_are_rejected_with_a_problem(served: ServedShop, document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method in {"get", "post", "put", "patch", "delete"} - item.keys():
            response = call(served, method, filled(path))
            assert response.status_code == 405, (method, path)
            assert response.headers["content-type"] == "application/problem+json"
            assert set(response.headers["allow"].split(", ")) >= {name.upper() for name in item}


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        (None, True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/msgpack", False),
        ("", False),
    ],
)
def test_bodies_of_other_media_types_are_rejected(
    served: ServedShop, document: dict[str, Any], media_type: str | None, taken: bool
) -> None:
    for method, path, operation in operations(document):
        if "requestBody" not in operation:
            continue
        headers = {"authorization": f"Bearer {served.token()}"}
        headers |= {} if media_type is None else {"content-type": media_type}
        content = served.client.build_request(method, "/", json=GOOD_BODIES[path]).content
        response = served.client.request(method, filled(path), content=content, headers=headers)
        assert (response.status_code < 300) is taken, (path, response.text)
        assert taken or response.status_code == 415
        assert_declared(document, operation, response)


@pytest.mark.parametrize("garbled", ["%FF", "a%C3", "%ED%A0%80", "%C0%AF"])
def test_ids_that_are_not_utf8_are_rejected_by_name(
    served: ServedShop, document: dict[str, Any], garbled: str
) -> None:
    for method, path, operation in operations(document):
        if "{" in path:
            address = path.format(user_id=garbled, shopper_id=garbled, product_id=garbled, version=garbled)
            response = call(served, method, address, json=GOOD_BODIES.get(path))
            assert response.status_code == 422, (path, response.text)
            (error,) = response.json()["errors"]
            assert "{" + error["parameter"] + "}" in path
            assert_declared(document, operation, response)


def test_documented_id_schemas_match_the_id_check(document: dict[str, Any]) -> None:
    (parameter,) = document["paths"]["/v1/users/{user_id}/profile"]["get"]["parameters"]
    body = document["components"]["schemas"]["RankingsBody"]
    schemas = (parameter["schema"], body["properties"]["product_ids"]["items"])

    # As a nested function, a failure shows the value and not the whole document.
    @example("a\n")
    @given(st.text(max_size=8) | st.sampled_from([".", "..", "...", "a/b", "é", "%2F", "x" * 200, "x" * 201]))
    def agrees(value: str) -> None:
        for schema in schemas:
            assert Draft202012Validator(schema).is_valid(value) == (id_fault(value) is None)

    agrees()


def test_documented_parameters_are_never_null(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert "null" not in str(parameter["schema"]), (path, parameter["name"])


def test_invalid_ids_in_exclude_are_rejected(served: ServedShop) -> None:
    response = served.get("/v1/popular", exclude="p1,a/b")
    assert response.status_code == 422
    assert response.json()["errors"] == [{"detail": "the id 'a/b' contains '/'", "parameter": "exclude"}]


def test_arguments_that_do_not_come_from_the_url_are_unknown_parameters(
    served: ServedShop, document: dict[str, Any]
) -> None:
    injected = {*served.service.api.dependencies, "call", "request"}
    for method, path, _ in operations(document):
        for name in injected:
            response = call(served, method, f"{filled(path)}?{name}=1", json={})
            assert response.status_code == 422, (method, path, name)
            assert [error["parameter"] for error in response.json()["errors"]] == [name]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("in_stock=true&in_stock=false", "in_stock"),
        ("in_stock=true&in_stock=true", "in_stock"),
        ("limit=5&limit=6", "limit"),
        ("price_min=1&category=Bakery&price_min=2", "price_min"),
        ("expand=product&expand=product", "expand"),
        ("price_min=null", "price_min"),
        ("price_max=Null", "price_max"),
        ("expand=null", "expand"),
    ],
)
def test_repeated_and_null_parameters_are_rejected(served: ServedShop, query: str, named: str) -> None:
    for path in ("/v1/popular", "/v1/users/u0/recommendations", "/v1/products/p1/similar"):
        response = call(served, "GET", f"{path}?{query}")
        assert response.status_code == 422, path
        assert [error["parameter"] for error in response.json()["errors"]] == [named]


def test_filters_with_several_values_may_be_repeated(served: ServedShop) -> None:
    several = "category=null&category=Bakery&brand=a&brand=b&exclude=p1&exclude=p2"
    assert call(served, "GET", f"/v1/popular?{several}").status_code == 200
