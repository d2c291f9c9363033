"""Request bodies in the OpenAPI document. Handlers decode them without the framework."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, Reference, RequestBody, Schema

from service.recommendations.requests import (
    MAX_BATCH_BYTES,
    MAX_RANKINGS_BYTES,
    MAX_RECOMMENDATIONS_BYTES,
    BatchBody,
    RankingsBody,
    RecommendationsBody,
)
from service.shoppers.events import MAX_EVENTS_BYTES, EventsBody
from service.shoppers.preferences import MAX_PREFERENCES_BYTES, PreferencesBody

_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")

_REFERENCE = "#/components/schemas/{name}"
_BODIES = (EventsBody, PreferencesBody, RecommendationsBody, BatchBody, RankingsBody)

_EVENTS_EXAMPLE = {
    "events": [
        {
            "id": "a-1042-7",
            "user_id": "u-7",
            "product_id": "p-1042",
            "kind": "purchase",
            "occurred_at": "2026-05-17T09:30:00Z",
            "quantity": 2,
            "price": 3.49,
            "order_id": "o-1",
        }
    ]
}
_PREFERENCES_EXAMPLE = {"liked_categories": ["Pantry > Pasta"], "hidden_products": ["p-1042"]}
_RECOMMENDATIONS_EXAMPLE = {"basket": ["p-1042", "p-17"], "user_id": "u-7", "limit": 20, "in_stock": True}
_BATCH_EXAMPLE = {
    "entries": [
        {"id": "newsletter-u-7", "user_id": "u-7", "limit": 6},
        {"id": "guest", "interactions": [{"product_id": "p-1042", "kind": "view"}]},
    ]
}
_RANKINGS_EXAMPLE = {"product_ids": ["p-1042", "p-17", "p-3"], "user_id": "u-7"}


def _operation(body: type, example: dict[str, Any], max_bytes: int) -> type[Operation]:
    """An operation with this body."""

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = _body(body, example, max_bytes)

    return WithBody


EventsOperation = _operation(EventsBody, _EVENTS_EXAMPLE, MAX_EVENTS_BYTES)
PreferencesOperation = _operation(PreferencesBody, _PREFERENCES_EXAMPLE, MAX_PREFERENCES_BYTES)
RecommendationsOperation = _operation(
    RecommendationsBody, _RECOMMENDATIONS_EXAMPLE, MAX_RECOMMENDATIONS_BYTES
)
BatchOperation = _operation(BatchBody, _BATCH_EXAMPLE, MAX_BATCH_BYTES)
RankingsOperation = _operation(RankingsBody, _RANKINGS_EXAMPLE, MAX_RANKINGS_BYTES)


def body_components() -> dict[str, Schema]:
    """Schemas of all bodies and their parts, by name."""
    _, components = msgspec.json.schema_components(_BODIES, ref_template=_REFERENCE)
    return {name: _schema(component) for name, component in components.items()}


def _body(kind: type, example: dict[str, Any], max_bytes: int) -> RequestBody:
    reference = Reference(ref=_REFERENCE.format(name=kind.__name__))
    media = OpenAPIMediaType(schema=reference, examples={"one": Example(value=example)})
    content = {"application/json": media}
    return RequestBody(content=content, description=f"At most {max_bytes:,} bytes.", required=True)


def _schema(document: dict[str, Any]) -> Schema:
    """A JSON schema in the framework's form."""
    fields: dict[str, Any] = {}
    for key, value in document.items():
        name = _CAPITAL.sub(r"_\1", key).lower()
        if key == "properties":
            fields[name] = {field: _part(part) for field, part in value.items()}
        elif key == "items":
            fields[name] = _part(value)
        elif key == "anyOf":
            fields[name] = [_part(part) for part in value]
        elif key == "description":
            fields[name] = inspect.cleandoc(value).partition("\n\nAttributes:")[0]
        else:
            fields[name] = value
    return Schema(**fields)


def _part(document: dict[str, Any]) -> Schema | Reference:
    return Reference(ref=document["$ref"]) if "$ref" in document else _schema(document)
