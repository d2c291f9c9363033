"""Conventions of every route: declared statuses, documented problems, private answers."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from service.openapi.examples.answers import ANSWER_EXAMPLES
from tests.integration.service.openapi.declared_answers import (
    assert_declared,
    assert_headers_declared,
    call,
    filled_path,
    operations,
)
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

GUIDE = Path(__file__).parents[4] / "docs/api/conventions.md"
GOOD_BODIES: dict[str, dict[str, object]] = {
    "/v1/recommendations": {"basket": ["p1"], "limit": 3},
    "/v1/recommendations/batch": {"entries": [{"id": "a", "basket": ["p1"]}]},
    "/v1/rankings": {"product_ids": ["p1", "p2"]},
    "/v1/events": {
        "events": [
            {
                "id": "e1",
                "user_id": "u0",
                "product_id": "p1",
                "kind": "view",
                "occurred_at": "2026-01-02T00:00:00Z",
            }
        ]
    },
    "/v1/users/{user_id}/preferences": {"liked_categories": ["Bakery"]},
}
WITHOUT_SNAPSHOT = (
    "/v1/console/snapshots",
    "/v1/console/snapshots/{version}/rollback",
    "/v1/console/live",
    "/v1/console/shoppers",
    "/v1/events",
    "/v1/users/{user_id}/preferences",
    "/v1/users/{user_id}/profile",
    "/v1/users/{user_id}",
)
BAD_QUERIES = [
    "limit=0", "limit=x", "limit=101", "limit=", "limit=1&limit=2", "limit=1e2", "limit=%00", "unknown=1",
    "categories=Bakery",
    "cursor=x", "cursor=%F0%9F%A5%96", "in_stock=maybe", "expand=everything", "diversity=2", "diversity=nan",
    "explain=perhaps", "include_purchased=7", "exclude=%00", "category=%00", "category=" + "x" * 3000,
    "%FF=%FF",
]  # fmt: skip
OUT_OF_BOUNDS: list[tuple[str, object]] = [
    ("limit", 0), ("limit", 101), ("price_min", -1), ("price_max", -0.5), ("diversity", 1.5), ("window", "8d"),
    ("user_id", ""), ("user_id", "a/b"), ("user_id", "x" * 201), ("cursor", ""), ("cursor", "x" * 8193),
    ("category", [""]), ("brand", [""]), ("product_id", ""), ("product_id", "a/b"),
    ("words", ""), ("words", "x" * 201), ("expand", "everything"),
]  # fmt: skip
BAD_BODIES = [
    b"", b"null", b"[]", b"7", b"{", b"\xff", b'{"limit": 1e400}', b'{"limit": -1}', b'{"unknown": 1}',
    b'{"basket": "p1"}', b'{"interactions": {}}', b'{"entries": [null]}', b'{"product_ids": [1]}',
]  # fmt: skip
ODD_IDS = ["p1", "u0", "%2e%2e", "%00", "a%2Fb", "%F0%9F%A5%96", "%FF", "x" * 300, "%20", "a%3Fb"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="module")
def document(served: ServedShop) -> dict[str, Any]:
    return resolved_document(served)


def resolved_document(served: ServedShop) -> dict[str, Any]:
    """The document, with shared answers in the place of references to them."""
    found: dict[str, Any] = served.client.get("/schema/openapi.json").json()
    shared = found["components"]["responses"]
    for item in found["paths"].values():
        for operation in item.values():
            operation["responses"] = {
                status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
                for status, answer in operation["responses"].items()
            }
    return found


def test_openapi_document_is_valid(served: ServedShop) -> None:
    document = served.client.get("/schema/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("path", ["/v1/popular", "/v1/products/p1/similar", "/v1/console/map"])
def test_unchanged_answer_has_the_declared_headers(
    served: ServedShop, document: dict[str, Any], path: str
) -> None:
    etag = call(served, "GET", path).headers["etag"]
    headers = {"authorization": f"Bearer {served.token()}", "if-none-match": etag}
    unchanged = served.client.get(path, headers=headers)
    operation = document["paths"][path.replace("/p1", "/{product_id}")]["get"]
    assert assert_headers_declared(operation, unchanged)["headers"].keys() >= {"ETag"}
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_every_operation_declares_its_errors(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        expected = {"400", "401", "403", "408", "414", "422", "429", "431", "503"}
        expected |= {"413", "415"} if "requestBody" in operation else set()
        expected |= {"404"} if "{" in path or path.endswith("compare") else set()
        expected |= {"409"} if path.endswith(("compare", "rollback", "map/products")) else set()
        errors = {status: response for status, response in operation["responses"].items() if status >= "4"}
        assert errors.keys() == expected, (method, path)
        for response in errors.values():
            media_type = response["content"]["application/problem+json"]
            assert media_type["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert media_type["examples"]


def test_every_answer_is_described_in_words_of_its_own(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            names = [name.lower() for name in answer.get("headers", {})]
            assert len(names) == len(set(names)), (method, path, status)
            assert answer["description"], (method, path, status)
            assert answer["description"] != HTTPStatus(int(status)).description, (method, path, status)


def test_examples_of_events_belong_to_their_status(document: dict[str, Any]) -> None:
    answers = document["paths"]["/v1/events"]["post"]["responses"]
    for status in ("202", "207"):
        for example in answers[status]["content"]["application/json"]["examples"].values():
            assert bool(example["value"].get("results")) == (status == "207")


def test_every_body_has_a_valid_example(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        bodies = [response for status, response in operation["responses"].items() if status < "3"]
        bodies += [operation["requestBody"]] if "requestBody" in operation else []
        for body in bodies:
            media_type = body["content"]["application/json"]
            name = media_type["schema"]["$ref"].rpartition("/")[2]
            own = [example["value"] for example in media_type.get("examples", {}).values()]
            examples = own + document["components"]["schemas"][name].get("examples", [])
            assert examples, (method, path, name)
            for example in examples:
                Draft202012Validator(document | media_type["schema"]).validate(example)


def test_examples_of_answers_keep_their_nulls(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert ANSWER_EXAMPLES.keys() <= schemas.keys()
    assert {name: schemas[name]["examples"] for name in ANSWER_EXAMPLES} == {
        name: [example] for name, example in ANSWER_EXAMPLES.items()
    }
    assert schemas["SnapshotsView"]["examples"][0]["snapshots"][0]["problem"] is None


def test_bodies_of_the_guide_are_valid(document: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/v1/[^`]+)`.* \| `({.+})` \|$", GUIDE.read_text(), re.MULTILINE)
    assert {path.replace("{id}", "{user_id}") for _, path, _ in rows} == GOOD_BODIES.keys()
    for method, path, body in rows:
        operation = document["paths"][path.replace("{id}", "{user_id}")][method.lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator(document | schema).validate(json.loads(body))


def test_valid_requests_get_declared_private_answers(served: ServedShop, document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        filled = filled_path(path, served)
        body = {"json": GOOD_BODIES[path]} if "requestBody" in operation else {}
        response = call(served, method, filled, **body)
        assert response.status_code < 300, (path, response.text)
        assert response.headers["cache-control"] in ("private", "private, no-cache")
        assert_declared(document, operation, response)


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_invalid_parameters_get_declared_answers(
    served: ServedShop, document: dict[str, Any], query: str
) -> None:
    for method, path, operation in operations(document):
        filled = filled_path(path, served)
        body = {"json": GOOD_BODIES.get(path, {})} if "requestBody" in operation else {}
        assert_declared(document, operation, call(served, method, f"{filled}?{query}", **body))


def test_null_is_no_value_of_a_parameter(served: ServedShop, document: dict[str, Any]) -> None:
    texts = {"type": "string"}.items()
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            if parameter["in"] == "query" and (not texts <= schema.items() or "enum" in schema):
                answer = call(
                    served, method, f"{filled_path(path, served).partition('?')[0]}?{parameter['name']}=null"
                )
                assert answer.status_code == 422 or schema.get("type") == "array", answer.request.url


@pytest.mark.parametrize(
    "query", ["map/products?version=0&rows=1", "snapshots/compare?a=0", "products?words=a"]
)
def test_answers_of_the_console_are_declared(
    served: ServedShop, document: dict[str, Any], query: str
) -> None:
    path = f"/v1/console/{query}"
    operation = document["paths"][path.partition("?")[0]]["get"]
    assert_declared(document, operation, call(served, "GET", path))


@pytest.mark.parametrize(("name", "value"), OUT_OF_BOUNDS)
def test_rejected_values_are_outside_of_the_documented_bounds(
    served: ServedShop, document: dict[str, Any], name: str, value: object
) -> None:
    schemas = [
        (method, path, parameter["schema"])
        for method, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if (parameter["in"], parameter["name"]) == ("query", name)
    ]
    assert schemas
    for method, path, schema in schemas:
        url = filled_path(path, served).partition("?")[0]
        assert call(served, method, f"{url}?{urlencode({name: value}, doseq=True)}").status_code == 422, path
        assert not Draft202012Validator(document | schema).is_valid(value), path


@pytest.mark.parametrize("odd", ODD_IDS)
def test_odd_ids_get_declared_answers(served: ServedShop, document: dict[str, Any], odd: str) -> None:
    for method, path, operation in operations(document):
        if "{" in path:
            assert_declared(
                document,
                operation,
                call(
                    served,
                    method,
                    path.format(user_id=odd, shopper_id=odd, product_id=odd, version=odd),
                ),
            )


@pytest.mark.parametrize("content", BAD_BODIES)
def test_invalid_bodies_get_declared_answers(
    served: ServedShop, document: dict[str, Any], content: bytes
) -> None:
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            response = call(served, method, path.format(user_id="u0"), content=content)
            if response.status_code == 207:  # Each entry of a batch is judged alone.
                assert {result["status"] for result in response.json()["results"]} == {422}
            else:
                assert response.status_code in (400, 422), (path, response.text)
            assert_declared(document, operation, response)


def test_body_above_its_documented_length_gets_a_declared_answer(
    served: ServedShop, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            length = int(re.sub(r"\D", "", operation["requestBody"]["description"]))
            assert length <= 5_000_000
            for content, status in ((b"{" + b" " * (length - 1), 400), (b"{" + b" " * length, 413)):
                response = call(served, method, path.format(user_id="u0"), content=content)
                assert response.status_code == status, path
                assert_declared(document, operation, response)


def test_callers_without_a_token_or_a_scope_get_declared_answers(
    served: ServedShop, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        filled = filled_path(path, served)
        for token, status in (("forged", 401), (served.token(scope="nothing"), 403)):
            response = call(served, method, filled, token, json=GOOD_BODIES.get(path))
            assert response.status_code == status
            assert_declared(document, operation, response)


def test_answers_before_the_first_snapshot_are_declared(document: dict[str, Any], tmp_path: Path) -> None:
    with served_shop(shop(), tmp_path, published=False) as served:
        for method, path, operation in operations(document):
            filled = filled_path(path, served)
            response = call(served, method, filled, json=GOOD_BODIES.get(path))
            if path != "/v1/recommendations/batch" and path not in WITHOUT_SNAPSHOT:
                assert response.status_code == 503, path
            assert_declared(document, operation, response)
