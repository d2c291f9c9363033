"""Additions by users join the chart's own parts and never replace them."""

from typing import Any

import pytest
import yaml

from tests.chart.manifests import Workload, of_kind, only, workloads
from tests.chart.rendering import CHART, CI, Helm, Refused, Resource
from tests.chart.values.test_environments import merged

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


@pytest.mark.parametrize("cpu", [0.5, 2, "500m", "1.5", "1e1", "2E0"])
def test_kubernetes_quantities_are_accepted(helm: Helm, cpu: object) -> None:
    requests = {"cpu": cpu, "memory": "64Mi", "nvidia.com/gpu": 1}
    resources = helm.template(CI["default"], overrides={"indexer": {"resources": {"requests": requests}}})
    (build,) = only(resources, "CronJob", "shop-recommender-indexer")["spec"]["jobTemplate"]["spec"][
        "template"
    ]["spec"]["initContainers"]
    assert build["resources"]["requests"] == requests


@pytest.mark.parametrize("schedule", ["@every 6h", "0  3 * * *", "*/15 1-05,23 ? JAN-MAR mon-fri", "@daily"])
def test_kubernetes_schedules_are_accepted(helm: Helm, schedule: str) -> None:
    resources = helm.template(CI["default"], overrides={"indexer": {"schedule": schedule}})
    assert only(resources, "CronJob", "shop-recommender-indexer")["spec"]["schedule"] == schedule


@pytest.mark.parametrize(
    "zone", ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT", "America/Port-au-Prince"]
)
def test_time_zones_are_accepted(helm: Helm, zone: str) -> None:
    assert helm.template(CI["default"], overrides={"indexer": {"timeZone": zone}})


@pytest.mark.parametrize(
    "values",
    [
        {"service": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/var/cache"}]}},
        {"service": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.10"]}}},
        {"service": {"type": "NodePort", "nodePort": 30080}},
        {"podDisruptionBudget": {"minAvailable": 1}},
        {
            "podDisruptionBudget": {"minAvailable": 1},
            "service": {"replicas": 0},
            "autoscaling": {"enabled": False},
        },
        {"podDisruptionBudget": {"minAvailable": "66%"}, "autoscaling": {"minReplicas": 3}},
        {
            "podDisruptionBudget": {"minAvailable": "99%"},
            "service": {"replicas": None},
            "autoscaling": {"enabled": False},
        },
        {"jobs": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/var/cache"}]}},
        {
            "podDisruptionBudget": {"minAvailable": 9},
            "service": {"replicas": None},
            "autoscaling": {"enabled": False},
        },
        {"images": {"registry": "10.0.0.5:5000/mirror/shop"}},
        {"service": {"image": {"repository": "registry:5000/shop/recommender_service"}}},
        {
            "jobs": {
                "tolerations": [{"operator": "Exists"}, {"key": "a", "value": "b", "effect": "NoSchedule"}]
            }
        },
        {"metrics": {"serviceMonitor": {"enabled": True, "interval": "1m", "scrapeTimeout": "60s"}}},
        {"snapshot": {"persistence": {"size": "1.5Pi"}}},
        {
            "service": {
                "type": "LoadBalancer",
                "tolerations": [{"key": "age", "operator": "Gt", "value": "5", "effect": "NoSchedule"}],
                "serviceSpec": {
                    "allocateLoadBalancerNodePorts": False,
                    "externalTrafficPolicy": "Local",
                    "healthCheckNodePort": 30000,
                    "externalIPs": ["192.0.2.1"],
                },
            }
        },
        {"autoscaling": {"behavior": {"scaleUp": {"tolerance": 0.05}}}},
        {"service": {"resources": {"requests": {"memory": "1e9"}, "limits": {"memory": "1Ei"}}}},
        {"service": {"settings": {"SERVICE_CORS_ORIGINS": '["https://shop.example"]'}}},
    ],
)
def test_possible_extensions_are_accepted(helm: Helm, values: dict[str, Any]) -> None:
    assert helm.template(CI["default"], overrides=values)


def test_pruning_gets_no_secrets(helm: Helm) -> None:
    resources = helm.template(CI["existing-secrets"])
    for job in of_kind(resources, "CronJob"):
        for container in job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]:
            if container["name"] == "prune":
                assert not [one for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})]


def nulls(defaults: dict[str, Any]) -> dict[str, Any]:
    """The values with an empty default, as `null`."""
    found: dict[str, Any] = {}
    for name, value in defaults.items():
        if isinstance(value, dict) and value:
            found[name] = nulls(value)
        elif value in ("", [], {}):
            found[name] = None
    return found


@pytest.mark.parametrize("name", ["default", "object-storage", "ingress", "gateway-api"])
def test_null_removes_empty_defaults(helm: Helm, name: str) -> None:
    """Helm drops a default by `null`, which tools may write everywhere."""
    values = merged(
        nulls(yaml.safe_load((CHART / "values.yaml").read_text())), yaml.safe_load(CI[name].read_text())
    )
    assert values["networkPolicy"]["egress"]["catalog"]["ports"] is None
    features = {
        "metrics": {
            "serviceMonitor": {"enabled": True},
            "prometheusRule": {"enabled": True},
            "dashboards": {"enabled": True},
        }
    }
    assert helm.template(overrides=merged(values, features)) == helm.template(CI[name], overrides=features)
    none = {"resources": None}
    values = merged(values, {**features, "indexer": {**none, "pruneResources": None}, "migrations": none})
    assert {one.component for one in workloads(helm.template(overrides=values))} == {
        "service",
        "indexer",
        "migrations",
        "retention",
        "smoke-test",
    }


def test_null_removes_an_entry_of_another_file(each_helm: Helm) -> None:
    """Helm keeps `null` for a key that the chart has no default for."""
    removed: dict[str, Any] = {
        "podLabels": {"a": None},
        "podAnnotations": {"a": None},
        "nodeSelector": {"a": None},
    }
    none = {"a": None}
    metrics = {
        "serviceMonitor": {"enabled": True, "labels": none},
        "prometheusRule": {"enabled": True, "alertLabels": none},
    }
    values = {
        "commonLabels": none,
        "commonAnnotations": none,
        "service": {**removed, "settings": {"SERVICE_MAX_IN_FLIGHT": None, "SERVICE_CORS_ORIGINS": None}},
        "indexer": {**removed, "settings": {"INDEXER_RANK": None}},
        "jobs": removed,
        "ingress": {"annotations": none},
        "metrics": metrics,
    }
    without = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}
    rendered = each_helm.template(CI["ingress"], overrides=values)
    assert rendered == each_helm.template(CI["ingress"], overrides={"metrics": without})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"caBundle": {"configMap": "a", "secret": "b"}}, "caBundle.configMap and caBundle.secret exclude"),
        ({"commonLabels": {"app.kubernetes.io/name": "a"}}, "commonLabels sets app.kubernetes.io/name"),
        ({"service": {"sidecars": [{"name": "service", "image": "a"}]}}, "sidecars"),
        ({"proxy": {"https": "proxy:3128"}}, "proxy"),
        (
            {"service": {"serviceSpec": {"allocateLoadBalancerNodePorts": True, "healthCheckNodePort": 1}}},
            "healthCheckNodePort needs service.type LoadBalancer and externalTrafficPolicy Local",
        ),
    ],
)
def test_impossible_extensions_are_rejected(helm: Helm, values: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        helm.template(CI["default"], overrides=values)
    assert said in str(refusal.value)
