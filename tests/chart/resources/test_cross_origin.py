"""Proxies that check tokens answer browsers' preflights, which carry no token."""

import json
from typing import Any

import pytest

from service.http.middleware import cors
from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.rendering import CI, Helm

ORIGINS = ["https://shop.example", "https://www.shop.example"]
NGINX = "nginx.ingress.kubernetes.io/"


def words(header: bytes) -> list[str]:
    return header.decode().split(", ")


def settings(origins: Any) -> dict[str, Any]:
    return {"service": {"settings": {"SERVICE_CORS_ORIGINS": origins}}}


@pytest.mark.parametrize("origins", [ORIGINS, json.dumps(ORIGINS)], ids=["list", "JSON"])
def test_envoy_gateway_uses_the_services_origins(helm: Helm, origins: Any) -> None:
    resources = helm.template(CI["gateway-api"], overrides=settings(origins))
    assert only(resources, "SecurityPolicy")["spec"]["cors"] == {
        "allowOrigins": ORIGINS,
        "allowMethods": words(cors.ALLOWED_METHODS),
        "allowHeaders": words(cors.ALLOWED_HEADERS),
        "exposeHeaders": words(cors.EXPOSED_HEADERS),
        "maxAge": "10m",
    }
    data = only(resources, "ConfigMap", "shop-recommender-service")["data"]
    assert json.loads(data["SERVICE_CORS_ORIGINS"]) == ORIGINS


def test_ingress_nginx_uses_the_services_origins(helm: Helm) -> None:
    resources = helm.template(CI["ingress"], overrides=settings(ORIGINS))
    annotations = only(resources, "Ingress")["metadata"]["annotations"]
    assert annotations[f"{NGINX}enable-cors"] == "true"
    assert annotations[f"{NGINX}cors-allow-origin"].split(",") == ORIGINS
    assert annotations[f"{NGINX}cors-allow-methods"].split(",") == words(cors.ALLOWED_METHODS)
    assert annotations[f"{NGINX}cors-allow-headers"].split(",") == words(cors.ALLOWED_HEADERS)
    assert annotations[f"{NGINX}cors-expose-headers"].split(",") == words(cors.EXPOSED_HEADERS)
    assert annotations[f"{NGINX}cors-allow-credentials"] == "false"
    assert annotations[f"{NGINX}cors-max-age"] == cors.MAX_AGE_SECONDS.decode()


def test_cross_origin_requests_are_disabled_by_default(rendered: Rendered) -> None:
    assert "cors" not in only(rendered("gateway-api"), "SecurityPolicy")["spec"]
    assert not [
        name for name in only(rendered("ingress"), "Ingress")["metadata"]["annotations"] if "cors" in name
    ]


def test_ingress_without_external_auth_leaves_cors_to_the_service(helm: Helm) -> None:
    values = {**settings(ORIGINS), "ingress": {"externalAuth": ""}}
    annotations = only(helm.template(CI["ingress"], overrides=values), "Ingress")["metadata"]["annotations"]
    assert not [name for name in annotations if "cors" in name]
