"""The OpenAPI document is valid and matches the reference catalog."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from catalog import entities
from catalog.app import create_app
from catalog.settings import CatalogSettings

DOCUMENT = yaml.safe_load(Path("docs/reference/catalog-openapi.yaml").read_text(encoding="utf-8"))
METHODS = {"get", "put", "post", "delete"}
REGISTRY = Registry().with_resource("doc:", Resource(contents=DOCUMENT, specification=DRAFT202012))


def problems(schema_name: str, instance: object) -> list[str]:
    schema = {"$ref": f"doc:#/components/schemas/{schema_name}"}
    validator = Draft202012Validator(schema, registry=REGISTRY, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(instance)]


def declared(operation: str, answer: httpx.Response) -> None:
    """Asserts that the document declares the answer and its body."""
    by_id = {
        spec["operationId"]: spec
        for path in DOCUMENT["paths"].values()
        for method, spec in path.items()
        if method in METHODS
    }
    response = by_id[operation]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    for header in response.get("headers", {}):
        assert header in answer.headers
    if "content" not in response:
        assert answer.content == b""
        return
    content = response["content"][answer.headers["content-type"].partition(";")[0]]
    if "$ref" in content["schema"]:
        assert problems(content["schema"]["$ref"].rpartition("/")[2], answer.json()) == []


def test_document_is_valid() -> None:
    validate(DOCUMENT)


def test_documented_paths_are_exactly_the_routes() -> None:
    documented = {
        (path, method.upper())
        for path, spec in DOCUMENT["paths"].items()
        for method in spec
        if method in METHODS
    }
    app = create_app(CatalogSettings())
    routes = {
        (route.path_format, method)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"
    }
    assert routes == documented


def test_schema_fields_match_the_entities() -> None:
    pairs = {
        "Product": entities.Product,
        "ProductInput": entities.ProductBody,
        "ProductPage": entities.ProductPage,
        "Purchase": entities.Purchase,
        "PurchaseInput": entities.PurchaseBody,
        "PurchaseInputs": entities.PurchasesBody,
        "PurchasePage": entities.PurchasePage,
        "Preferences": entities.Preferences,
        "User": entities.User,
        "Recorded": entities.Recorded,
        "Load": entities.Load,
        "LoadList": entities.LoadList,
    }
    for name, struct in pairs.items():
        assert set(DOCUMENT["components"]["schemas"][name]["properties"]) == set(struct.__struct_fields__), (
            name
        )


@pytest.mark.parametrize("name", ["Product", "Purchase", "Problem", "Id", "Load"])
def test_examples_match_their_schemas(name: str) -> None:
    for example in DOCUMENT["components"]["schemas"][name]["examples"]:
        assert problems(name, example) == []


def test_schema_checks_find_invalid_values() -> None:
    assert problems("Id", "a/b")
    assert problems("Product", {"id": "a"})
    assert problems(
        "Purchase", DOCUMENT["components"]["schemas"]["Purchase"]["examples"][0] | {"quantity": 0}
    )


def test_documented_limits_match_the_routes(catalog: httpx.Client) -> None:
    for path in ("/v1/products", "/v1/purchases", "/v1/users/{user_id}/purchases", "/v1/loads"):
        [limit] = [p for p in DOCUMENT["paths"][path]["get"]["parameters"] if p.get("name") == "limit"]
        schema = limit["schema"]
        catalog.post("/v1/purchases", json=purchase())
        real = path.replace("{user_id}", "u")
        assert catalog.get(real, params={"limit": schema["maximum"]}).status_code == 200
        assert catalog.get(real, params={"limit": schema["maximum"] + 1}).status_code == 400
        assert catalog.get(real, params={"limit": schema["minimum"] - 1}).status_code == 400


def test_answers_match_the_document(catalog: httpx.Client) -> None:
    example: dict[str, Any] = DOCUMENT["paths"]["/v1/products/{product_id}"]["put"]["requestBody"]["content"][
        "application/json"
    ]["example"]
    full: dict[str, Any] = DOCUMENT["components"]["schemas"]["Product"]["examples"][0]
    declared("putProduct", catalog.put("/v1/products/p-1", json=example))
    declared("putProduct", catalog.put("/v1/products/p-1", json=full))
    declared("putProduct", catalog.put("/v1/products/p-1", json={}))
    declared("listProducts", catalog.get("/v1/products"))
    declared("listProducts", catalog.get("/v1/products", params={"ids": "p-1,x"}))
    declared("listProducts", catalog.get("/v1/products", params={"cursor": "x"}))
    declared("recordPurchases", catalog.post("/v1/purchases", json=purchase()))
    declared("recordPurchases", catalog.post("/v1/purchases", json={"purchases": [purchase(order_id="o")]}))
    declared("recordPurchases", catalog.post("/v1/purchases", json={"purchases": []}))
    declared("listPurchases", catalog.get("/v1/purchases", params={"limit": 1}))
    declared("listPurchases", catalog.get("/v1/purchases", headers={"Accept": "application/x-ndjson"}))
    declared("listPurchases", catalog.get("/v1/purchases", params={"since": "x"}))
    declared("getUser", catalog.get("/v1/users/u"))
    declared("getUser", catalog.get("/v1/users/nobody"))
    declared("listUserPurchases", catalog.get("/v1/users/u/purchases"))
    declared("listUserPurchases", catalog.get("/v1/users/nobody/purchases"))
    declared("listLoads", catalog.get("/v1/loads"))
    declared("listLoads", catalog.get("/v1/loads", params={"limit": 0}))
    declared("deleteProduct", catalog.delete("/v1/products/p-1"))
    declared("deleteProduct", catalog.delete("/v1/products/p-2"))
    declared("listProducts", catalog.get("/v1/products"))
    declared("live", catalog.get("/health/live"))
    declared("ready", catalog.get("/health/ready"))


def test_401_and_503_answers_match_the_document(
    serve: Callable[..., httpx.Client], tmp_path: Path, sqlite_url: str, free_port: int
) -> None:
    away = serve(database_url=f"sqlite+aiosqlite:///{tmp_path}/none/c.db")
    closed = serve(database_url=sqlite_url, issuer="http://i", jwks_url=f"http://127.0.0.1:{free_port}/")
    for operation, method, path in (
        ("listProducts", "GET", "/v1/products"),
        ("putProduct", "PUT", "/v1/products/p"),
        ("deleteProduct", "DELETE", "/v1/products/p"),
        ("listPurchases", "GET", "/v1/purchases"),
        ("recordPurchases", "POST", "/v1/purchases"),
        ("getUser", "GET", "/v1/users/u"),
        ("listUserPurchases", "GET", "/v1/users/u/purchases"),
        ("listLoads", "GET", "/v1/loads"),
    ):
        body = purchase() if method == "POST" else {"title": "t"} if method == "PUT" else None
        out, refused = (client.request(method, path, json=body) for client in (away, closed))
        assert (out.status_code, refused.status_code) == (503, 401)
        declared(operation, out)
        declared(operation, refused)
    declared("ready", away.get("/health/ready"))


def purchase(**fields: object) -> dict[str, object]:
    return {"user_id": "u", "product_id": "p-1", "purchased_at": "2026-05-17T09:30:00Z", **fields}
