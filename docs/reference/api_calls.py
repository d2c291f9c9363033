"""Renders the page of all calls from the OpenAPI document."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from docs.reference.schema_types import type_in_words
from service.auth import IssuerPolicy
from service.routes.units import BASE_UNITS, RANKING_UNITS, SESSION_UNITS, WITHOUT_SHOPPER
from service.settings import ServiceSettings
from service.shoppers.events import EVENTS_PER_UNIT
from service.wiring import build_service

Json = Mapping[str, Any]

_SHARED = 3
"""Number of calls from which on a parameter is described once for all."""

_UNITS_OF_BODIES = {
    "/v1/recommendations": str(SESSION_UNITS),
    "/v1/recommendations/batch": "those of its entries",
    "/v1/rankings": str(RANKING_UNITS),
    "/v1/events": f"1 for {EVENTS_PER_UNIT} events",
}

_PAGE = """\
# All calls

Every call with its scope, parameters, answers and errors. [Conventions](conventions.md) explains what they share, and
[tokens](../guides/tokens.md) how to get one. A running service has the same as a document (`/schema/openapi.json`), and
as a page on which calls can be tried (`/schema`). This page is generated from it: `python docs/reference/generate.py`.
"""
_PARAMETERS = """
## Shared parameters

Query parameters of several calls.

| parameter | type | meaning |
| --- | --- | --- |
"""
_FIELDS = """
## Fields of answers and bodies

Objects in bodies and answers, by name. Fields in bold are required in bodies and always present in answers. A later
version may add fields to answers.
"""


def openapi_document() -> Json:
    """The document of a service that was built and not started."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "snapshot.key")
        key.write_text("0" * 64)
        issuer = IssuerPolicy(issuer="https://id.example", jwks_url="https://id.example/jwks")
        settings = ServiceSettings(
            issuers=(issuer,), snapshot_signing_key_files=(key,), snapshot_root=Path(folder), path_prefix=""
        )
        return asyncio.run(_document(settings))


def calls_page(document: Json) -> str:
    """The page, in Markdown."""
    document = _with_values(document)
    calls = [
        (method, path, call)
        for path, item in document["paths"].items()
        for method, call in item.items()
        if method in ("get", "post", "put", "delete")
    ]
    named = Counter(_key(one) for _, _, call in calls for one in call.get("parameters", ()))
    shared = {key for key, count in named.items() if key[1] == "query" and count >= _SHARED}
    parts = [_PAGE]
    for tag in document["tags"]:
        parts.append(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        parts += [
            _call(method, path, call, shared) for method, path, call in calls if tag["name"] in call["tags"]
        ]
    described = {_key(one): one for _, _, call in calls for one in call.get("parameters", ())}
    parts.append(_PARAMETERS + "".join(_parameter(described[key]) for key in sorted(shared)))
    parts.append(_FIELDS)
    parts += [_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return "".join(parts)


async def _document(settings: ServiceSettings) -> Json:
    transport = httpx.ASGITransport(build_service(settings).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/schema/openapi.json")
    document: Json = answer.raise_for_status().json()
    return document


def _with_values(document: Json) -> Json:
    """The document with the values of enumerations in the places of their names."""
    schemas = document["components"]["schemas"]
    enumerations = {name: schema for name, schema in schemas.items() if "enum" in schema}

    def replaced(part: object) -> object:
        if isinstance(part, list):
            return [replaced(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        found = enumerations.get(str(part.get("$ref", "")).rpartition("/")[2], {})
        return found | {key: replaced(inner) for key, inner in part.items() if not found or key != "$ref"}

    others = {name: schema for name, schema in schemas.items() if name not in enumerations}
    return cast(Json, replaced({**document, "components": {**document["components"], "schemas": others}}))


def _key(parameter: Json) -> tuple[str, str, str]:
    """Distinguishes a parameter from others of its name."""
    return parameter["name"], parameter["in"], parameter["description"]


def _call(method: str, path: str, call: Json, shared: set[tuple[str, str, str]]) -> str:
    parts = [f"\n### {method.upper()} {path}\n\n**{call['summary']}.** {call['description']}\n"]
    parameters: Sequence[Json] = call.get("parameters", ())
    if any(call.get("security", ())):  # Open calls have the empty requirement.
        of_shopper = any((one["name"], one["in"]) == ("user_id", "query") for one in parameters)
        parts.append(f"\n[Units](../security/limits.md#units): {_units(method, path, of_shopper)}.\n")
    if own := [_parameter(one) for one in parameters if _key(one) not in shared]:
        parts.append("\n| parameter | type | meaning |\n| --- | --- | --- |\n" + "".join(own))
    if common := [f"`{one['name']}`" for one in parameters if _key(one) in shared]:
        parts.append(f"\n[Shared parameters](#shared-parameters): {', '.join(common)}.\n")
    if body := call.get("requestBody"):
        parts.append(_body(body))
    parts.append("\n| answer | meaning | content |\n| --- | --- | --- |\n")
    answers = {status: answer for status, answer in call["responses"].items() if "$ref" not in answer}
    parts += [
        f"| {status} | {_cell(one['description'])} | {_content(one)} |\n" for status, one in answers.items()
    ]
    if errors := [status for status in call["responses"] if status not in answers]:
        parts.append(f"\n[Errors](errors.md): {', '.join(errors)}.\n")
    return "".join(parts)


def _units(method: str, path: str, of_shopper: bool) -> str:
    """Units of a call whose page is short, in words."""
    units = BASE_UNITS.get((method.upper(), path), 1)
    if path in WITHOUT_SHOPPER:
        return f"{units + 1:,} with `user_id`, else {WITHOUT_SHOPPER[path]:,}"
    more = ", 1 more with `user_id`" if of_shopper else ""
    return _UNITS_OF_BODIES.get(path, f"{units:,}{more}")


def _body(body: Json) -> str:
    (content,) = body["content"].values()
    text = f"\nBody: {type_in_words(content['schema'], _link)}. {body.get('description', '')}\n"
    examples = [one["value"] for one in content.get("examples", {}).values()]
    return text + (_json(examples[0], _name(content["schema"])) if examples else "")


def _content(answer: Json) -> str:
    kinds = [
        type_in_words(content["schema"], _link) if "json" in media else f"`{media}`"
        for media, content in answer.get("content", {}).items()
    ]
    return " or ".join(kinds)


def _parameter(parameter: Json) -> str:
    place = "" if parameter["in"] == "query" else f" ({parameter['in']})"
    kind = type_in_words(parameter["schema"], _link)
    if (default := parameter["schema"].get("default")) not in (None, ""):
        kind += f", default `{json.dumps(default)}`"
    return f"| `{parameter['name']}`{place} | {kind} | {_cell(parameter['description'])} |\n"


def _schema(name: str, schema: Json) -> str:
    needed = schema.get("required", ())
    lines = [f"\n### {name}\n\n{schema['description']}\n\n| field | type | meaning |\n| --- | --- | --- |\n"]
    for field, inner in schema.get("properties", {}).items():
        title = f"**`{field}`**" if field in needed else f"`{field}`"
        kind = type_in_words(inner, _link, nulls=True)
        lines.append(f"| {title} | {kind} | {_cell(inner.get('description', ''))} |\n")
    return "".join(lines) + "".join(_json(example, name) for example in _examples(schema))


def _examples(schema: Json) -> Iterator[object]:
    yield from schema.get("examples", ())[:1]


def _name(schema: Json) -> str:
    name: str = schema["$ref"].rpartition("/")[2]
    return name


def _json(value: object, schema: str) -> str:
    """An example, with the mark by which tests validate it."""
    return f"\n<!-- schema: {schema} -->\n```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"


def _cell(text: str) -> str:
    """The first paragraph of a text, as a cell of a table."""
    return text.partition("\n\n")[0].replace("|", "\\|").replace("\n", " ")


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
