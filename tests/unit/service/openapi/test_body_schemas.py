"""OpenAPI schemas of request bodies."""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from openapi_spec_validator import validate

from service.openapi.document import complete
from service.routes.events import event_routes
from service.routes.sessions import session_routes
from service.routes.shoppers import shopper_routes


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = Litestar(
        [event_routes, session_routes, shopper_routes],
        dependencies={
            name: Provide(lambda: None, sync_to_thread=False)
            for name in ("recommendations", "shoppers", "quota")
        },
        openapi_config=OpenAPIConfig("test", "1"),
    )
    complete(app.openapi_schema)
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    return found


def test_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert set(document["paths"]["/v1/events"]["post"]["responses"]) >= {"202", "207"}


@pytest.mark.parametrize(
    ("path", "method", "wrong"),
    [
        ("/v1/events", "post", {"events": []}),
        ("/v1/events", "post", {"events": [{"id": "a"}]}),
        ("/v1/users/{user_id}/preferences", "put", {"liked_categories": 1}),
        ("/v1/users/{user_id}/preferences", "put", {"colour": "red"}),
        ("/v1/recommendations", "post", {"basket": ["a/b"]}),
        ("/v1/recommendations", "post", {"limit": 101}),
        ("/v1/recommendations/batch", "post", {"entries": [{"user_id": "u-7"}]}),
        ("/v1/rankings", "post", {"product_ids": [""]}),
    ],
)
def test_schema_accepts_the_example_and_rejects_invalid_bodies(
    document: dict[str, Any], path: str, method: str, wrong: object
) -> None:
    media = document["paths"][path][method]["requestBody"]["content"]["application/json"]
    schema = Draft202012Validator(document | media["schema"])
    assert schema.is_valid(media["examples"]["one"]["value"])
    assert not schema.is_valid(wrong)
