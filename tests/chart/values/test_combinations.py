"""Random but reproducible combinations of values render valid resources."""

import random
from types import ModuleType
from typing import Any

import pytest

from tests.chart.manifests import names, of_kind, workloads
from tests.chart.rendering import CI, Helm, Resource
from tests.chart.resources.test_pods import restricted_findings
from tests.chart.resources.test_references import (
    EXISTING_CLAIMS,
    EXISTING_SECRETS,
    config_maps,
    made_before,
    secret_keys,
)
from tests.chart.resources.test_rendering import CUSTOM, NEWEST, OLDEST

COMBINATIONS = 30

SWITCHES: dict[str, list[dict[str, Any]]] = {
    "scaling": [
        {"autoscaling": {"enabled": False}, "service": {"replicas": 1}},
        {"autoscaling": {"minReplicas": 1, "maxReplicas": 1}},
        {"autoscaling": {"inFlight": {"enabled": True, "metric": "a", "target": 4}}},
    ],
    "budget": [
        {"podDisruptionBudget": {"enabled": False}},
        {"podDisruptionBudget": {"maxUnavailable": "25%"}},
    ],
    "way in": [
        {"ingress": {"enabled": True, "hosts": ["a.example", "*.b.example"], "paths": ["/v1", "/schema"]}},
        {"gateway": {"enabled": True, "parentRefs": [{"name": "a"}], "jwtPolicy": {"enabled": False}}},
        {"gateway": {"enabled": True, "parentRefs": [{"name": "a", "port": 443}]}},
    ],
    "jobs": [
        {"indexer": {"firstRun": False, "suspend": True}, "retention": {"enabled": False}},
        {"migrations": {"enabled": False}, "indexer": {"readEvents": True}},
        {"indexer": {"shards": 4}},
    ],
    "network": [
        {"networkPolicy": {"enabled": False}},
        {"networkPolicy": {"apiFrom": [], "metricsFrom": []}},
    ],
    "metrics": [
        {"metrics": {"enabled": False}},
        {"metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}},
        {"metrics": {"dashboards": {"enabled": True}}},
    ],
    "accounts": [
        {
            "service": {"serviceAccount": {"create": False, "name": "a"}},
            "indexer": {"serviceAccount": {"name": "b"}},
        },
    ],
    "placement": [
        {
            "service": {
                "nodeSelector": {"a": "b"},
                "tolerations": [{"operator": "Exists"}],
                "affinity": {"podAntiAffinity": {}},
                "priorityClassName": "high",
                "podAnnotations": {"a": "1"},
                "podLabels": {"b": "2"},
            },
            "indexer": {"nodeSelector": {"pool": "builds"}, "podAnnotations": {"a": "1"}},
        }
    ],
    "secrets": [
        {"database": {"url": "", "existingSecret": {"name": "recommender-database"}}},
        {"redis": {"url": ""}},
        {"snapshot": {"persistence": {"existingClaim": "shared-snapshots"}}},
        {"snapshot": {"storage": "object", "object": {"url": "gs://bucket"}}},
    ],
    "other": [
        {"smokeTest": {"enabled": False}},
        {"tracing": {"otlpEndpoint": "https://collector.example"}},
        {"development": {"syncCode": True}},
        {"nameOverride": "suggestions"},
    ],
}


def combined(number: int) -> dict[str, Any]:
    """The values of one combination."""
    values: dict[str, Any] = {}
    for option in chosen(number):
        merge(values, option)
    return values


def chosen(number: int) -> list[dict[str, Any]]:
    """One option, or none, of each kind of switch."""
    choice = random.Random(number)
    return [choice.choice([{}, *options]) for options in SWITCHES.values()]


def merge(values: dict[str, Any], more: dict[str, Any]) -> None:
    """Merges values as helm does."""
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(name), dict):
            merge(values[name], value)
        else:
            values[name] = dict(value) if isinstance(value, dict) else value


@pytest.mark.parametrize("number", range(COMBINATIONS))
def test_combination_renders_valid_resources(
    helm: Helm, kubernetes_validate: ModuleType, number: int
) -> None:
    values = combined(number)
    resources = helm.template(CI["default"], overrides=values)
    for resource in resources:
        if resource["kind"] not in CUSTOM:
            for version in (OLDEST, NEWEST):
                kubernetes_validate.validate(resource, version, strict=True)
    for workload in workloads(resources):
        assert not restricted_findings(workload), values
        assert not missing(resources, workload), values


def missing(resources: list[Resource], workload: Any) -> set[str]:
    """Missing resources that its pods reference."""
    made = made_before(resources, workload)
    known = {one["metadata"]["name"]: set(one["data"]) for one in of_kind(made, "Secret")} | EXISTING_SECRETS
    claims = names(made, "PersistentVolumeClaim") | EXISTING_CLAIMS
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in workload.spec.get("volumes", [])
        if "persistentVolumeClaim" in volume
    }
    accounts = names(made, "ServiceAccount") | {"a", "b"}
    return (
        (config_maps(workload) - names(made, "ConfigMap"))
        | {f"{name}/{key}" for name, key in secret_keys(workload) if key not in known.get(name, set())}
        | ({workload.spec["serviceAccountName"]} - accounts)
        | (used - claims)
    )


def test_every_switch_is_covered() -> None:
    thrown = [option for number in range(COMBINATIONS) for option in chosen(number)]
    assert all(option in thrown for options in SWITCHES.values() for option in options)
