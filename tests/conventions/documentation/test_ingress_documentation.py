"""The manifests in docs/operations/ingress.md are complete and match the service's paths and headers."""

import re
from typing import Any

import pytest
import yaml

from service.auth.original_calls import HEADER_FAMILIES
from service.routes.access import ACCESS, VERIFICATION
from tests.conventions.source_files import ROOT

PAGE = (ROOT / "docs/operations/ingress.md").read_text()
MANIFESTS: list[dict[str, Any]] = [
    document
    for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for document in yaml.safe_load_all(block)
]


def of_kind(kind: str) -> list[dict[str, Any]]:
    found = [manifest for manifest in MANIFESTS if manifest.get("kind") == kind]
    assert found, kind
    return found


def test_only_api_paths_are_exposed() -> None:
    assert all(path.startswith("/v1/") for _, path in ACCESS)
    for route in of_kind("HTTPRoute"):
        matches = [match["path"] for rule in route["spec"]["rules"] for match in rule["matches"]]
        assert matches == [{"type": "PathPrefix", "value": "/v1"}]
    for ingress in of_kind("Ingress"):
        paths = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
        assert [(path["path"], path["pathType"]) for path in paths] == [("/v1", "Prefix")]


def test_security_policy_targets_the_route() -> None:
    (route,), (policy,) = of_kind("HTTPRoute"), of_kind("SecurityPolicy")
    assert policy["spec"]["targetRefs"][0]["name"] == route["metadata"]["name"]
    assert policy["metadata"]["namespace"] == route["metadata"]["namespace"]
    for provider in policy["spec"]["jwt"]["providers"]:
        assert {"name", "issuer", "audiences", "remoteJWKS", "extractFrom"} == provider.keys()
        assert provider["extractFrom"].keys() == {"headers"}


def test_external_authorization_calls_the_verification_path() -> None:
    middleware = of_kind("Middleware")[0]
    annotations = of_kind("Ingress")[0]["metadata"]["annotations"]
    asked = [
        middleware["spec"]["forwardAuth"]["address"],
        annotations["nginx.ingress.kubernetes.io/auth-url"],
    ]
    assert all(address.endswith(f":8000{VERIFICATION}") for address in asked)
    used = of_kind("Ingress")[1]["metadata"]["annotations"][
        "traefik.ingress.kubernetes.io/router.middlewares"
    ]
    assert used == "{namespace}-{name}@kubernetescrd".format(**middleware["metadata"])
    assert f"proxy_pass http://recommender{VERIFICATION};" in _nginx("recommender.server.conf")


@pytest.mark.parametrize("family", HEADER_FAMILIES, ids=str)
def test_every_header_is_documented(family: tuple[bytes, tuple[bytes, ...]]) -> None:
    method, addresses = family
    assert all(f"`{name.decode()}`" in PAGE.lower() for name in (method, *addresses))


def test_every_nginx_file_is_documented_and_included() -> None:
    files = {path.name for path in (ROOT / "docker/nginx").iterdir()}
    assert files == set(re.findall(r"^\| `([a-z.]+\.conf)` \|", PAGE, re.MULTILINE))
    included = set(re.findall(r"include (\S+);", "".join(map(_nginx, files))))
    assert included == files - {"nginx.conf"}


def _nginx(name: str) -> str:
    return (ROOT / "docker/nginx" / name).read_text()
