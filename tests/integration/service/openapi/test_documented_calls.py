"""The calls, scopes and parameters of the documentation, sent to the deployed application."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.http.problems import standard_problem
from service.openapi.known_problems import PROBLEMS
from service.openapi.vocabulary import REASONS
from service.openapi.vocabulary import VALUES as VALUES_OF_REASONS
from service.routes.access import ACCESS, Subject
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

ROOT = Path(__file__).parents[4]
GUIDE = (ROOT / "docs/api/conventions.md").read_text()
CALL = re.compile(r"`(GET|POST|PUT|DELETE)?\s*(/[^`]*)?`")
BODIES = {
    (method, path): body
    for method, path, body in re.findall(r"^\| `([A-Z]+) (/v1/[^`]+)`.* \| `({.+})` \|$", GUIDE, re.MULTILINE)
}
VALUES = {
    "limit": "5",
    "category": "Bakery",
    "brand": "Acme",
    "price_min": "1",
    "price_max": "9",
    "user_id": "u0",
}
VALUES |= {"exclude": "p2", "diversity": "0.5", "in_stock": "true", "window": "30d", "and_bought": "p2"}
VALUES |= {"rows": "1,2", "words": "thing", "product_id": "p1", "lacking": "picture", "offset": "2"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="module")
def document(served: ServedShop) -> dict[str, Any]:
    found: dict[str, Any] = served.client.get("/schema/openapi.json").json()
    return found


def documented(page: str) -> dict[tuple[str, str], str]:
    """Last column of each row of a table of calls, by method and path."""
    rows = re.search(r"^\| call \| answer.*?\n\n", page, re.MULTILINE | re.DOTALL)
    assert rows is not None
    found = {}
    for row in rows[0].splitlines()[2:]:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        methods, waiting = [""], list[str]()
        for method, path in CALL.findall(cells[0]):
            waiting += [method] if method else []
            if path:
                methods, waiting = waiting or methods, []
                found |= {(each, path): cells[-1].strip("`") for each in methods}
    return found


def template(path: str) -> str:
    noun = {"users": "user_id", "shoppers": "shopper_id", "products": "product_id", "snapshots": "version"}
    return re.sub(r"/(\w+)/{id}", lambda found: f"/{found[1]}/{{{noun[found[1]]}}}", path)


def test_every_call_of_the_table_is_answered_and_no_call_is_missing(served: ServedShop) -> None:
    calls = documented(GUIDE)
    assert {(method, template(path)) for method, path in calls if path.startswith("/v1/")} == ACCESS.keys()
    for method, path in sorted(calls, key=lambda call: call[0] == "DELETE"):
        ids = {"user_id": "u0", "shopper_id": "u5", "product_id": "p1", "version": served.versions[-1]}
        url = template(path).format_map(ids)
        if path.startswith("/health/"):
            assert served.client.get(url).status_code in (200, 503)
            continue
        content = BODIES.get((method, path))
        body = {"content": content.encode()} if content else {}
        headers = {"authorization": f"Bearer {served.token()}"}
        parameters = {"words": "thing"} if path == "/v1/console/products" else {}
        answer = served.client.request(method, url, headers=headers, params=parameters, **body)
        assert 200 <= answer.status_code < 300, (method, path, answer.text)


def test_scopes_of_the_guide_and_the_document_are_those_of_the_access_table(document: dict[str, Any]) -> None:
    for (method, path), scope in documented(GUIDE).items():
        if not path.startswith("/v1/"):
            continue
        access = ACCESS[method, template(path)]
        assert scope == access.scope, path
        operation = document["paths"][template(path)][method.lower()]
        assert operation["security"] == [{"bearer": [scope]}, {"bearer": [f"{scope}.any"]}]
        assert f"`{scope}.any`" in operation["description"]
        assert ("for every shopper" in operation["description"]) == (access.subject is not Subject.NONE)


def test_page_of_all_calls_has_each_call_with_its_scope_and_answers(document: dict[str, Any]) -> None:
    sections = dict(
        part.partition("\n")[::2] for part in (ROOT / "docs/api/calls.md").read_text().split("\n### ")[1:]
    )
    for (method, path), access in ACCESS.items():
        section = sections[f"{method} {path}"]
        assert f"`{access.scope}`" in section
        operation = document["paths"][path][method.lower()]
        names = [f"`{one['name']}`" for one in operation.get("parameters", ())]
        assert [one for one in (*names, *operation["responses"]) if one not in section] == [], path


def test_page_of_all_calls_has_the_length_of_each_list_in_a_body(document: dict[str, Any]) -> None:
    page = (ROOT / "docs/api/calls.md").read_text()
    bounded = [
        (name, field, schema["maxItems"])
        for name, body in document["components"]["schemas"].items()
        for field, schema in body.get("properties", {}).items()
        if "maxItems" in schema
    ]
    assert len(bounded) > 15
    for name, field, most in bounded:
        section = page.partition(f"### {name}\n")[2].partition("\n### ")[0]
        assert re.search(rf"`{field}`.* {most:,} entries \|", section), (name, field)


def test_every_parameter_of_the_guide_is_accepted(served: ServedShop) -> None:
    table = GUIDE.partition("## Parameters")[2].partition("\n## ")[0]
    named = re.findall(
        r"`([a-z_]+)(?:=([a-z]+))?`", "".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))
    )
    assert len(named) >= 13
    path, lists = "/v1/users/u0/recommendations", "/v1/popular"
    paths = {"user_id": lists, "window": lists, "and_bought": "/v1/console/shoppers/u5"}
    paths |= dict.fromkeys(("lacking", "offset"), "/v1/console/products")
    paths |= dict.fromkeys(("rows", "version", "words", "product_id"), "/v1/console/map/products")
    paths |= dict.fromkeys(("a", "b"), "/v1/console/snapshots/compare")
    for name, value in named:
        if name == "cursor":
            value = served.get(path, limit=2).json()["next_cursor"]
        if name in ("version", "a", "b"):
            value = served.versions[-1]
        limit = (
            {} if paths.get(name, "").startswith(("/v1/console/map", "/v1/console/snap")) else {"limit": 2}
        )
        answer = served.get(paths.get(name, path), **{name: value or VALUES[name], **limit})
        assert answer.status_code == 200, (name, answer.text)
    offered = {parameter for parameter, _ in named}
    operations = served.client.get("/schema/openapi.json").json()["paths"]
    existing = {
        parameter["name"]
        for path, item in operations.items()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and path.startswith("/v1/")
    }
    assert offered == existing


def test_answers_of_the_guide_have_the_shape_of_real_ones(served: ServedShop) -> None:
    shown, *_ = (
        json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    )
    answer = served.get("/v1/popular", category="Bakry").json()
    assert shown.keys() <= answer.keys()
    assert shown["unknown_filters"][0].keys() == answer["unknown_filters"][0].keys()


def test_german_sentences_are_there_for_every_code_and_value() -> None:
    functions = (
        (ROOT / "docs/guides/reasons.md").read_text().partition("const GERMAN")[2].partition("\n};")[0]
    )
    assert re.findall(r"^  (\w+):", functions, re.MULTILINE) == list(REASONS)
    assert set(re.findall(r"\bv\.(\w+)", functions)) == VALUES_OF_REASONS.keys()


def test_shared_errors_are_a_small_part_of_the_document(document: dict[str, Any]) -> None:
    errors = [
        answer
        for item in document["paths"].values()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        if status >= "4"
    ]
    assert len(json.dumps([errors, document["components"]["responses"]])) < 0.2 * len(json.dumps(document))


def test_every_group_schema_field_and_parameter_is_described(document: dict[str, Any]) -> None:
    introduced = {tag["name"] for tag in document["tags"] if tag["description"]}
    undescribed = []
    for path, item in document["paths"].items():
        for operation in item.values():
            assert set(operation["tags"]) <= introduced
            undescribed += [
                f"{path}: {parameter['name']}"
                for parameter in operation.get("parameters", ())
                if not parameter.get("description")
            ]
    for name, schema in document["components"]["schemas"].items():
        parts = {name: schema} | {f"{name}.{key}": part for key, part in schema.get("properties", {}).items()}
        undescribed += [key for key, part in parts.items() if not part.get("description")]
    assert undescribed == []


def test_every_problem_of_the_code_is_described_with_cause_and_cure() -> None:
    found = set[tuple[int, str]]()
    for path in (ROOT / "service").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            constants = [argument.value for argument in call.args[:2] if isinstance(argument, ast.Constant)]
            if not constants or not isinstance(constants[0], int):
                continue
            if ast.unparse(call.func) == "standard_problem":
                found.add((constants[0], standard_problem(constants[0], "").slug))
            elif ast.unparse(call.func) in ("super().__init__", "ProblemException") and len(constants) == 2:
                found.add((constants[0], str(constants[1])))
    known = {(one.status, one.slug) for one in PROBLEMS}
    assert len(found) > 12
    assert found <= known
    # The framework's own statuses, and the causes of a 401.
    others = {(status, standard_problem(status, "").slug) for status in (404, 405, 413, 415)}
    assert known - found <= others | {(401, "missing-token"), (401, "invalid-token")}


def test_every_success_is_described_in_own_words_for_its_call(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            description = operation["responses"].get("200", {"description": "none"})["description"]
            assert "succeeded" not in description, path
            assert "fulfilled" not in description, path


@pytest.mark.parametrize("address", ["/", "/docs"])
def test_usual_addresses_lead_to_a_page_that_says_how_to_get_a_token(
    served: ServedShop, address: str, document: dict[str, Any]
) -> None:
    answer = served.client.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/schema")
    assert "width=device-width" in served.client.get("/schema").text
    assert "make token" in document["info"]["description"]


def test_nothing_below_the_short_address_is_open(served: ServedShop) -> None:
    assert served.client.get("/docs/").status_code in (307, 401)
    assert served.client.get("/docs/other").status_code == 401
