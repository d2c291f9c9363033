"""docs/operations/ingress.md shows the manifests that the chart renders."""

import re

import pytest
import yaml

from tests.chart.manifests import only
from tests.chart.rendering import CHART, CI, ROOT, Helm, Resource

VALUES = {
    "Ingress": {
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "hosts": ["recommendations.shop.example"],
            "tls": [{"secretName": "recommendations-tls", "hosts": ["recommendations.shop.example"]}],
            "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "5m"},
            "externalAuth": "ingress-nginx",
        }
    },
    "Gateway": {
        "gateway": {
            "enabled": True,
            "parentRefs": [{"name": "shop", "namespace": "gateways", "sectionName": "https"}],
            "hostnames": ["recommendations.shop.example"],
        }
    },
}


@pytest.mark.parametrize(
    ("kind", "values"), [("Ingress", "Ingress"), ("HTTPRoute", "Gateway"), ("SecurityPolicy", "Gateway")]
)
def test_documented_manifests_equal_rendered_ones(helm: Helm, kind: str, values: str) -> None:
    page = (ROOT / "docs/operations/ingress.md").read_text()
    documented = next(
        resource
        for block in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        for resource in yaml.safe_load_all(block)
        if resource.get("kind") == kind
    )
    arguments = ["recommender", str(CHART), "--namespace", "recommender", "--values", str(CI["default"])]
    text = helm.run("template", *arguments, "--values", "-", given=yaml.safe_dump(VALUES[values]))
    rendered = only([one for one in yaml.safe_load_all(text) if one], kind)
    assert essence(rendered) == essence(documented)


def essence(resource: Resource) -> Resource:
    """A resource without its labels."""
    metadata = {name: value for name, value in resource["metadata"].items() if name != "labels"}
    return {**resource, "metadata": metadata}
