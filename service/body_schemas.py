"""What the OpenAPI document says of bodies that the service decodes by itself, entry by entry."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema

from service.bodies import BatchBody, RankingsBody, RecommendationsBody
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


def _operation(body: type, example: dict[str, Any]) -> type[Operation]:
    """An operation that takes such a body."""

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = _body(body, example)

    return WithBody


EventsOperation = _operation(EventsBody, _EVENTS_EXAMPLE)
PreferencesOperation = _operation(PreferencesView, _PREFERENCES_EXAMPLE)
RecommendationsOperation = _operation(RecommendationsBody, _RECOMMENDATIONS_EXAMPLE)
BatchOperation = _operation(BatchBody, _BATCH_EXAMPLE)
RankingsOperation = _operation(RankingsBody, _RANKINGS_EXAMPLE)


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
