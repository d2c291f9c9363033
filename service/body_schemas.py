"""What the OpenAPI document says of bodies that the service decodes by itself, entry by entry."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema

from service.events import EventsBody
from service.shopper_records import PreferencesView

_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")

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


@dataclass
class EventsOperation(Operation):
    """An operation that takes events."""

    def __post_init__(self) -> None:
        """Says what the body is."""
        self.request_body = _body(EventsBody, _EVENTS_EXAMPLE)


@dataclass
class PreferencesOperation(Operation):
    """An operation that takes preferences."""

    def __post_init__(self) -> None:
        """Says what the body is."""
        self.request_body = _body(PreferencesView, _PREFERENCES_EXAMPLE)


def _body(kind: type, example: dict[str, Any]) -> RequestBody:
    (_,), components = msgspec.json.schema_components([kind], ref_template="{name}")
    media = OpenAPIMediaType(
        schema=_schema(components[kind.__name__], components), examples={"one": Example(value=example)}
    )
    return RequestBody(content={"application/json": media}, required=True)


def _schema(document: dict[str, Any], components: dict[str, Any]) -> Schema:
    """A JSON schema as the framework writes one, with all that it refers to in it."""
    if "$ref" in document:
        return _schema(components[document["$ref"]], components)
    fields: dict[str, Any] = {}
    for key, value in document.items():
        name = _CAPITAL.sub(r"_\1", key).lower()
        if key == "properties":
            fields[name] = {field: _schema(part, components) for field, part in value.items()}
        elif key == "items":
            fields[name] = _schema(value, components)
        elif key == "anyOf":
            fields[name] = [_schema(part, components) for part in value]
        elif key == "description":
            fields[name] = inspect.cleandoc(value).partition("\n\nAttributes:")[0]
        else:
            fields[name] = value
    return Schema(**fields)
