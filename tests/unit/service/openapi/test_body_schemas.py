"""OpenAPI schemas of request bodies."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from litestar.testing import TestClient
from openapi_spec_validator import validate

from adapters.telemetry import Telemetry, TelemetryConfig
from service.settings import ServiceSettings
from service.wiring import build_service
from tests.support.tokens import ISSUER


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("service")
    key = folder / "snapshot.key"
    key.write_text("0" * 64)
    settings = ServiceSettings(
        issuers=[{"issuer": ISSUER, "jwks_file": folder / "jwks.json"}], snapshot_signing_key_files=[key]
    )
    service = build_service(settings, background=(), telemetry=Telemetry(TelemetryConfig("tests", "1")))
    with TestClient(service.app) as client:
        found: dict[str, Any] = client.get("/schema/openapi.json").json()
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
        ("/v1/users/{user_id}/preferences", "put", {"color": "red"}),
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


def test_no_field_has_a_default(document: dict[str, Any]) -> None:
    """openapi-typescript would make its callers send it."""
    schemas = document["components"]["schemas"]
    assert {"limit", "basket"} <= schemas["RecommendationsBody"]["properties"].keys()
    found = [
        (name, field)
        for name, schema in schemas.items()
        for field, part in schema.get("properties", {}).items()
        if "default" in part
    ]
    assert found == []
