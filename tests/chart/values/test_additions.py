"""Additions by users join the chart's own parts and never replace them."""

from typing import Any

import pytest

from tests.chart.manifests import Workload, of_kind, only, workloads
from tests.chart.rendering import CI, Helm, Resource

AUTHORITY = {"name": "authority", "configMap": {"name": "shop-ca"}}
MOUNT = {"name": "authority", "mountPath": "/etc/ca", "readOnly": True}
VARIABLE = {"name": "SSL_CERT_FILE", "value": "/etc/ca/ca.pem"}
ADDED: dict[str, Any] = {
    "extraEnv": [VARIABLE],
    "extraVolumes": [AUTHORITY],
    "extraVolumeMounts": [MOUNT],
    "podAnnotations": {"sidecar.istio.io/inject": "false", "checksum/settings": "theirs"},
    "podLabels": {"team": "shop", "123": "456"},
    "nodeSelector": {"pool": "1"},
    "tolerations": [{"key": "pool", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "priorityClassName": "high",
}


@pytest.fixture(scope="module")
def additions(helm: Helm) -> list[Resource]:
    values = {"service": ADDED, "indexer": ADDED, "jobs": ADDED}
    return helm.template(CI["default"], overrides=values)


def annotations(workload: Workload) -> dict[str, str]:
    """Annotations of a workload's pods."""
    match workload.resource["kind"]:
        case "Pod":
            found = workload.resource["metadata"]
        case "CronJob":
            found = workload.resource["spec"]["jobTemplate"]["spec"]["template"]["metadata"]
        case _:
            found = workload.resource["spec"]["template"]["metadata"]
    return dict(found["annotations"])


def test_additions_reach_every_pod(additions: list[Resource]) -> None:
    found = list(workloads(additions))
    assert {one.component for one in found} == {"service", "indexer", "migrations", "retention", "smoke-test"}
    for workload in found:
        assert AUTHORITY in workload.spec["volumes"], workload.name
        for container in workload.containers:
            assert MOUNT in container["volumeMounts"], workload.name
            assert VARIABLE in container["env"], workload.name
        assert workload.labels["team"] == "shop"
        assert workload.labels["123"] == "456"
        assert annotations(workload)["sidecar.istio.io/inject"] == "false"
        for name in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
            assert workload.spec[name] == ADDED[name], workload.name


def test_own_annotations_win_over_added_ones(additions: list[Resource]) -> None:
    for workload in workloads(additions):
        if workload.component in ("service", "indexer"):
            assert annotations(workload)["checksum/settings"] != "theirs"


def test_added_labels_join_own_labels(helm: Helm) -> None:
    labels = {"release": "prometheus", "app.kubernetes.io/name": "theirs"}
    metrics = {
        "serviceMonitor": {"enabled": True, "labels": labels},
        "prometheusRule": {"enabled": True, "labels": labels, "alertLabels": {"severity": "page"}},
        "dashboards": {"enabled": True, "labels": labels},
    }
    resources = helm.template(CI["default"], overrides={"metrics": metrics})
    for kind, name in (
        ("ServiceMonitor", None),
        ("PrometheusRule", None),
        ("ConfigMap", "shop-recommender-dashboards"),
    ):
        found = only(resources, kind, name)["metadata"]["labels"]
        assert found["release"] == "prometheus"
        assert found["app.kubernetes.io/name"] == "recommender"
    rules = [rule for group in only(resources, "PrometheusRule")["spec"]["groups"] for rule in group["rules"]]
    assert {rule["labels"]["severity"] for rule in rules} == {"page"}


def test_parent_chart_may_disable_the_chart(helm: Helm) -> None:
    assert helm.template(CI["default"], overrides={"enabled": True})


@pytest.mark.parametrize("cpu", [0.5, 2, "500m", "1.5"])
def test_kubernetes_quantities_are_accepted(helm: Helm, cpu: object) -> None:
    requests = {"cpu": cpu, "memory": "64Mi", "nvidia.com/gpu": 1}
    resources = helm.template(CI["default"], overrides={"indexer": {"resources": {"requests": requests}}})
    (build,) = only(resources, "CronJob", "shop-recommender-indexer")["spec"]["jobTemplate"]["spec"][
        "template"
    ]["spec"]["initContainers"]
    assert build["resources"]["requests"] == requests


@pytest.mark.parametrize("schedule", ["@every 6h", "0  3 * * *", "*/15 1-5,23 ? JAN-MAR mon-fri", "@daily"])
def test_kubernetes_schedules_are_accepted(helm: Helm, schedule: str) -> None:
    resources = helm.template(CI["default"], overrides={"indexer": {"schedule": schedule}})
    assert only(resources, "CronJob", "shop-recommender-indexer")["spec"]["schedule"] == schedule


def test_pruning_gets_no_secrets(helm: Helm) -> None:
    resources = helm.template(CI["existing-secrets"])
    for job in of_kind(resources, "CronJob"):
        for container in job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]:
            if container["name"] == "prune":
                assert not [one for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})]


def test_null_removes_empty_defaults(helm: Helm) -> None:
    """Helm drops a default by `null`, which tools may write everywhere."""
    nothing = dict.fromkeys([*ADDED, "settings", "resources"])
    values = {
        "service": nothing,
        "indexer": {**nothing, "pruneResources": None},
        "jobs": dict.fromkeys(ADDED),
        "migrations": {"resources": None},
        "redis": {"url": None},
        "autoscaling": {"enabled": False},
        "images": {"registry": None, "pullSecrets": None},
        "ingress": {"annotations": None, "tls": None, "hosts": None, "className": None},
        "networkPolicy": {
            "egress": {"database": {"ports": None, "to": None}},
        },
        "metrics": {
            "serviceMonitor": {"enabled": True, "labels": None},
            "prometheusRule": {"enabled": True, "labels": None, "alertLabels": None, "runbookUrl": None},
        },
    }
    resources = helm.template(CI["default"], overrides=values)
    assert {one.component for one in workloads(resources)} == {
        "service",
        "indexer",
        "migrations",
        "retention",
        "smoke-test",
    }
