"""Lists that are merged by a key have no key twice.

Helm 4 applies them on the server, which refuses a key that comes twice. Values take precedence.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chart.manifests import only, workloads
from tests.chart.rendering import CI, Helm, Resource

KEYS = {
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "containers": ("name",),
    "initContainers": ("name",),
    "imagePullSecrets": ("name",),
    "ports": ("containerPort", "port", "protocol"),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
"""Fields of lists by which server-side apply tells their entries apart."""

OWN = {
    "caBundle": {"configMap": "shop-ca"},
    "proxy": {"https": "http://proxy.shop.example:3128"},
    "images": {"pullSecrets": ["registry", "mirror"]},
    "global": {"imagePullSecrets": [{"name": "registry"}]},
    "service": {
        "extraEnv": [
            {"name": "SSL_CERT_FILE", "value": "/own.crt"},
            {"name": "OPENBLAS_NUM_THREADS", "value": "2"},
        ]
    },
    "indexer": {
        "readEvents": True,
        "extraEnv": [{"name": "HF_HUB_OFFLINE", "value": "0"}, {"name": "HOME", "value": "/models"}],
    },
    "jobs": {"extraEnv": [{"name": "HTTPS_PROXY", "value": "http://other.shop.example:3128"}]},
}
"""Values that set what the chart sets as well."""


@pytest.fixture(scope="module")
def resources(helm: Helm) -> list[Resource]:
    return helm.template(CI["default"], overrides=OWN)


def repeated(node: Any, path: str = "") -> Iterator[str]:
    """Places of lists with a key that comes twice."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in KEYS and isinstance(value, list):
                keys = Counter(tuple(str(one.get(key)) for key in KEYS[name]) for one in value)
                yield from (f"{path}.{name}: {key}" for key, times in keys.items() if times > 1)
            yield from repeated(value, f"{path}.{name}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from repeated(value, f"{path}[{position}]")


def test_no_key_comes_twice(resources: list[Resource]) -> None:
    assert not [place for one in resources for place in repeated(one, one["kind"])]


def test_variables_of_values_take_precedence(resources: list[Resource]) -> None:
    found = {
        (workload.component, one["name"]): one.get("value")
        for workload in workloads(resources)
        for container in workload.containers
        if "recommender-" in container["image"]
        for one in container["env"]
    }
    assert found["service", "SSL_CERT_FILE"] == "/own.crt"
    assert found["service", "OPENBLAS_NUM_THREADS"] == "2"
    assert found["service", "HTTPS_PROXY"] == "http://proxy.shop.example:3128"
    assert found["indexer", "HF_HUB_OFFLINE"] == "0"
    assert found["indexer", "HOME"] == "/models"
    assert found["migrations", "HTTPS_PROXY"] == "http://other.shop.example:3128"
    assert found["migrations", "SSL_CERT_FILE"] == "/etc/recommender/authority/ca.crt"


def test_recreation_needs_no_other_value(each_helm: Helm) -> None:
    resources = each_helm.template(CI["default"], overrides={"service": {"strategy": {"type": "Recreate"}}})
    assert only(resources, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
