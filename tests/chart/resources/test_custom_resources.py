"""Resources of custom kinds.

HTTPRoute, ServiceMonitor and PrometheusRule are validated against their published schemas (npm). Those let unknown
fields pass, which a cluster drops silently, so that the fields are listed here as well. SecurityPolicy has no published
package: its structure is tested here and in `test_references.py`.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import of_kind, only
from tests.chart.tools import Tools, findings

KINDS = ("HTTPRoute", "ServiceMonitor", "PrometheusRule")

FIELDS = {
    "HTTPRoute": {
        *("parentRefs[].name", "parentRefs[].namespace", "parentRefs[].sectionName", "hostnames[]"),
        *("rules[].matches[].path.type", "rules[].matches[].path.value"),
        *("rules[].backendRefs[].name", "rules[].backendRefs[].port"),
    },
    "SecurityPolicy": {
        *("targetRefs[].group", "targetRefs[].kind", "targetRefs[].name"),
        *("jwt.providers[].name", "jwt.providers[].issuer", "jwt.providers[].audiences[]"),
        *("jwt.providers[].remoteJWKS.uri", "jwt.providers[].extractFrom.headers[].name"),
        "jwt.providers[].extractFrom.headers[].valuePrefix",
    },
    "ServiceMonitor": {
        *("selector.matchLabels.app.kubernetes.io/name", "selector.matchLabels.app.kubernetes.io/instance"),
        *("selector.matchLabels.app.kubernetes.io/component", "namespaceSelector.matchNames[]"),
        *("endpoints[].port", "endpoints[].path", "endpoints[].interval"),
    },
    "PrometheusRule": {
        *("groups[].name", "groups[].rules[].alert", "groups[].rules[].expr", "groups[].rules[].for"),
        *("groups[].rules[].labels.severity", "groups[].rules[].labels.team"),
        *("groups[].rules[].annotations.summary", "groups[].rules[].annotations.runbook_url"),
    },
}


def fields(node: Any, path: str = "") -> Iterator[str]:
    """Paths of all leaves of a document."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from fields(value, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for item in node:
            yield from fields(item, f"{path}[]")
    else:
        yield path


def test_custom_resources_match_published_schemas(tools: Tools, rendered: Rendered) -> None:
    custom = of_kind(rendered("gateway-api"), *KINDS)
    assert {one["kind"] for one in custom} == set(KINDS)
    assert findings(tools.crds, custom) == [[], [], []]


def test_published_schemas_reject_invalid_resources(tools: Tools, rendered: Rendered) -> None:
    custom = of_kind(rendered("gateway-api"), *KINDS)
    wrong = [
        {**one, "spec": {**one["spec"], "parentRefs": [{}], "endpoints": 1, "groups": [{}]}} for one in custom
    ]
    assert all(findings(tools.crds, wrong))


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_custom_resources_use_only_known_fields(rendered: Rendered, kind: str) -> None:
    assert set(fields(only(rendered("gateway-api"), kind)["spec"])) == FIELDS[kind]
